"""The Python package beside hac-client-core 0.1.2: import, a warm call, 100,000 rows, 50 processes at once.

    cargo build --release && scripts/wheels.py linux-x86_64 && python3 benches/python.py

Both run on the same Python against the same simulator, in turns, so that a busy moment hits both alike. Prints a table: processor time
(user and system) and peak memory (`ru_maxrss`, which counts the mapped code too) of the client's process, without those of
`python -c pass` where the table says "net". Then the time that Python itself needs for the same rows as objects.
"""

import argparse
import contextlib
import json
import os
import pathlib
import platform
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request

from compare import ROOT, TARGET, first_line, install_cli, processor

CONNECT = """
import os, sys
from hac_client_core import BasicAuthHandler, HacClient
url, user, password = sys.argv[1:4]
client = HacClient(url, BasicAuthHandler(user, password), quiet=True)
"""
# After a cache hit the other package sends queries without the cookie; people put it there by hand.
THEIR_COOKIE = """
client.login()
client.http_session.cookies.set("JSESSIONID", client.session_info.session_id)
"""
QUERY = "SELECT {pk}, {code}, {name[en]} FROM {Product}"
WARM = f"result = client.execute_flexiblesearch({QUERY!r}, max_count=10)\nassert len(result.rows) == 10, result\n"
ROWS = (
    f"result = client.execute_flexiblesearch({QUERY!r}, max_count=1000000)\n"
    "count = 0\nfor row in result.rows: count += len(row)\nassert count == 3 * int(sys.argv[4]), count\n"
)
ITERATED = (
    f"count = 0\nfor row in client.iter_rows({QUERY!r}, max_count=1000000): count += 1\n"
    "assert count == int(sys.argv[4]), count\n"
)
ARROW = (
    f"result = client.execute_flexiblesearch({QUERY!r}, max_count=1000000)\n"
    "capsule = result.__arrow_c_stream__()\nassert result.result_count == int(sys.argv[4]), result.result_count\n"
)
PASS, IMPORT = "pass", "import hac_client_core"
# The rows as objects, by Python alone: from a text in memory, while the garbage collector waits, as ours does it.
WRITE = (
    f"rows = client.execute_flexiblesearch({QUERY!r}, max_count=1000000).rows\n"
    "open(sys.argv[5], 'w', encoding='utf-8').write('\\n'.join(['\\t'.join(row) for row in rows]))\n"
)
READ = "import gc, sys\ntext = open(sys.argv[5], encoding='utf-8').read()\n"
MAKE = (
    READ + "gc.disable()\nrows = [line.split('\\t') for line in text.split('\\n')]\ngc.enable()\n"
    "count = 0\nfor row in rows: count += len(row)\nassert count == 3 * int(sys.argv[4]), count\n"
)


class Run:
    """What one process took: milliseconds of processor time, mebibytes at its peak."""

    def __init__(self, launch, python, code, arguments, environment):
        ran = subprocess.run([launch, python, "-c", code, *arguments], env=environment, stdout=subprocess.PIPE, text=True, check=True)
        _, kibibytes, status, processor = map(int, ran.stdout.split())
        if status != 0:
            subprocess.run([python, "-c", code, *arguments], env=environment)
            sys.exit(f"{python} ended with {status}")
        self.processor, self.memory = processor / 1000, kibibytes / 1024


def install_ours():
    (wheel,) = (TARGET / "dist").glob("*manylinux*_x86_64.whl")
    home = TARGET / "bench" / "ours"
    subprocess.run([sys.executable, "-m", "venv", "--clear", str(home)], check=True)
    subprocess.run([str(home / "bin" / "python"), "-m", "pip", "install", "-q", "--disable-pip-version-check", str(wheel)], check=True)
    return str(home / "bin" / "python")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--hac", default=str(TARGET / "release" / "hac"), help="the program, a release build")
    parser.add_argument("--runs", type=int, default=20, help="how often each short one runs; the long ones a quarter of that")
    parser.add_argument("--rows", type=int, default=100_000)
    parser.add_argument("--ours", metavar="PYTHON", help="a Python that has the package; without it the wheel in target/dist is installed")
    options = parser.parse_args()
    program, told = install_cli()
    theirs = str(pathlib.Path(program or sys.exit(f"hac-client-core {told}")).parent / "python")
    pythons = {"ours": options.ours or install_ours(), "0.1.2": theirs}
    with tempfile.TemporaryDirectory() as scratch, contextlib.ExitStack() as ended:
        launch = str(pathlib.Path(scratch) / "launch")
        subprocess.run(["cc", "-O2", "-o", launch, str(ROOT / "benches" / "launch.c")], check=True)
        command = [options.hac, "simulator", "--port", "0", "--control", "--json", "--products", str(options.rows)]
        simulator = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        ended.callback(simulator.terminate)
        hac = json.loads(simulator.stdout.readline())
        arguments = [hac["url"], hac["username"], hac["password"], str(options.rows), str(pathlib.Path(scratch) / "rows")]
        homes = {who: pathlib.Path(scratch) / who for who in pythons}
        environments = {who: {"HOME": str(home), "PATH": os.environ["PATH"]} for who, home in homes.items()}
        for home in homes.values():
            home.mkdir()

        def run(who, code):
            return Run(launch, pythons[who], code, arguments, environments[who])

        def calls(who, code):
            return CONNECT + (THEIR_COOKIE if who == "0.1.2" else "") + code

        contests = [("python -c pass", PASS, PASS, options.runs), ("import", IMPORT, IMPORT, options.runs)]
        contests.append(("a warm call", calls("ours", WARM), calls("0.1.2", WARM), options.runs))
        long = max(options.runs // 4, 3)
        contests.append((f"{options.rows:,} rows, .rows", calls("ours", ROWS), calls("0.1.2", ROWS), long))
        contests.append((f"{options.rows:,} rows, iter_rows", calls("ours", ITERATED), calls("0.1.2", ROWS), long))
        contests.append((f"{options.rows:,} rows, Arrow", calls("ours", ARROW), calls("0.1.2", ROWS), long))
        for who in pythons:
            run(who, calls(who, "client.login()\n"))
            run(who, calls(who, WARM))
        busy = os.getloadavg()[0]
        print(f"{platform.system()} {platform.release()}, {processor()}, {os.cpu_count()} cores, load {busy:.1f} at the start")
        print(f"{first_line(options.hac, '--version')}; hac-client-core 0.1.2; Python {platform.python_version()}")
        print(f"N = {options.runs} alternating runs ({long} of those with many rows), medians; processor time is user and system\n")
        print("| what | ours ms | 0.1.2 ms | ratio, net | ours MiB | 0.1.2 MiB | ratio | ratio, net |")
        print("|---|---:|---:|---:|---:|---:|---:|---:|")
        idle = {}
        for name, our_code, their_code, runs in contests:
            measured = {who: [] for who in pythons}
            for _ in range(runs):
                for who, code in (("ours", our_code), ("0.1.2", their_code)):
                    measured[who].append(run(who, code))
            spent = {who: statistics.median(one.processor for one in those) for who, those in measured.items()}
            memory = {who: statistics.median(one.memory for one in those) for who, those in measured.items()}
            idle = idle or {who: (spent[who], memory[who]) for who in pythons}
            net = [{who: one[who] - idle[who][at] for who in pythons} for at, one in enumerate((spent, memory))]
            ratios = [""] * 2 if name.startswith("python") else [f"{one['ours'] / one['0.1.2']:.2f}" for one in net]
            row = [name, f"{spent['ours']:.0f}", f"{spent['0.1.2']:.0f}", ratios[0]]
            row += [f"{memory['ours']:.1f}", f"{memory['0.1.2']:.1f}", f"{memory['ours'] / memory['0.1.2']:.2f}", ratios[1]]
            print(f"| {' | '.join(row)} |", flush=True)
        run("ours", calls("ours", WRITE))
        taken = [statistics.median(run("ours", code).processor for _ in range(long)) for code in (READ, MAKE)]
        print(f"\nPython alone needs {taken[1] - taken[0]:.0f} ms to make, collect and free the objects of these rows, from a text in memory.")
        print("\n| 50 processes at once, without a session | s | logins |\n|---|---:|---:|")
        for who, python in pythons.items():
            fresh = pathlib.Path(scratch) / f"fresh-{who}"
            fresh.mkdir()
            with urllib.request.urlopen(urllib.request.Request(hac["control_url"] + "/ledger/clear", method="POST")):
                begun = time.monotonic()
            code, environment = CONNECT + "client.login()\n", {"HOME": str(fresh), "PATH": os.environ["PATH"]}
            processes = [
                subprocess.Popen([python, "-c", code, *arguments], env=environment, stdin=subprocess.DEVNULL) for _ in range(50)
            ]
            failed = [process.wait() for process in processes].count(1)
            took = time.monotonic() - begun
            with urllib.request.urlopen(hac["control_url"] + "/ledger/summary") as answer:
                logins = json.load(answer)["logins"]
            print(f"| {who} | {took:.1f} | {logins}{f', {failed} failed' if failed else ''} |")


if __name__ == "__main__":
    main()
