#!/usr/bin/env bash
# Runs programs for Windows on Linux, for the stage `windows` of scripts/test.sh.
#
#   scripts/wine.sh DIRECTORY PROGRAM ARGUMENT…   runs a program of tests; the prefix of wine is below the directory
#   scripts/wine.sh --prepare DIRECTORY           makes that prefix
#   scripts/wine.sh --end DIRECTORY               ends what of wine still runs there
#   scripts/wine.sh --left-out                    arguments that skip what wine cannot do; what is left out, and why, on standard error
#   scripts/wine.sh --which                       the program wine, if there is one
set -euo pipefail

# Name of a test, and what wine lacks.
readonly LEFT_OUT=(
    "locking::a_lock_file_that_was_removed_is_not_taken_for_a_lock wine keeps the name of a removed file until the file is closed"
    "unfinished::tests::only_files_that_are_not_whole_are_removed wine keeps the name of a removed file until the file is closed"
    "writing::a_write_replaces_the_file_instead_of_changing_it wine replaces no file that is open"
    "audit::tests::the_lines_of_many_writers_do_not_mix wine looks for the end of a file first and appends there afterwards"
    "windows::a_link_is_neither_read_nor_written wine opens what a link points to, even if it is asked for the link"
)

wine() {
    local candidate
    # Debian's script `wine` wants a 32-bit part too, which nothing here needs.
    for candidate in /usr/lib/wine/wine64 "$(command -v wine64 || true)" "$(command -v wine || true)"; do
        if [ -n "$candidate" ] && [ -x "$candidate" ]; then
            printf '%s\n' "$candidate"
            return 0
        fi
    done
    return 1
}

# The kernel puts the heap of a process at a random place, which for one start in 8,000 is the one that Windows needs for something
# else: then the process ends before it began, and its parent hears "Internal error" (1359).
where_the_heap_is_known() {
    if setarch --addr-no-randomize true 2>/dev/null; then
        setarch --addr-no-randomize "$@"
    else
        echo "the kernel may not be asked where to put the heap: 1 of 8,000 processes cannot start under wine" >&2
        "$@"
    fi
}

surroundings() {
    export WINEPREFIX=$1/prefix WINEDEBUG=-all
    # wine names files in the character set of the locale.
    export LC_ALL=C.UTF-8
    # No offers to install Mono and Gecko. The library that is made below wins.
    export WINEDLLOVERRIDES="mscoree,mshtml=;bcryptprimitives=n,b"
    # wine makes access control lists of modes: what is made is private, as it is in a profile of Windows.
    umask 077
}

case ${1:-} in
--which) wine ;;
--left-out)
    for line in ${LEFT_OUT[@]+"${LEFT_OUT[@]}"}; do
        printf 'left out under wine: %s: %s\n' "${line%% *}" "${line#* }" >&2
        printf -- '--skip\n%s\n' "${line%% *}"
    done
    echo "left out under wine: crates/hac-client/tests/examples: cargo, which builds the examples, is no program for Windows here" >&2
    # Modules of tests that are not compiled for Windows, with the reason that stands behind the attribute.
    cd "$(dirname "${BASH_SOURCE[0]}")/.."
    awk '/^#\[cfg\((unix|target_os = "linux")\)\] \/\/ / { reason = $0; sub(/^[^/]*\/\/ /, "", reason); next }
        /^mod / && reason { sub(/;/, ""); printf "left out on Windows: %s, %s: %s\n", FILENAME, $2, reason }
        { reason = "" }' \
        crates/hac-client/src/session/store/tests/mod.rs crates/hac-client/tests/*/main.rs crates/hac-cli/tests/*/main.rs >&2
    ;;
--prepare)
    mkdir -p "$2"
    directory=$(cd "$2" && pwd)
    surroundings "$directory"
    # Its registry is written last.
    [ -f "$WINEPREFIX/system.reg" ] || where_the_heap_is_known "$(wine)" wineboot --init >"$directory/wineboot.log" 2>&1 || { cat "$directory/wineboot.log"; exit 1; }
    library=$WINEPREFIX/drive_c/windows/system32/bcryptprimitives.dll
    if [ ! -f "$library" ]; then
        # Rust's standard library takes its random numbers from there; wine 8 has no such library.
        cat >"$directory/bcryptprimitives.c" <<'END'
#include <windows.h>
BOOLEAN NTAPI SystemFunction036(PVOID data, ULONG length);
__declspec(dllexport) BOOL WINAPI ProcessPrng(PBYTE data, SIZE_T length) { return SystemFunction036(data, (ULONG)length); }
END
        x86_64-w64-mingw32-gcc -shared -O1 -o "$library" "$directory/bcryptprimitives.c" -ladvapi32
    fi
    ;;
--end)
    directory=$(cd "$2" && pwd)
    surroundings "$directory"
    # It fails where nothing runs any more.
    [ ! -d "$WINEPREFIX" ] || wineserver --kill >/dev/null 2>&1 || true
    ;;
*)
    surroundings "$1"
    # When the server of wine ends, its processes end without a word and with success.
    where_the_heap_is_known "$(wine)" "${@:2}" | tee "$1/stdout"
    grep -q '^test result: ok\|^test .* \.\.\. ok' "$1/stdout" || { echo "the tests did not come to their end" >&2; exit 1; }
    ;;
esac
