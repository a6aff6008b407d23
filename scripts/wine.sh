#!/usr/bin/env bash
# Runs programs for Windows on Linux, for the stage `windows` of scripts/test.sh.
#
#   scripts/wine.sh DIRECTORY PROGRAM ARGUMENT…   runs it; the prefix of wine is below the directory
#   scripts/wine.sh --prepare DIRECTORY           makes that prefix
#   scripts/wine.sh --left-out                    the arguments that skip what wine cannot do, and the reasons on standard error
#   scripts/wine.sh --which                       the program wine, if there is one
set -euo pipefail

# Name of a test, and what wine lacks.
readonly LEFT_OUT=(
    "completions::bash_completes_a_command_and_a_flag there is no bash for Windows beside it"
    "endless::a_table_without_end_turns_into_lines_and_takes_no_more_memory only Linux tells the peak of a process, in /proc"
    "flexsearch::a_pipe_that_is_closed_early_is_no_failure it starts a program with an empty environment, which finds no part of Windows"
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

surroundings() {
    export WINEPREFIX=$1/prefix WINEDEBUG=-all
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
    ;;
--prepare)
    mkdir -p "$2"
    directory=$(cd "$2" && pwd)
    surroundings "$directory"
    [ -d "$WINEPREFIX/drive_c/windows/system32" ] || "$(wine)" wineboot --init >/dev/null 2>&1
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
*)
    surroundings "$1"
    exec "$(wine)" "${@:2}"
    ;;
esac
