# fish completion for referraldctl, which takes the words of referrald.
complete -c referraldctl -f -w referrald
