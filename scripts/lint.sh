# The parts of `./dev lint`. Each prints FILE:LINE: MESSAGE for what it finds.
# shellcheck shell=sh disable=SC2154

c_sources() {
    find include src fuzz bench -name '*.[ch]' 2>/dev/null | sort
}

lint_format() {
    c_sources | xargs clang-format-14 --dry-run 2>&1 |
        sed -n 's/^\([^ :]*:[0-9]*\):[0-9]*: [a-z]*: .*clang-format-violations.*/\1: not as .\/dev format has it/p' |
        uniq
}

lint_style() {
    "$python" tests/style/style.py .
}

lint_shell() {
    for script in dev scripts/*.sh .ci/run; do
        [ -e "$script" ] || continue
        case $(head -n 1 "$script") in
        *bash*) bash -n "$script" 2>&1 ;;
        *) sh -n "$script" 2>&1 ;;
        esac | sed 's/^\([^:]*\): \([0-9]*\): /\1:\2: /; s/^\([^:]*\): line \([0-9]*\): /\1:\2: /'
    done
    # The files of scripts/ are checked as what they are: parts of dev.
    shellcheck --format gcc --external-sources dev .ci/run | without_column
}

lint_python() {
    "$python" -m ruff check --no-cache --quiet --output-format concise \
        --config tests/style/ruff.toml . | without_column
}

lint_manual() {
    find docs -path '*/man/*' -type f 2>/dev/null | sort | xargs -r mandoc -T lint -W warning |
        sed 's/^mandoc: \([^:]*:[0-9]*\):[0-9]*: /\1: /'
}

without_column() {
    sed 's/^\([^:]*:[0-9]*\):[0-9]*: /\1: /'
}

# Runs the parts side by side; build/findings gets what they found.
lint_all() {
    rm -rf build/lint
    mkdir -p build/lint
    for part in format style shell python manual; do
        "lint_$part" >"build/lint/$part" 2>&1 || : &
    done
    wait
    cat build/lint/* >build/findings
    cat build/findings
    [ ! -s build/findings ]
}
