# fish completion for referrald. Commands and options are those of `--help`.

function __referrald_described --argument-names section command
    referrald $command --help 2>/dev/null |
        sed -n "/^$section:/,/^\$/{s/^ *\(-[a-z], \)\{0,1\}\([a-z-]\{1,\}\)\( [A-Z]\{1,\}\)\{0,1\}  *\(.*\)/\2\t\4/p;}"
end

# The command among the words before, if there is one.
function __referrald_command
    set -l words (commandline -opc)
    set -e words[1]
    while set -q words[1]
        switch $words[1]
            case -c --config --log-level --log-format
                set -e words[1]
            case '-*' '@*'
            case '*'
                echo $words[1]
                return
        end
        set -e words[1]
    end
    return 1
end

function __referrald_sources
    set -l file /etc/referrald/referrald.yaml
    set -q REFERRALD_CONFIG; and set file $REFERRALD_CONFIG
    set -l words (commandline -opc)
    for i in (seq (count $words))
        if contains -- $words[$i] -c --config
            set file $words[(math $i + 1)]
        end
    end
    sed -n 's/^ *- *{\{0,1\} *name: *\([A-Za-z0-9_.-]*\).*/\1/p' $file 2>/dev/null
end

function __referrald_words
    set -l before (commandline -opc)[-1]
    set -l current (commandline -ct)
    set -l command (__referrald_command)
    switch $before
        case -c --config --mapping
            __fish_complete_path $current
        case --log-level
            printf '%s\n' error warning info debug trace
        case --log-format
            printf '%s\n' auto text json journal
        case --state
            printf '%s\n' pending sending in_doubt synced rejected refused closed
        case --take
            printf '%s\n' crm partner_center
        case --source
            __referrald_sources
        case --encoding
            printf '%s\n' UTF-8 UTF-16LE windows-1252 ISO-8859-15
        case --delimiter
            printf '%s\n' comma semicolon tab pipe
        case --limit --show --since --header --sheet --table --records
        case '*'
            if string match -q -- '-*' $current
                test -n "$command"; and __referrald_described options $command
                __referrald_described 'global options'
            else if test -z "$command"
                __referrald_described commands
            else if contains $command init plan sync backup
                __fish_complete_path $current
            end
    end
end

complete -c referrald -f -a '(__referrald_words)'
