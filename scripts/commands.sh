# The commands of ./dev, cmd_NAME each.
# shellcheck shell=sh disable=SC2154

# set_up REQUIREMENTS...: packages, runtimes and virtual environments for a build.
set_up() {
    ensure "$build_needs"
    select_pythons
    make_venvs "$@"
}

cmd_build() {
    set_up requirements.txt
    build all
    link_program
    say "built build/adder ($preset, Python $(echo "$runtimes" | cut -d' ' -f1 | xargs))"
}

cmd_run() {
    cmd_build
    # shellcheck disable=SC2086
    exec build/adder check --checks checks \
        ${arguments:-cpu load memory swap disk io network uptime file_handles}
}

cmd_test() {
    ensure "$build_needs $test_needs"
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
    cmd_build
    # shellcheck disable=SC2086
    exec build/venv/bin/python bench/bench.py $arguments
}

cmd_clean() {
    rm -rf build
    say "removed build/"
}
