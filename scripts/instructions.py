"""Counts the instructions of a call of the program, and fails where it executes more than it should.

    cargo build --release && python3 scripts/instructions.py --hac target/release/hac

Unlike a time, a count does not depend on what else the machine does. It depends on the C library and the compiler a little: what is
allowed is what was measured, and 5 % more. valgrind counts, on Linux on x86_64 only.

A call that comes more than five seconds after the last one writes the time of its use into the session. Where the machine is so busy
that valgrind takes that long, a call is counted again.
"""

import argparse
import contextlib
import json
import os
import pathlib
import platform
import re
import shutil
import subprocess
import sys
import tempfile

# What was measured with glibc 2.36 and Rust 1.95, in thousands.
MEASURED = {
    "hac --version": 690,
    "a query": 1590,
    "a query, with a configuration file": 1610,
    "a script that is recorded": 1430,
}
ROOM = 1.05
QUERY = "SELECT {pk} FROM {Language}"
CONFIGURATION = """# Where the shop is.
default_environment = "dev"

[environments.dev]
default_endpoint = "hac"

[environments.dev.endpoints.hac]
url = "URL"
username = "USER"
timeout = 30

[environments.production]
default_endpoint = "hac"
protection = "read-only"

[environments.production.endpoints.hac]
url = "https://hac.shop.example.com:9002"
"""


def count(command: list[str], environment: dict[str, str]) -> int:
    """The instructions of one run, which has to succeed."""
    counted = ["valgrind", "--tool=callgrind", "--callgrind-out-file=/dev/null", *command]
    ran = subprocess.run(counted, env=environment, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=120)
    found = re.search(r"Collected : (\d+)", ran.stderr)
    if ran.returncode != 0 or not found:
        sys.exit(f"{' '.join(command)} ended with {ran.returncode}: {ran.stdout}{ran.stderr}")
    return int(found[1])


def least_count(command: list[str], environment: dict[str, str], allowed: float, tries: int = 5) -> int:
    """The instructions of the run that executed the fewest, of two or more: until one executes no more than is allowed."""
    counts: list[int] = []
    while len(counts) < 2 or (len(counts) < tries and min(counts) > allowed):
        counts.append(count(command, environment))
    return min(counts)


def calls(hac: str, home: pathlib.Path, ended: contextlib.ExitStack) -> dict[str, tuple[list[str], dict[str, str]]]:
    """Each call and its environment, with a warm session."""
    simulator = subprocess.Popen([hac, "simulator", "--port", "0", "--json"], stdout=subprocess.PIPE, text=True)
    ended.callback(simulator.wait)
    ended.callback(simulator.terminate)
    told = json.loads(simulator.stdout.readline())
    url, user = told["url"].replace("127.0.0.1", "localhost"), told["username"]
    configuration = home / "config.toml"
    configuration.write_text(CONFIGURATION.replace("URL", url).replace("USER", user))
    bare = {"HOME": str(home), "PATH": os.environ["PATH"]}
    configured = bare | {"HAC_CLIENT_CONFIG_PATH": str(configuration)}
    with_url = [hac, "--url", url, "--username", user]
    behind = ["--url", url, "--username", user]
    for command, environment in ((with_url, bare), ([hac], configured)):
        subprocess.run(
            [*command, "session", "start"], env=environment | {"HAC_PASSWORD": told["password"]}, check=True, stdout=subprocess.DEVNULL
        )
    return {
        "hac --version": ([hac, "--version"], bare),
        "a query": ([hac, "flexsearch", QUERY, *behind], bare),
        "a query, with a configuration file": ([hac, "flexsearch", QUERY], configured),
        "a script that is recorded": ([hac, "script", "-t", "javascript", "--commit", "6 * 7", *behind], bare),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--hac", required=True, help="the program, a release build")
    options = parser.parse_args()
    if (sys.platform, platform.machine()) != ("linux", "x86_64"):
        return print(f"left out: instructions are counted on Linux on x86_64, and this is {sys.platform} on {platform.machine()}")
    if shutil.which("valgrind") is None:
        return print("left out: valgrind is missing, which counts instructions")
    too_many = []
    with tempfile.TemporaryDirectory() as scratch, contextlib.ExitStack() as ended:
        for name, (command, environment) in calls(str(pathlib.Path(options.hac).resolve()), pathlib.Path(scratch), ended).items():
            allowed = MEASURED[name] * 1000 * ROOM
            counted = least_count(command, environment, allowed)
            print(f"{name}: {counted / 1e6:.2f} million instructions")
            if counted > allowed:
                too_many.append(f"{name} executes {counted:,} instructions, and {MEASURED[name] * 1000:,} were measured")
    if too_many:
        sys.exit("\n".join(too_many))


if __name__ == "__main__":
    main()
