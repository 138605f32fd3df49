# Which Python runtimes there are, which of them were asked for, and their virtual environments.
# shellcheck shell=sh disable=SC2012,SC2154

# Prints "VERSION PATH" of the interpreter that runs it (of the one behind a virtual environment),
# or "no WHY".
describe_python='
import os, sys, sysconfig
version = "%d.%d" % sys.version_info[:2]
path = os.path.realpath(getattr(sys, "_base_executable", None) or sys.executable)
var = sysconfig.get_config_var
def folders():
    yield var("LIBDIR") or ""
    yield os.path.join(var("LIBDIR") or "", var("MULTIARCH") or "")
if sys.version_info < (3, 10):
    print("no it is %s, and checks need 3.10 or newer" % version)
elif sys.implementation.name != "cpython" or var("Py_GIL_DISABLED"):
    print("no it is not the usual CPython")
elif not any(os.path.exists(os.path.join(f, var("INSTSONAME") or "-")) for f in folders()) \
        or not var("Py_ENABLE_SHARED"):
    print("no it has no shared libpython")
elif not os.path.exists(os.path.join(sysconfig.get_path("include"), "Python.h")):
    print("no its headers are not installed (on Debian: python3-dev)")
else:
    try:
        import ensurepip, venv
        print(version, path)
    except ImportError:
        print("no it cannot make virtual environments (on Debian: python3-venv)")
'

describe() {
    "$1" -I -c "$describe_python" 2>/dev/null </dev/null | grep . || echo "no it does not run"
}

# Folders to look for interpreters in. For one version the first counts: the system's own. The
# folder of pyenv's shims is left out, for what they stand for is looked at.
python_folders() {
    printf '%s\n' /usr/bin /usr/local/bin
    printf '%s\n' "$PATH" | tr ':' '\n' | grep '^/' | grep -v '/shims$'
    ls -d "${PYENV_ROOT:-${HOME:-}/.pyenv}"/versions/3.*/bin 2>/dev/null | sort -rV || :
}

# "VERSION PATH" of each suitable runtime, newest first.
find_pythons() {
    python_folders | while read -r folder; do
        ls "$folder"/python3 "$folder"/python3.[0-9]* 2>/dev/null || :
    done | grep -E '/python3(\.[0-9]+)?$' | xargs -r readlink -f | awk '!seen[$0]++' |
        while read -r file; do describe "$file"; done |
        awk '$1 != "no" && !seen[$1]++' | sort -rV
}

# versions LINES: "3.13 3.12 ...", for messages.
versions() {
    echo "$1" | cut -d' ' -f1 | xargs
}

# select_pythons: sets `runtimes` to the lines of those in $pythons, newest first.
select_pythons() {
    refuse_python_2
    found=$(find_pythons)
    # Debian's own may lack its headers, or be missing altogether.
    if ! runtimes=$(pick_pythons 2>/dev/null) && command -v apt-get >/dev/null &&
        { [ "$(id -u)" -eq 0 ] || [ -z "$found" ]; } && ! has_debian_python; then
        install_packages "$python_packages"
        found=$(find_pythons)
    fi
    runtimes=$(pick_pythons) || exit
}

has_debian_python() {
    # The list is split on purpose.
    # shellcheck disable=SC2086
    [ "$(dpkg-query -W -f '${db:Status-Status}\n' $python_packages 2>/dev/null |
        grep -cx installed)" -eq 3 ]
}

refuse_python_2() {
    case ,$pythons, in
    *,2,* | *,2.*)
        die "Python 2 is refused: datadog-checks-base, on which every check builds, needs" \
            "CPython 3.10 or newer"
        ;;
    esac
}

# A later entry of the list takes the place of an earlier one of the same version.
pick_pythons() {
    echo "$pythons" | tr ',' '\n' | while read -r wanted; do
        pick_python "$wanted" || exit
    done >build/pythons && awk '{ path[$1] = $0 } END { for (v in path) print path[v] }' \
        build/pythons | sort -rV
}

pick_python() {
    case $1 in
    3)
        [ -n "$found" ] ||
            die "found no CPython from 3.10 on with shared libpython, headers and venv" \
                "(on Debian: $python_packages)"
        echo "$found"
        ;;
    newest) (pick_python 3) | head -n 1 ;;
    3.[0-9]*)
        echo "$found" | grep "^$1 " ||
            die "found no suitable Python $1, only: $(versions "$found")"
        ;;
    */*)
        description=$(describe "$(absolute "$1")")
        case $description in
        no*) die "$1 is no suitable Python: ${description#no }" ;;
        esac
        echo "$description"
        ;;
    *)
        die "'$1' is no Python runtime; name 3, newest, a version such as 3.11, or an" \
            "interpreter's path; found: $(versions "$found")"
        ;;
    esac
}

# make_venvs REQUIREMENTS...: the virtual environment of each selected runtime, with what these
# files ask for; a copy of each in it says that this was done.
make_venvs() {
    mkdir -p build/venvs
    # Reads from a file, not a pipe: a failure must end the script.
    echo "$runtimes" >build/pythons
    while read -r version interpreter; do
        make_venv "$version" "$interpreter" "$@"
    done <build/pythons
}

# Points build/venv at the virtual environment of the newest selected runtime.
link_venv() {
    newest=${runtimes%% *}
    [ "$(readlink build/venv)" = "venvs/$newest" ] || {
        rm -rf build/venv
        ln -s "venvs/$newest" build/venv
    }
}

make_venv() {
    version=$1
    interpreter=$2
    venv=build/venvs/$1
    shift 2
    [ "$(cat "$venv/made-with" 2>/dev/null)" = "$interpreter" ] || {
        rm -rf "$venv"
        logged "$interpreter" -m venv "$venv"
        echo "$interpreter" >"$venv/made-with"
    }
    for requirements; do
        cmp -s "$requirements" "$venv/$requirements" || {
            say "installing $requirements for Python $version"
            logged "$venv/bin/python" -m pip install --quiet --requirement "$requirements"
            cp "$requirements" "$venv/$requirements"
        }
    done
}
