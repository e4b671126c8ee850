# bash completion for referrald and referraldctl. Commands and options are those of `--help`.

# The names of the sources in the configuration that the words before choose.
_referrald_sources() {
  local file=${REFERRALD_CONFIG:-/etc/referrald/referrald.yaml} i
  for ((i = 1; i < COMP_CWORD; i++)); do
    case ${COMP_WORDS[i]} in
      -c | --config) file=${COMP_WORDS[i + 1]} ;;
      @*) file=/etc/referrald/${COMP_WORDS[i]#@}/referrald.yaml ;;
    esac
  done
  sed -n 's/^ *- *{\{0,1\} *name: *\([A-Za-z0-9_.-]*\).*/\1/p' "$file" 2>/dev/null
}

_referrald() {
  local current=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD - 1]} command= words= i
  for ((i = 1; i < COMP_CWORD; i++)); do
    case ${COMP_WORDS[i]} in
      -c | --config | --log-level | --log-format) ((i++)) ;;
      -* | @*) ;;
      *) command=${COMP_WORDS[i]}; break ;;
    esac
  done
  case $before in
    -c | --config | --mapping) mapfile -t COMPREPLY < <(compgen -f -- "$current"); return ;;
    --log-level) words='error warning info debug trace' ;;
    --log-format) words='auto text json journal' ;;
    --state) words='pending sending in_doubt synced rejected refused closed' ;;
    --take) words='crm partner_center' ;;
    --source) words=$(_referrald_sources) ;;
    --encoding) words='UTF-8 UTF-16LE windows-1252 ISO-8859-15' ;;
    --delimiter) words='comma semicolon tab pipe' ;;
    --limit | --show | --since | --header | --sheet | --table | --records) return ;;
    *)
      case $current in
        -*) words=$({ referrald ${command:+"$command"} --help; [[ -z $command ]] || referrald --help; } 2>/dev/null |
              grep -oE '^ +(-[a-z], )?--[a-z-]+' | grep -oE -- '-[a-z]?(-[a-z-]+)?' | sort -u) ;;
        *)
          if [[ -z $command ]]; then
            words=$(referrald --help 2>/dev/null | sed -n '/^commands:/,/^$/s/^  \([a-z]\{1,\}\) .*/\1/p')
          elif [[ $command =~ ^(init|plan|sync|backup)$ ]]; then
            mapfile -t COMPREPLY < <(compgen -f -- "$current")
            return
          fi ;;
      esac ;;
  esac
  mapfile -t COMPREPLY < <(compgen -W "$words" -- "$current")
}
complete -o filenames -F _referrald referrald referraldctl
