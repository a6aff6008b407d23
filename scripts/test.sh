#!/usr/bin/env bash
# The whole check. It installs what it misses on a fresh Debian machine, runs every stage, and ends with a table.
#
#   scripts/test.sh                 all stages
#   scripts/test.sh fmt clippy      only these
#   scripts/test.sh native          library and program on a machine that is not Linux
#
# CI=true turns a prerequisite that cannot be installed into a failure; without it the stage is skipped and says so.
# CARGO_TARGET_DIR is honoured. Benchmarks are not here: benches/compare.py.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

readonly STAGES=(fmt modules clippy rust docs dependencies program interop python conformance reliability documents site portability windows)
# They build in a directory of their own, and their tests wait for wine, which is one thread: they run beside the others.
readonly BESIDE=(portability windows)
readonly SKIPPED=77 # the exit status of a stage that could not run
# Of every build for the tests: with others, each dependency and most of ours would be built once more. The keyring is what releases
# have. With test-panic the program panics on two signals that nothing else sends: what becomes of a panic is tested by that.
readonly FEATURES=hac-cli/test-panic,hac-cli/keyring
readonly FEATURES_WITH_PYTHON=$FEATURES,hac-python/test-panic
target=${CARGO_TARGET_DIR:-$PWD/target}
export CARGO_TERM_COLOR=never NO_COLOR=1
if [ -t 1 ]; then
    export CARGO_TERM_COLOR=auto
    unset NO_COLOR
fi
# What is built once has no use for what a second build would go on with.
[ "${CI:-}" != true ] || export CARGO_INCREMENTAL=0
# The tests decide for themselves where HAC is and whether a proxy is asked.
unset HAC_URL HAC_USERNAME HAC_PASSWORD HAC_CACHE_DIR HAC_SESSION_ID HAC_CSRF_TOKEN HAC_ROUTE_COOKIE

say() { printf '%s\n' "$*"; }
has() { command -v "$1" >/dev/null 2>&1; }
works() { "$@" >/dev/null 2>&1; }

# --- what has to be there ---------------------------------------------------------------------------------------------

missing=() # one line each

as_root() {
    if [ "$(id -u)" = 0 ]; then
        DEBIAN_FRONTEND=noninteractive "$@"
    elif has sudo && works sudo -n true; then
        sudo -n DEBIAN_FRONTEND=noninteractive "$@"
    else
        return 1
    fi
}

apt_updated=no
apt_install() {
    has apt-get || return 1
    say "installing $*"
    local lock status=0
    # One at a time, of the stages that run beside each other.
    exec {lock}<scripts/test.sh
    flock "$lock"
    if [ $apt_updated = no ]; then
        works as_root apt-get update -qq || true
        apt_updated=yes
    fi
    works as_root apt-get install -y -qq --no-install-recommends "$@" || status=$?
    exec {lock}<&-
    return $status
}

need() { # need WHAT-FOR TEST… -- PACKAGE…
    local what=$1 test=()
    shift
    while [ "$1" != -- ]; do test+=("$1"); shift; done
    shift
    works "${test[@]}" && return 0
    if apt_install "$@" && works "${test[@]}"; then return 0; fi
    missing+=("$what is missing: install $* (apt-get, as root)")
    return 1
}

# A shell with an empty HOME finds cargo, but rustup's proxy finds no toolchain: it lives beside the program.
find_cargo_home() {
    has cargo || return 0
    works cargo --version && [ -n "${CARGO_HOME:-}" ] && return 0
    local program home rustup
    program=$(command -v cargo)
    for program in "$program" "$(readlink -f "$program")"; do
        home=$(cd "$(dirname "$program")/.." && pwd)
        for rustup in "${RUSTUP_HOME:-}" "$HOME/.rustup" "$(dirname "$home")/.rustup" "$(dirname "$home")/rustup"; do
            [ -d "$rustup/toolchains" ] || continue
            if RUSTUP_HOME=$rustup works cargo --version; then
                export RUSTUP_HOME=$rustup
                # What was downloaded before need not be downloaded again.
                if [ ! -d "$HOME/.cargo/registry" ] && [ -w "$home/registry" ]; then export CARGO_HOME=${CARGO_HOME:-$home}; fi
                return 0
            fi
        done
    done
}

wanted_rust() { sed -n 's/^rust-version = "\(.*\)"/\1/p' Cargo.toml; }

rust_is_new_enough() {
    local wanted found
    wanted=$(wanted_rust)
    found=$(cargo --version 2>/dev/null | cut -d' ' -f2) || return 1
    [ -n "$found" ] && [ "$(printf '%s\n%s\n' "$wanted" "${found%%-*}" | sort -V | head -n 1)" = "$wanted" ]
}

# What Debian 12 has for the browsers that it builds; its package cargo is too old for this project.
readonly DEBIAN_RUST=(cargo-web rustc-web rust-web-clippy rustfmt-web)

debians_rust() {
    # They would remove a rustup that is a package of Debian's.
    ! works dpkg-query --status rustup || return 1
    apt_install "${DEBIAN_RUST[@]}" || return 1
    # A cargo of rustup's that has no toolchain may stand before /usr/bin.
    rust_is_new_enough || PATH=/usr/bin:$PATH
    rust_is_new_enough
}

rustups_rust() {
    has rustup || apt_install rustup || return 1
    works rustup toolchain install stable --profile minimal -c clippy -c rustfmt || return 1
    works rustup default stable || true
    rust_is_new_enough
}

need_rust() {
    find_cargo_home
    if ! { rust_is_new_enough || debians_rust || rustups_rust; }; then
        missing+=("Rust $(wanted_rust) or newer is missing: Debian 12 has it by 'apt-get install ${DEBIAN_RUST[*]}', Debian 13 by 'apt-get install rustup && rustup default stable'")
        return 1
    fi
    local component
    for component in fmt clippy; do
        works cargo $component --version || works rustup component add "${component/fmt/rustfmt}" || true
        works cargo $component --version || missing+=("cargo $component is missing: rustup component add ${component/fmt/rustfmt}")
    done
}

# A python3 on PATH may be a shim that needs more of the environment than there is: take the first that really runs.
python=
find_python() {
    local names=(python3 python3.14 python3.13 python3.12 python3.11 python3.10) name candidate candidates=()
    [ -n "${PYTHON:-}" ] && candidates+=("$PYTHON")
    for name in "${names[@]}"; do
        while read -r candidate; do candidates+=("$candidate"); done < <(type -aP "$name" || true)
    done
    for candidate in "${candidates[@]}"; do
        case $candidate in
        */shims/*) for name in "${candidate%/shims/*}"/versions/3.*/bin/python3; do candidates+=("$name"); done ;;
        esac
    done
    for candidate in "${candidates[@]}"; do
        # What it calls itself is the program behind every shim and link.
        if python=$("$candidate" -c 'import sys, venv, ensurepip, ssl; assert sys.version_info >= (3, 10); sys.stdout.write(sys.executable)' 2>/dev/null); then
            return 0
        fi
    done
    return 1
}

need_python() {
    find_python && return 0
    if apt_install python3 python3-venv && find_python; then return 0; fi
    missing+=("Python 3.10 or newer with venv is missing: install python3 python3-venv (apt-get, as root)")
    return 1
}

# mingw has no cc.
c_compiler() { if has cc; then cc "$@"; else gcc "$@"; fi; }

prepare() {
    need "a C compiler" c_compiler --version -- build-essential || true
    has apt-get && { need pkg-config pkg-config --version -- pkg-config || true; }
    need curl curl --version -- curl ca-certificates || true
    need_python || true
    need_rust || true
    if [ ${#missing[@]} -gt 0 ]; then
        printf '%s\n' "${missing[@]}"
        [ "${CI:-}" != true ] || exit 1
    fi
    has cargo && works c_compiler --version && rust_is_new_enough || { say "Nothing can be tested without them."; exit 1; }
    say "$(rustc --version), $("${python:-false}" --version 2>/dev/null || say "no Python"), $(getconf _NPROCESSORS_ONLN) cores"
}

skip() {
    say "skipped: $*"
    exit $SKIPPED
}

# --- the stages -------------------------------------------------------------------------------------------------------

stage_fmt() {
    cargo fmt --all -- --check --files-with-diff || { say "not formatted: cargo fmt mends it"; return 1; }
}

stage_clippy() {
    cargo clippy --workspace --all-targets --features $FEATURES_WITH_PYTHON --locked --quiet -- -D warnings
    # Not among all targets: they are run by their names only.
    cargo clippy --workspace --test suite --test matrix --features $FEATURES_WITH_PYTHON --locked --quiet -- -D warnings
    # What a packager may leave out: SQLite and QuickJS in the program, the blocking client in the library.
    cargo clippy -p hac-cli --no-default-features --locked --quiet -- -D warnings
    cargo clippy -p hac-client --no-default-features --locked --quiet -- -D warnings
}

stage_rust() {
    # Not cargo-nextest: some test programs have a main of their own, which it cannot list.
    # hac-python cannot be linked without an interpreter; its tests are those of the stage python.
    # The tests of the keyring bring a D-Bus of their own.
    if [ "$(uname)" = Linux ]; then
        need "A keyring" sh -c 'command -v dbus-run-session gnome-keyring-daemon' -- dbus gnome-keyring || say "${missing[-1]}"
        need "A shell with completions" sh -c 'command -v zsh && command -v fish && command -v elvish' -- zsh fish elvish || say "${missing[-1]}"
    fi
    cargo test --workspace --exclude hac-python --features $FEATURES --locked --no-fail-fast --lib --bins --tests --examples
}

stage_docs() {
    cargo test --workspace --features $FEATURES_WITH_PYTHON --locked --doc
    RUSTDOCFLAGS="-D warnings" cargo doc --workspace --features $FEATURES_WITH_PYTHON --locked --no-deps --quiet
    if [ -n "$python" ]; then
        "$python" scripts/api.py --self-test
        "$python" scripts/api.py "$target/doc"
    fi
}

stage_dependencies() {
    [ -n "$python" ] || skip "no Python"
    "$python" scripts/unused.py
    "$python" scripts/licences.py
    if works cargo deny --version; then
        cargo deny --log-level error check licenses bans sources
    else
        say "cargo-deny is not installed: licences, sources and versions were checked by scripts/licences.py alone"
    fi
    # One by one they could not be packed: the tests of the library need the simulator, which is not published yet.
    cargo package --locked --quiet --no-verify --allow-dirty -p hac-client -p hac-simulator -p hac-cli
    say "the three crates can be packed"
}

build_program() { cargo build --release --locked --quiet; }

stage_program() {
    build_program
    if [ -n "$python" ]; then
        "$python" scripts/instructions.py --hac "$target/release/hac"
    else
        say "left out: the instructions of a call, without Python"
    fi
}

# hac-client-core, in a virtual environment below target.
peer=$target/interop/venv/bin/python
install_peer() {
    local venv=$target/interop/venv
    if ! works "$venv/bin/python" -c 'import hac_client_core'; then
        rm -rf "$venv"
        "$python" -m venv "$venv"
        # What it says of the Python that it needs is ignored; what its dependencies say is not.
        local pip=("$venv/bin/python" -m pip install --quiet --disable-pip-version-check)
        "${pip[@]}" beautifulsoup4 requests && "${pip[@]}" --no-deps --ignore-requires-python hac-client-core==0.1.2 ||
            skip "hac-client-core 0.1.2 cannot be installed from the package index"
    fi
}

# hybris-hac-api, an npm package of others, below target. Says why where it cannot be had.
npm_client=$target/interop/npm
npm_client_is_there() {
    works node -e 'process.exit(require(process.argv[1]).version === "1.1.9" ? 0 : 1)' "$npm_client/node_modules/hybris-hac-api/package.json"
}
install_npm_client() {
    # What it depends on (jsdom 18) is for Node.js 12 and newer.
    local new_enough='process.exit(process.versions.node.split(".")[0] >= 12 ? 0 : 1)'
    need "Node.js, 12 or newer," node -e "$new_enough" -- nodejs || { say "${missing[-1]}"; return 1; }
    npm_client_is_there && return 0
    need npm npm --version -- npm || { say "${missing[-1]}"; return 1; }
    mkdir -p "$npm_client"
    # Node.js has authorities of its own; those of this machine count too, for whoever sits behind a proxy that opens TLS.
    local authorities=/etc/ssl/certs/ca-certificates.crt
    [ -r $authorities ] && export NODE_EXTRA_CA_CERTS=${NODE_EXTRA_CA_CERTS:-$authorities}
    # Scripts of packages are not run, and nothing is written outside of target.
    npm install --prefix "$npm_client" --cache "$npm_client/cache" --ignore-scripts --no-audit --no-fund --no-save \
        --loglevel=error hybris-hac-api@1.1.9 || true
    npm_client_is_there || { say "hybris-hac-api 1.1.9 cannot be installed from the npm registry"; return 1; }
}

stage_interop() {
    [ -n "$python" ] || skip "no Python"
    need Groovy groovy --version -- groovy default-jre-headless || say "${missing[-1]}"
    build_program
    install_peer
    "$peer" scripts/interop.py --hac "$target/release/hac"
    if install_npm_client; then
        "$python" scripts/npm_client.py --hac "$target/release/hac" --modules "$npm_client/node_modules"
    elif [ "${CI:-}" = true ]; then
        say "the npm client was not run, which CI=true does not allow"
        return 1
    else
        say "left out: the npm client"
    fi
    install_peer_cli
    "$python" scripts/drop_in.py --hac "$target/release/hac" --peer "$peer_cli/bin/hac"
}

# What tests the Python package, in a virtual environment below target.
snake=$target/python/venv/bin/python
install_python_tools() {
    works "$snake" -c 'import pytest, mypy, pyright, pandas, polars, pyarrow, duckdb' && return 0
    rm -rf "$target/python/venv"
    "$python" -m venv "$target/python/venv"
    "$snake" -m pip install --quiet --disable-pip-version-check pytest mypy 'pyright[nodejs]' pandas polars pyarrow duckdb ||
        skip "pytest, mypy, pyright, pandas, polars, pyarrow and duckdb cannot be installed from the package index"
}

# Two type checkers, and whether the native half is what its stub says.
check_python_types() {
    local site=$target/python/site settings=$PWD/pyproject.toml
    (cd "$site" && "$snake" -m mypy --config-file "$settings" --cache-dir "$target/python/mypy" -p hac_client_core)
    PYRIGHT_PYTHON_CACHE_DIR=$target/python/pyright PYRIGHT_PYTHON_IGNORE_WARNINGS=1 \
        "$target/python/venv/bin/pyright" --pythonpath "$snake"
    (cd "$site" && PYTHONPATH=. MYPYPATH=. "$snake" -m mypy.stubtest --ignore-disjoint-bases --ignore-unused-allowlist \
        --allowlist "$OLDPWD/python/tests/stubtest.txt" --mypy-config-file "$settings" hac_client_core)
}

# hac-client-cli, in an environment of its own.
peer_cli=$target/interop/cli
install_peer_cli() {
    works "$peer_cli/bin/python" -c 'import hac_client_cli' && return 0
    rm -rf "$peer_cli"
    "$python" -m venv "$peer_cli"
    local pip=("$peer_cli/bin/python" -m pip install --quiet --disable-pip-version-check)
    "${pip[@]}" beautifulsoup4 requests rich typer &&
        "${pip[@]}" --no-deps --ignore-requires-python hac-client-core==0.1.2 hac-client-cli==0.3.2 ||
        skip "hac-client-cli 0.3.2 cannot be installed from the package index"
}

# The Python package as it is tested, in target/python/site: its Python half, and the native half of a debug build with a call that panics.
assemble_python_package() {
    cargo build --workspace --features $FEATURES_WITH_PYTHON --locked --quiet --lib
    local package=$target/python/site/hac_client_core library suffix
    rm -rf "$target/python/site"
    mkdir -p "$target/python/site"
    cp -R python/hac_client_core "$package"
    for library in libhac_client_core_native.so:abi3.so libhac_client_core_native.dylib:abi3.so hac_client_core_native.dll:pyd; do
        suffix=${library#*:} library=$target/debug/${library%:*}
        [ ! -e "$library" ] || cp "$library" "$package/_native.$suffix"
    done
}

# As people install it: `pip install .`. Without the stable ABI, as for a free-threaded Python; a debug build, which takes less time.
install_python_package() {
    local venv=$target/python/installed
    rm -rf "$venv"
    "$python" -m venv "$venv"
    CARGO_TARGET_DIR=$target MATURIN_PEP517_ARGS='--profile dev --no-default-features --features test-panic' \
        "$venv/bin/python" -m pip install --quiet --disable-pip-version-check . pytest
    HAC_PROGRAM=$target/release/hac "$venv/bin/python" -m pytest -p no:cacheprovider --basetemp "$target/python/tmp" -q \
        python/tests/test_{page,citizen,async,rows}.py
}

stage_python() {
    [ -n "$python" ] || skip "no Python"
    need Groovy groovy --version -- groovy default-jre-headless || skip "${missing[-1]}"
    build_program
    install_peer
    install_python_tools
    install_peer_cli
    assemble_python_package
    check_python_types
    PYTHONPATH=$target/python/site HAC_PROGRAM=$target/release/hac HAC_PEER_PYTHON=$peer HAC_PEER_CLI=$peer_cli/bin/hac \
        "$snake" -m pytest -p no:cacheprovider --basetemp "$target/python/tmp" -q
    install_python_package
}

stage_conformance() {
    [ -n "$python" ] || skip "no Python"
    # What is not there is left out by the suite, which says so; with CI=true it fails.
    need "a JDK, 17 or newer," javac --release 17 -version -- default-jdk-headless || say "${missing[-1]}"
    need Maven mvn --version -- maven || say "${missing[-1]}"
    need HAProxy sh -c 'PATH=$PATH:/usr/sbin; haproxy -v' -- haproxy || say "${missing[-1]}"
    build_program
    install_peer
    HAC_PROGRAM=$target/release/hac HAC_PEER_PYTHON=$peer cargo test --workspace --features $FEATURES_WITH_PYTHON --locked --quiet --test suite
}

# Every fault of a hostile server against every operation.
stage_reliability() {
    build_program
    HAC_PROGRAM=$target/release/hac cargo test --workspace --features $FEATURES_WITH_PYTHON --locked --quiet --test matrix
}

stage_modules() {
    [ -n "$python" ] || skip "no Python"
    "$python" scripts/modules.py --self-test
    "$python" scripts/modules.py
}

stage_documents() {
    [ -n "$python" ] || skip "no Python"
    build_program
    "$python" scripts/documents.py --hac "$target/release/hac"
}

# What builds the documentation as a site and runs what it shows, in a virtual environment below target.
site=$target/site/venv/bin
install_site() {
    local versions=(mkdocs-material==9.8.2 mkdocstrings==1.0.8 mkdocstrings-python==2.0.11 black==26.10.1 pytest==9.2.0)
    if ! [ "$(cat "$target/site/venv/versions" 2>/dev/null)" = "${versions[*]}" ]; then
        rm -rf "$target/site/venv"
        "$python" -m venv "$target/site/venv"
        "$site/python" -m pip install --quiet --disable-pip-version-check "${versions[@]}" ||
            skip "${versions[*]} cannot be installed from the package index"
        printf '%s\n' "${versions[*]}" >"$target/site/venv/versions"
    fi
}

stage_site() {
    [ -n "$python" ] || skip "no Python"
    # The blocks use them as a reader does. Groovy's start script finds Java where Debian's default is.
    need Groovy groovy --version -- groovy default-jre-headless || skip "${missing[-1]}"
    need jq jq --version -- jq || skip "${missing[-1]}"
    build_program
    install_site
    assemble_python_package
    "$python" scripts/documents.py --self-test
    HAC_PROGRAM=$target/release/hac NO_MKDOCS_2_WARNING=1 "$site/mkdocs" build --strict --quiet --site-dir "$target/site/html"
    say "the site is built: $target/site/html/index.html"
    PYTHONPATH=$target/python/site "$python" scripts/documents.py --hac "$target/release/hac" --python "$site/python" --site "$target/site/html"
}

# --- other systems ----------------------------------------------------------------------------------------------------

# All of these builds share one directory.
foreign=$target/foreign
foreign_rust=() # cargo and rustc
build_std=()    # what makes cargo build the standard library, where it has to

# A Rust that has the standard library of another system: that of the whole check if rustup has the library, which is a matter of
# seconds; else one that builds it from its sources, which takes a minute or two for each system.
need_rust_for() { # need_rust_for TARGET
    foreign_rust=("$(command -v cargo)" "$(command -v rustc)")
    build_std=()
    has_std_of "$1" || works rustup target add "$1" || true
    has_std_of "$1" && return 0
    need_rust_sources || return 1
    build_std=(-Z build-std=std,panic_unwind)
}

has_std_of() { [ -d "$("${foreign_rust[1]}" --print sysroot)/lib/rustlib/$1/lib" ]; }
has_rust_sources() { [ -x "$1" ] && [ -d "$("$1" --print sysroot)/lib/rustlib/src/rust/library/std" ]; }

# A Rust that has the sources of its standard library: Debian's, else that of rustup.
need_rust_sources() {
    if ! has_rust_sources /usr/bin/rustc && ! works dpkg-query --status rustup; then
        apt_install cargo-web rustc-web rust-web-src || true
    fi
    if has_rust_sources /usr/bin/rustc && works /usr/bin/cargo --version; then
        foreign_rust=(/usr/bin/cargo /usr/bin/rustc)
        return 0
    fi
    foreign_rust=("$(command -v cargo)" "$(command -v rustc)")
    has_rust_sources "${foreign_rust[1]}" || works rustup component add rust-src || true
    has_rust_sources "${foreign_rust[1]}" && return 0
    missing+=("the sources of Rust's standard library are missing: install cargo-web rustc-web rust-web-src (apt-get, as root)")
    return 1
}

# For another system: PROGRAM SUBCOMMAND ARGUMENT…
build_for() {
    # Only with RUSTC_BOOTSTRAP does a stable compiler build a standard library. Nobody debugs these programs, and they run
    # once: optimisation and debug information would take longer than they are worth, but for what encodes and decodes forms of megabytes.
    env CARGO="${foreign_rust[0]}" RUSTC="${foreign_rust[1]}" ${build_std:+RUSTC_BOOTSTRAP=1} "$1" "$2" "${build_std[@]}" \
        --config 'profile.dev.debug=false' --config 'profile.dev.package."*".opt-level=0' \
        --config 'profile.dev.package.form_urlencoded.opt-level=1' --config 'profile.dev.package.percent-encoding.opt-level=1' \
        --target-dir "$foreign" --package hac-client --package hac-cli --locked --quiet "${@:3}"
}

# A warning is a failure here, too: no other stage compiles the code for these systems.
without_warnings() {
    local said=$target/foreign-said
    "$@" 2>&1 | tee "$said"
    if grep -q '^warning' "$said"; then return 1; fi
}

# Runs a part of a stage, and says how long it took.
part() {
    local name=$1 begun=$SECONDS status
    shift
    # Where it fails, the stage ends here, unless whoever calls has an answer to that.
    "$@"
    status=$?
    say "$name: $((SECONDS - begun)) s"
    return $status
}

# zig, as a C compiler and linker for every system, in a virtual environment below target.
zig=$target/zig/venv/bin
install_zig() {
    works "$zig/cargo-zigbuild" --version && works "$zig/python" -m ziglang version && return 0
    rm -rf "$target/zig/venv"
    "$python" -m venv "$target/zig/venv"
    "$zig/python" -m pip install --quiet --disable-pip-version-check cargo-zigbuild==0.24.1 ziglang==0.17.1 ||
        skip "cargo-zigbuild and ziglang cannot be installed from the package index"
}

# cargo-zigbuild finds zig beside the Python that is first on PATH. What both keep for the next time is below target, too.
zig_build_for() {
    PATH=$zig:$PATH CARGO_ZIGBUILD_CACHE_DIR=$target/zig/cache ZIG_GLOBAL_CACHE_DIR=$target/zig/cache/zig \
        build_for "$zig/cargo-zigbuild" "$@"
}

# Rust in the version that Cargo.toml promises: that of this check, or one of rustup's.
oldest_rust() {
    local wanted toolchain
    wanted=$(wanted_rust)
    # On the machines of the public CI it is that of the whole check.
    grep -q "image: rust:$wanted-" .github/workflows/check.yml ||
        { say ".github/workflows/check.yml does not run with Rust $wanted, which Cargo.toml promises"; return 1; }
    if [[ $(cargo --version) == "cargo $wanted."* ]]; then
        say "Rust $wanted, the oldest that is promised, is the one that the other stages build and test with"
        return 0
    fi
    toolchain=$(rustup toolchain list 2>/dev/null | sed -n "s/^\($wanted[.-][^ ]*\).*/\1/p" | head -n 1) || true
    if [ -z "$toolchain" ] && works rustup toolchain install "$wanted" --profile minimal; then toolchain=$wanted; fi
    if [ -z "$toolchain" ]; then
        say "left out: Rust $wanted, the oldest that is promised: only rustup has it, and this is $(cargo --version)"
        return 0
    fi
    RUSTUP_TOOLCHAIN=$toolchain rustup run "$toolchain" cargo check --workspace --locked --quiet --target-dir "$target/oldest"
    say "Rust $wanted, the oldest that is promised, takes every crate"
}

# Library and program for macOS, as far as a compiler can tell without a Mac; the program for every Linux.
stage_portability() {
    [ -n "$python" ] || skip "no Python"
    local mac=aarch64-apple-darwin static=x86_64-unknown-linux-musl
    part "zig" install_zig
    part "the oldest Rust" oldest_rust
    part "Rust for $mac" need_rust_for $mac || skip "${missing[-1]}"
    part "library, program and the native half of the Python package checked for $mac" \
        without_warnings zig_build_for check --target $mac --package hac-python
    part "Rust for $static" need_rust_for $static || skip "${missing[-1]}"
    # The start files are those of zig's musl.
    RUSTFLAGS="-C link-self-contained=no" part "the program built for $static" without_warnings zig_build_for zigbuild --bins --target $static
    part "the program started" "$python" scripts/portable.py "$foreign/$static/debug/hac"
}

# The tests of library and program where they are built: for macOS and Windows, whose machines have not what the other stages need.
stage_native() {
    cargo test --package hac-client --package hac-cli --locked --no-fail-fast --lib --bins --tests
}

# Library and program for Windows, and their tests under wine.
stage_windows() {
    local cargo windows=x86_64-pc-windows-gnu left_out
    # These have a main of their own, which knows no --skip.
    local own_main=(--test processes --test store)
    local tests=(--lib --bins --test engine --test secrets --test program)
    # wine maps a program whose parts lie at whole pages of its file. Any other it reads from end to end, at each start.
    export CARGO_TARGET_X86_64_PC_WINDOWS_GNU_RUSTFLAGS="-C link-arg=-Wl,--file-alignment,4096"
    part "Rust for $windows" need_rust_for $windows || skip "${missing[-1]}"
    cargo=${foreign_rust[0]}
    part "mingw" need "a C compiler for Windows" x86_64-w64-mingw32-gcc --version -- gcc-mingw-w64-x86-64 || skip "${missing[-1]}"
    part "wine" need wine scripts/wine.sh --which -- wine wine64 || skip "${missing[-1]}"
    # At once with the tests: for itself the program would have its dependencies built once more, with other features.
    part "library, program and tests built for Windows" \
        without_warnings build_for "$cargo" test --target $windows --no-run "${tests[@]}" "${own_main[@]}"
    mkdir -p "$target/wine"
    trap 'scripts/wine.sh --end "$target/wine"' EXIT
    part "a prefix for wine" scripts/wine.sh --prepare "$target/wine"
    export CARGO_TARGET_X86_64_PC_WINDOWS_GNU_RUNNER="$PWD/scripts/wine.sh $target/wine"
    # Snapshots are found without asking cargo, which wine cannot start, and none is written.
    export INSTA_WORKSPACE_ROOT=$PWD INSTA_UPDATE=no
    mapfile -t left_out < <(scripts/wine.sh --left-out)
    part "the tests under wine" build_for "$cargo" test --target $windows --no-fail-fast "${tests[@]}" -- "${left_out[@]}"
    part "the tests of files, locks and processes under wine" \
        build_for "$cargo" test --target $windows --no-fail-fast "${own_main[@]}"
}

# --- the run ----------------------------------------------------------------------------------------------------------

run_stage() {
    local name=$1 begun=$SECONDS status took verdict
    say ""
    say "== $name"
    # In a subshell that ends at its first failure: `if` and `||` would switch that off.
    set +e
    (
        set -euo pipefail
        "stage_$name"
    )
    status=$?
    set -e
    took=$((SECONDS - begun))
    case $status in
    0) verdict=passed ;;
    "$SKIPPED")
        verdict=skipped
        [ "${CI:-}" != true ] || verdict="skipped, which CI=true does not allow: FAILED"
        ;;
    *) verdict=FAILED ;;
    esac
    say "-- $name: $verdict, $took s"
    printf '%-14s %5d s  %s\n' "$name" "$took" "$verdict" >"$run/$name"
}

is_beside() { case " ${BESIDE[*]} " in *" $1 "*) return 0 ;; *) return 1 ;; esac; }

# What runs beside the others: the process that runs it, which is a group of its own, and what it has said.
beside=
run_beside() {
    say "beside the others, shown when they have ended: $*"
    set -m
    (
        set +m
        for name in "$@"; do run_stage "$name"; done
    ) >"$run/beside" 2>&1 </dev/null &
    beside=$!
    set +m
}

finish() {
    # Only an end that came too early leaves it running.
    [ -z "$beside" ] || kill -- "-$beside" 2>/dev/null || true
    rm -rf "$run"
}

prepare
chosen=("$@")
[ ${#chosen[@]} -gt 0 ] || chosen=("${STAGES[@]}")
first=() second=()
for name in "${chosen[@]}"; do
    declare -F "stage_$name" >/dev/null || { say "there is no stage $name; there are: ${STAGES[*]}"; exit 2; }
    if is_beside "$name"; then second+=("$name"); else first+=("$name"); fi
done
run=$(mktemp -d)
trap finish EXIT
# Alone they are beside nothing.
[ ${#first[@]} -gt 0 ] || { first=("${second[@]}"); second=(); }
[ ${#second[@]} -eq 0 ] || run_beside "${second[@]}"
for name in "${first[@]}"; do run_stage "$name"; done
if [ -n "$beside" ]; then
    wait "$beside" || true
    beside=
    cat "$run/beside"
fi

say ""
for name in "${chosen[@]}"; do cat "$run/$name" 2>/dev/null || say "$name: FAILED, it did not come to its end"; done | tee "$run/table"
say "$(printf '%-14s %5d s' all $SECONDS)"
if grep -q FAILED "$run/table"; then say "The check failed."; exit 1; fi
say "All passed."
