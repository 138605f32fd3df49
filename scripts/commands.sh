# The commands of ./dev, cmd_NAME each.
# shellcheck shell=sh disable=SC2034,SC2154

# set_up REQUIREMENTS...: packages, runtimes and virtual environments for a build.
set_up() {
    ensure "$build_needs"
    select_pythons
    make_venvs "$@"
    link_venv
}

cmd_build() {
    set_up requirements.txt
    build all
    link_program
    say "built build/adder ($preset, Python $(versions "$runtimes"))"
}

cmd_run() {
    cmd_build
    eval "set -- $words"
    # Paths among the agent's options are the caller's.
    cd "$caller" || exit
    if [ -t 1 ]; then
        run_agent "$@"
    else
        exec "$root/build/venv/bin/python" "$root/scripts/try_agent.py" "$root/build/adder" "$@"
    fi
}

# run_agent OPTION...: until Ctrl-C, on a port and with a folder that no other agent has.
run_agent() {
    port=23337
    if has_option_word --listen "$@" || [ -n "${ADDER_LISTEN:-}" ]; then
        say "Ctrl-C ends the agent"
    else
        port=$("$root/build/venv/bin/python" "$root/scripts/free_port.py" $port)
        [ "$port" = 23337 ] ||
            say "port 23337 is taken, perhaps by another agent: this one takes $port"
        set -- --listen "127.0.0.1:$port" "$@"
        say "the page is at http://127.0.0.1:$port (Ctrl-C ends the agent)"
    fi
    has_option_word --run-dir "$@" || [ -n "${ADDER_RUN_DIR:-}" ] ||
        set -- --run-dir "$root/build/run/$port" "$@"
    exec "$root/build/adder" run "$@"
}

# has_option_word --NAME WORD...
has_option_word() {
    wanted=$1
    shift
    for word; do
        case $word in
        "$wanted" | "$wanted"=*) return 0 ;;
        esac
    done
    return 1
}

cmd_test() {
    # The tests of ./dev run ./dev lint.
    ensure "$build_needs $test_needs $lint_needs"
    set_up requirements.txt requirements-test.txt
    build all unit-tests
    link_program
    pattern=${arguments# }
    bounded ctest --test-dir "build/$preset" --output-on-failure --no-tests=error \
        --parallel "$(nproc)" --tests-regex "${pattern:-.}" </dev/null
}

cmd_install() {
    cmd_build
    logged cmake --install "build/$preset"
    say "installed adder below $prefix"
}

cmd_bench() {
    ensure "$build_needs $bench_needs"
    set_up requirements.txt requirements-test.txt
    build all benchmarks
    link_program
    # shellcheck disable=SC2086
    build/venv/bin/python bench/bench.py $arguments
    build/venv/bin/python bench/agent.py build/adder
    for program in "build/$preset"/*_bench; do
        [ ! -x "$program" ] || "$program"
    done
}

cmd_fuzz() {
    preset=fuzz
    pythons=newest
    ensure "$build_needs $fuzz_needs"
    set_up requirements.txt
    build fuzz-targets
    failed=
    # shellcheck disable=SC2086
    for target in ${arguments:-$(fuzz_targets)}; do
        fuzz "$target" || failed="$failed $target"
    done
    [ -z "$failed" ] || die "fuzzing found something in:$failed"
}

fuzz_targets() {
    find fuzz -name '*_fuzz.c' -exec basename {} _fuzz.c ';' | sort
}

# fuzz TARGET: new inputs go to build/fuzz/corpus, where the next call finds them again.
fuzz() {
    program=build/fuzz/fuzz-$1
    set -- "$1" -max_total_time="$seconds" -timeout=10 -verbosity=0 -print_final_stats=1 \
        -artifact_prefix="build/fuzz/$1-" "build/fuzz/corpus/$1"
    [ ! -e "fuzz/$1.dict" ] || set -- "$@" -dict="fuzz/$1.dict"
    [ ! -d "fuzz/corpus/$1" ] || set -- "$@" "fuzz/corpus/$1"
    mkdir -p "build/fuzz/corpus/$1"
    say "fuzzing $1 for $seconds seconds"
    shift
    bounded "$program" "$@" </dev/null
}

cmd_lint() {
    ensure "$lint_needs"
    select_pythons
    runtimes=$(echo "$runtimes" | head -n 1)
    make_venvs requirements-test.txt
    python=build/venvs/${runtimes%% *}/bin/python
    lint_all || die "lint found $(wc -l <build/findings) breaches"
    say "lint found nothing"
}

cmd_format() {
    ensure "$format_needs"
    c_sources | xargs clang-format-14 -i
}

cmd_docs() {
    ensure "$docs_needs"
    [ -d docs/man ] || die "there are no manual pages in docs/man"
    for page in docs/man/*; do
        mandoc -T utf8 -W warning,stop "$page" >/dev/null || failed=1
    done
    [ -z "${failed:-}" ] || die "not all manual pages are well-formed"
    say "all manual pages are well-formed"
}

cmd_clean() {
    rm -rf build
    say "removed build/"
}
