# What every part of ./dev uses: messages, the log, and the options of the command line.
# shellcheck shell=sh disable=SC2034,SC2154

log=build/log

say() {
    echo "dev: $*" >&2
}

die() {
    say "$*"
    exit 1
}

usage_error() {
    say "$*; see './dev help'"
    exit 2
}

# Adds its input to the log.
note() {
    mkdir -p build
    cat >>"$log"
}

# logged COMMAND...: runs it with its output in the log; shows the end of that when it fails.
logged() {
    echo "+ $*" | note
    "$@" >>"$log" 2>&1 </dev/null && return
    tail -n 30 "$log" >&2
    die "'$1' failed; all of its output is in $log"
}

# bounded COMMAND...: runs it, passes its first 600 and its last 200 lines on, and returns its
# status. A terminal gets everything.
bounded() {
    if [ -t 1 ]; then
        "$@"
        return
    fi
    mkdir -p build
    {
        "$@" 2>&1 && status=0 || status=$?
        echo "$status" >build/status
    } | awk '
        { $0 = substr($0, 1, 1000) }
        NR <= 600 { print; fflush(); next }
        { late[NR % 200] = $0 }
        END {
            from = NR > 800 ? NR - 199 : 601
            if (from > 601) print "[... " from - 601 " lines left out ...]"
            for (n = from; n <= NR; n++) print late[n % 200]
        }'
    return "$(cat build/status)"
}

# The folder or file that the caller named, as an absolute path.
absolute() {
    case $1 in
    /*) echo "$1" ;;
    *) echo "$caller/$1" ;;
    esac
}

# The word as the shell reads it back.
quote() {
    printf "'%s'" "$(printf %s "$1" | sed "s/'/'\\\\''/g")"
}

# parse_options ARGUMENTS...: sets a variable for each option and `arguments` to the rest, of
# which none may hold blanks; `words` has what stands behind --, quoted.
parse_options() {
    pythons=3
    prefix=/usr/local
    preset=release
    generator=Ninja
    cmake_options=
    seconds=20
    arguments=
    words=
    while [ $# -gt 0 ]; do
        option=$1
        shift
        case $option in
        -h | --help)
            help_about "$command"
            exit
            ;;
        --)
            [ "$command" = run ] || usage_error "'./dev $command' takes nothing after --"
            for option; do words="$words $(quote "$option")"; done
            return
            ;;
        --*=*)
            value=${option#*=}
            set_option "${option%%=*}" "$value"
            ;;
        --*)
            [ $# -gt 0 ] || usage_error "$option needs a value"
            set_option "$option" "$1"
            shift
            ;;
        *)
            [ "$command" != run ] ||
                usage_error "'./dev run' takes no '$option'; what the agent takes stands after --"
            arguments="$arguments $option"
            ;;
        esac
    done
}

# The options of a command, as listed in help.sh; `install-prefix` and `python-runtimes` are
# what they are called in the Agent's own build task.
set_option() {
    has_option "$command" "$1" || usage_error "'./dev $command' has no option $1"
    case $1 in
    --prefix | --install-prefix) prefix=$(absolute "$2") ;;
    --python | --python-runtimes) pythons=$2 ;;
    --cmake-options) cmake_options=$2 ;;
    --generator) generator=$2 ;;
    --seconds) seconds=$2 ;;
    --preset)
        case $2 in
        release | debug | asan | tsan | fuzz) preset=$2 ;;
        *) usage_error "there is no preset '$2', only release, debug, asan, tsan and fuzz" ;;
        esac
        ;;
    esac
}
