#!/usr/bin/env python3
"""The program that runs on every Linux: it needs no shared library, starts, and calls a simulated HAC.

    scripts/portable.py PROGRAM
"""

import json
import os
import struct
import subprocess
import sys
import tempfile

PROGRAM_INTERPRETER = 3
CALLS = [
    (["flexsearch", "--csv", "SELECT {isocode} FROM {Language} WHERE {isocode} = 'de'"], "p_isocode\nde\n"),
    (["script", "--type", "javascript", "6 * 7"], "42\n"),
]


def is_static(path):
    """Whether an ELF file names no dynamic linker."""
    with open(path, "rb") as file:
        elf = file.read(64)
        if elf[:5] != b"\x7fELF\x02":
            raise SystemExit(f"{path} is no 64-bit ELF file")
        offset, size, count = struct.unpack_from("<Q", elf, 32)[0], *struct.unpack_from("<HH", elf, 54)
        file.seek(offset)
        headers = file.read(size * count)
    return all(struct.unpack_from("<I", headers, at)[0] != PROGRAM_INTERPRETER for at in range(0, len(headers), size))


def main(program):
    program = os.path.abspath(program)
    if not is_static(program):
        raise SystemExit(f"{program} needs a dynamic linker")
    with tempfile.TemporaryDirectory() as home:
        surroundings = {"HOME": home, "PATH": os.environ.get("PATH", "")}
        version = subprocess.run([program, "--version"], env=surroundings, check=True, capture_output=True, text=True)
        if not version.stdout.startswith("hac "):
            raise SystemExit(f"--version prints {version.stdout!r}")
        simulator = subprocess.Popen(
            [program, "simulator", "--port", "0", "--json"], env=surroundings, stdout=subprocess.PIPE, text=True
        )
        try:
            hac = json.loads(simulator.stdout.readline())
            account = {"HAC_URL": hac["url"], "HAC_USERNAME": hac["username"], "HAC_PASSWORD": hac["password"]}
            for arguments, expected in CALLS:
                call = [program, *arguments]
                answer = subprocess.run(call, env=surroundings | account, check=True, capture_output=True, text=True)
                if answer.stdout != expected:
                    raise SystemExit(f"{' '.join(arguments)} printed {answer.stdout!r} in place of {expected!r}")
        finally:
            simulator.terminate()
            simulator.wait(timeout=30)
    print(f"{version.stdout.splitlines()[0]}, linked statically, logged in, ran a query and a script")


if __name__ == "__main__":
    main(*sys.argv[1:])
