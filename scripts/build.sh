# Configuring and building.
# shellcheck shell=sh disable=SC2119,SC2120,SC2154

# build TARGET...: configures if an option has changed, and builds.
build() {
    folder=build/$preset
    configure
    case $generator in
    Ninja) quiet=--quiet ;;
    *Makefiles) quiet=-s ;;
    *) quiet= ;;
    esac
    # On a terminal Ninja shows how far it is.
    [ "$generator" != Ninja ] || ! [ -t 2 ] || quiet=
    # shellcheck disable=SC2086
    bounded cmake --build "$folder" --parallel "$(nproc)" --target "$@" -- $quiet >&2 ||
        die "the build failed"
}

# The build tree keeps the options that it was configured with. Those that CMake cannot change in
# a tree, such as the compiler, start a new one.
configure() {
    fixed="generator=$generator cmake-options=$cmake_options
CC=${CC:-} CFLAGS=${CFLAGS:-} LDFLAGS=${LDFLAGS:-}"
    free="prefix=$prefix
$runtimes"
    wanted="$fixed
$free"
    kept=$(cat "$folder/options" 2>/dev/null || :)
    [ "$kept" != "$wanted" ] || return 0
    say "configuring $preset for Python $(versions "$runtimes")"
    case $kept in
    "$fixed"*) rm -f "$folder/options" ;;
    *) rm -rf "$folder" ;;
    esac
    interpreters=$(echo "$runtimes" | cut -d' ' -f2- | tr '\n' ';')
    # The user's options may be quoted as in the shell; a generator among them wins.
    case " $cmake_options" in
    *" -G"*) eval "set -- $cmake_options" ;;
    *) eval "set -- -G '$generator' $cmake_options" ;;
    esac
    logged cmake --preset "$preset" -DCMAKE_INSTALL_PREFIX="$prefix" \
        -DADDER_PYTHONS="${interpreters%;}" -DADDER_VENVS="$root/build/venvs" "$@"
    echo "$wanted" >"$folder/options"
}

# Points build/adder at the program of this preset.
link_program() {
    [ "$(readlink build/adder)" = "$preset/adder" ] || ln -sfn "$preset/adder" build/adder
}
