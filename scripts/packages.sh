# What the commands need from the system, and installing it.
# shellcheck shell=sh disable=SC2034,SC2154

# NEED=PACKAGE: what is looked for, and the Debian package that has it. A need is a command
# (cmd:), a pkg-config module (pc:), or a file (file:, may be a pattern).
build_needs='
    cmd:cc=build-essential
    cmd:cmake=cmake
    cmd:ninja=ninja-build
    cmd:pkg-config=pkg-config
    pc:cmocka=libcmocka-dev
    pc:jansson=libjansson-dev
    pc:libcurl=libcurl4-openssl-dev
    pc:libmicrohttpd=libmicrohttpd-dev
    pc:libuv=libuv1-dev
    pc:libxxhash=libxxhash-dev
    pc:yaml-0.1=libyaml-dev
    file:/usr/include/*/sys/sdt.h=systemtap-sdt-dev'
test_needs='
    cmd:chromedriver=chromium-driver
    cmd:chromium=chromium
    cmd:openssl=openssl
    cmd:promtool=prometheus
    cmd:redis-server=redis-server
    cmd:prometheus-node-exporter=prometheus-node-exporter'
lint_needs='
    cmd:clang-format-14=clang-format-14
    cmd:mandoc=mandoc
    cmd:shellcheck=shellcheck'
format_needs='cmd:clang-format-14=clang-format-14'
docs_needs='cmd:mandoc=mandoc'
bench_needs='cmd:collectd=collectd-core'
fuzz_needs='
    cmd:clang-14=clang-14
    file:/usr/lib/llvm-14/lib/clang/14*/lib/linux/libclang_rt.fuzzer-*.a=libclang-rt-14-dev'
python_packages='python3 python3-dev python3-venv'

# is_there NEED
is_there() {
    # A pattern is to be expanded.
    # shellcheck disable=SC2086
    case $1 in
    cmd:*) (PATH=$PATH:/usr/sbin:/sbin && command -v "${1#cmd:}") >/dev/null ;;
    pc:*) pkg-config --exists "${1#pc:}" 2>/dev/null ;;
    file:*) ls ${1#file:} >/dev/null 2>&1 ;;
    esac
}

# Sets `needs` and `packages` to what is missing of the list.
find_missing() {
    needs=
    packages=
    set -f
    for pair in $1; do
        need=${pair%=*}
        set +f
        is_there "$need" || {
            needs="$needs $need"
            packages="$packages ${pair##*=}"
        }
        set -f
    done
    set +f
    packages=${packages# }
}

# ensure LIST: all of the list is there afterwards.
ensure() {
    find_missing "$1"
    [ -n "$needs" ] || return 0
    install_packages "$packages"
    find_missing "$1"
    [ -z "$needs" ] || die "still missing after installing packages:$needs"
}

# install_packages "PACKAGE...": installs them, or says what to install and ends.
install_packages() {
    if ! command -v apt-get >/dev/null; then
        die "missing:$needs; install what Debian calls $1"
    elif [ "$(id -u)" -ne 0 ]; then
        die "missing packages; as root: apt-get install $1"
    fi
    say "installing packages: $1"
    echo "+ apt-get install $1" | note
    with_services_off install_with_apt "$1" >>"$log" 2>&1 </dev/null && return
    tail -n 30 "$log" >&2
    die "could not install $1; all of apt-get's output is in $log"
}

install_with_apt() {
    export DEBIAN_FRONTEND=noninteractive
    apt-get -o Acquire::Retries=3 update || echo "no update; trying with the lists at hand"
    # The list is split on purpose.
    # shellcheck disable=SC2086
    apt-get -y -o Acquire::Retries=3 -o DPkg::Lock::Timeout=300 \
        install --no-install-recommends $1
}

# Packages that come with a service, such as redis-server, would start it.
with_services_off() {
    policy=/usr/sbin/policy-rc.d
    [ ! -e $policy ] || policy=
    [ -z "$policy" ] || {
        trap 'rm -f "$policy"' EXIT
        trap 'exit 130' INT TERM
        printf '#!/bin/sh\nexit 101\n' >"$policy"
        chmod 755 "$policy"
    }
    "$@" && status=0 || status=$?
    [ -z "$policy" ] || {
        rm -f "$policy"
        trap - EXIT INT TERM
    }
    return "$status"
}
