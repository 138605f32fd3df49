# What `./dev help` and `./dev COMMAND --help` print, and which options a command takes.
# shellcheck shell=sh

# has_option COMMAND OPTION
has_option() {
    case $1 in
    build | run | test | install | bench)
        case $2 in
        --prefix | --install-prefix | --python | --python-runtimes) return 0 ;;
        --cmake-options | --generator | --preset) return 0 ;;
        esac
        ;;
    lint) [ "$2" = --python ] && return 0 ;;
    fuzz) [ "$2" = --seconds ] && return 0 ;;
    esac
    return 1
}

help_about() {
    case $1 in
    build | run | test | install | bench | fuzz | lint | format | docs | clean)
        "help_$1"
        ;;
    '') help_overview ;;
    *) usage_error "there is no command '$1'" ;;
    esac
}

help_overview() {
    cat <<'END'
Usage: ./dev COMMAND [OPTIONS]

Whatever a command needs that is missing is set up first: as root on Debian and
Ubuntu packages are installed; elsewhere they are named. Python packages go to
virtual environments in build/venvs. build/log has the output of all that.

  run       builds adder and starts the agent
  build     builds adder: build/adder
  test      builds adder and runs all tests
  install   builds and installs adder
  lint      looks for breaches of the project's rules
  format    formats the C sources
  bench     measures adder
  fuzz      feeds made-up input to the parsers
  docs      checks the manual pages
  clean     removes build/

`./dev COMMAND --help` tells more.
END
}

help_build_options() {
    cat <<'END'

Options:
  --prefix DIR           where `install` puts adder (default: /usr/local)
  --python LIST          Python runtimes to build for, with commas: versions such
                         as 3.11, paths of interpreters, 3 for each CPython from
                         3.10 on that is found, newest for the newest of them
                         (default: 3)
  --preset NAME          release, debug, asan (and ubsan) or tsan
                         (default: release)
  --generator NAME       CMake's generator (default: Ninja)
  --cmake-options OPTS   more options for CMake

The same call again builds only what has changed; other options re-configure.
CC and CFLAGS of the environment count as options.
END
}

help_build() {
    cat <<'END'
Usage: ./dev build [OPTIONS]

Builds adder in build/PRESET, with a backend adder-pyX.Y.so beside it for each
Python runtime, and lets build/adder point there. build/venv is the virtual
environment of the newest of these runtimes.
END
    help_build_options
}

help_run() {
    cat <<'END'
Usage: ./dev run [OPTIONS] [-- AGENT_OPTIONS...]

Builds adder and starts `adder run` with AGENT_OPTIONS, such as --confd DIR or
--checks DIR; `build/adder run --help` tells which there are. Without a
configuration it runs the checks that measure this machine.

On a terminal it runs until Ctrl-C, and says where its page is: on port 23337 of
127.0.0.1, or on another one if that is taken. Without a terminal it runs until
all checks have had their first run, shows its status and some metrics, and ends.
END
    help_build_options
}

help_test() {
    cat <<'END'
Usage: ./dev test [OPTIONS] [PATTERN]

Builds adder and runs its tests, or those whose names match the regular
expression PATTERN: unit tests are called LAYER.MODULE, those of the backends
pyX.Y.MODULE, and the pytest suites SUITE.pyX.Y.
END
    help_build_options
}

help_install() {
    cat <<'END'
Usage: ./dev install [OPTIONS]

Builds adder and installs it below the prefix. Python packages are those in
build/venvs until there is a virtual environment venv-X.Y beside adder-pyX.Y.so.
END
    help_build_options
}

help_bench() {
    cat <<'END'
Usage: ./dev bench [OPTIONS] [ARGUMENT...]

Builds adder and measures it with bench/bench.py, which gets the arguments, with
bench/agent.py and with the programs bench/*_bench.c.
END
    help_build_options
}

help_fuzz() {
    cat <<'END'
Usage: ./dev fuzz [OPTIONS] [TARGET...]

Builds each fuzz/TARGET_fuzz.c with clang's libFuzzer and sanitizers, and runs
them one after the other, or those named, from the inputs in fuzz/corpus/TARGET.
What makes one fail is kept in build/fuzz.

Options:
  --seconds N   how long to run each (default: 20)
END
}

help_lint() {
    cat <<'END'
Usage: ./dev lint [OPTIONS]

Looks for breaches of the project's rules: formatting, which layer may use
which, banned functions, sizes of functions and files, shell and Python
mistakes, manual pages. Prints one line for each, FILE:LINE: MESSAGE, and exits
with 1 if there is any.

Options:
  --python LIST   Python runtime for the tools that need one (default: the newest)
END
}

help_format() {
    cat <<'END'
Usage: ./dev format

Formats the C sources with clang-format 14.
END
}

help_docs() {
    cat <<'END'
Usage: ./dev docs

Checks the manual pages in docs/man, and shows where they do not render.
END
}

help_clean() {
    cat <<'END'
Usage: ./dev clean

Removes build/ and all that is in it.
END
}
