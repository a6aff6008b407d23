"""A million rows by `hac flexsearch --all`, beside `curl -o /dev/null` of the same rows in one answer and beside the pages that
people write by hand with hac-client-core 0.1.2, without a network and with the round-trip time of one; then killed, and gone on with.

    cargo build --release && python3 benches/export.py

Prints two tables: wall time and peak memory of each, alternating. Then an export is killed at random moments, and each time gone on
with by the same command and --resume, until it is complete: its file has to be the same, byte for byte.
"""

import argparse
import contextlib
import filecmp
import json
import os
import pathlib
import random
import shutil
import statistics
import subprocess
import sys
import tempfile
import time

from compare import install_cli

ROOT = pathlib.Path(__file__).resolve().parent.parent
TARGET = pathlib.Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target"))
QUERY = (
    "SELECT {pk}, {productCode}, {available}, {reserved}, {overSelling}, {preOrder}, {maxPreOrder}, {nextDeliveryTime} FROM {StockLevel}"
)

# The size of a page in the documentation of hac-client-core ("Pagination"), and ours.
PAGES = (500, 10_000)
# Each page costs a round trip: what larger ones save. Their rows still fit into the memory of a page.
LARGE_PAGES = 40_000
# Pages by key, as that documentation shows them: the loop, one request a page, and the csv module. They put the session's cookie there by hand,
# because the package leaves it out after a cache hit.
BY_HAND = """
import csv, sys
from hac_client_core import BasicAuthHandler, HacClient
url, query, path, page = sys.argv[1], sys.argv[2], sys.argv[3], int(sys.argv[4])
client = HacClient(url, BasicAuthHandler("admin", "nimda"), quiet=True)
client.login()
client.http_session.cookies.set("JSESSIONID", client.session_info.session_id)
last, count = "0", 0
with open(path, "w", newline="", encoding="utf-8") as file:
    lines = csv.writer(file, lineterminator="\\n")
    while True:
        result = client.execute_flexiblesearch(f"{query} WHERE {{pk}} > {last} ORDER BY {{pk}}", max_count=page)
        if count == 0:
            lines.writerow(result.headers)
        lines.writerows(result.rows)
        count += len(result.rows)
        if len(result.rows) < page:
            break
        last = result.rows[-1][0]
"""


def simulator(hac: str, rows: int, home: pathlib.Path, ended: contextlib.ExitStack) -> str:
    """Starts a simulated HAC with very many rows, and returns its URL."""
    command = [hac, "simulator", "--port", "0", "--json", "--stock-levels", str(rows)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env={"HOME": str(home), "TMPDIR": str(home)})
    ended.callback(process.terminate)
    return json.loads(process.stdout.readline())["url"]


def network(url: str, round_trip: float, ended: contextlib.ExitStack) -> str:
    """Starts a network in front of a server, and returns the URL that leads through it."""
    command = [sys.executable, str(ROOT / "benches" / "network.py"), url, str(round_trip)]
    relay = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    ended.callback(relay.wait)
    ended.callback(relay.stdin.close)
    return relay.stdout.readline().strip()


class Bench:
    """A server with very many rows, and a warm session."""

    def __init__(self, hac: str, url: str, home: pathlib.Path):
        self.hac, self.url, self.home = hac, url, home
        home.mkdir()
        self.environment = {"HOME": str(home), "PATH": os.environ["PATH"], "HAC_URL": self.url}
        self.environment |= {"HAC_USERNAME": "admin", "HAC_PASSWORD": "nimda"}
        self.run([hac, "session", "start"])

    def run(self, command: list[str]) -> tuple[float, float]:
        """Seconds and mebibytes of one run."""
        began = time.monotonic()
        process = subprocess.Popen(command, env=self.environment, cwd=self.home, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
        told = process.stderr.read().decode(errors="replace")
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        took = time.monotonic() - began
        if process.returncode != 0:
            sys.exit(f"{command[:3]} ended with {process.returncode}: {told}")
        return took, usage.ru_maxrss / 1024

    def curl(self) -> list[str]:
        (file,) = (self.home / ".cache" / "hac-client").glob("session_*.json")
        session = json.loads(file.read_text())
        curl = shutil.which("curl") or sys.exit("curl is missing")
        command = [curl, "-s", "-f", "-o", "/dev/null", "-b", f"JSESSIONID={session['session_id']}"]
        command += ["-H", f"X-CSRF-TOKEN: {session['csrf_token']}"]
        form = {"flexibleSearchQuery": f"{QUERY} ORDER BY {{pk}}", "sqlQuery": "", "maxCount": "999999999", "user": "admin"}
        for name, value in (form | {"locale": "en", "commit": "false"}).items():
            command += ["--data-urlencode", f"{name}={value}"]
        return [*command, f"{self.url}/hac/console/flexsearch/execute"]

    def by_hand(self, name: str, page: int) -> list[str]:
        program, told = install_cli()
        python = pathlib.Path(program or sys.exit(f"hac-client-core {told}")).parent / "python"
        return [str(python), "-c", BY_HAND, self.url, QUERY, name, str(page)]

    def export(self, name: str, *more: str) -> list[str]:
        return [self.hac, "flexsearch", "--all", QUERY, "-o", name, *more]

    def killed(self, name: str, times: int, longest: float, dice: random.Random) -> int:
        """Kills an export that many times, and lets it come to its end. Returns how often it had to begin anew for that."""
        hits, anew = 0, 0
        while hits < times:
            process = subprocess.Popen(
                self.export(name, "--resume"), env=self.environment, cwd=self.home, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
            )
            with contextlib.suppress(subprocess.TimeoutExpired):
                if process.wait(dice.uniform(0, longest)) != 0:
                    sys.exit(f"{name}: it ended with {process.returncode}")
                (self.home / name).unlink()
                anew += 1
                continue
            process.kill()
            process.wait()
            hits += 1
        self.run(self.export(name, "--resume"))
        return anew


def compare(bench: Bench, options: argparse.Namespace) -> dict[str, list[tuple[float, float]]]:
    """Runs each program in turns, and prints a table. Returns the seconds and mebibytes of each run."""
    contests = {
        "curl -o /dev/null": bench.curl(),
        "hac --all, csv to /dev/null": [bench.hac, "flexsearch", "--all", QUERY, "--csv"],
        "hac --all -o rows.csv": bench.export("rows.csv"),
        f"hac --all --page-rows {LARGE_PAGES} -o rows.csv": bench.export("large.csv", "--page-rows", str(LARGE_PAGES)),
        "hac --all -o rows.parquet": bench.export("rows.parquet"),
        "hac -m 0, csv to /dev/null": [bench.hac, "flexsearch", "-m", "0", f"{QUERY} ORDER BY {{pk}}", "--csv"],
    }
    by_hand = [] if options.alone else [(f"hac-client-core, pages of {page:,} by hand", f"by-hand-{page}.csv", page) for page in PAGES]
    contests |= {name: bench.by_hand(file, page) for name, file, page in by_hand}
    results: dict[str, list[tuple[float, float]]] = {name: [] for name in contests}
    for _ in range(options.runs):
        for name, command in contests.items():
            # Each writes a new file: to free the room of an old one takes time, too.
            for old in bench.home.glob("*.*"):
                if old.name in command:
                    old.unlink()
            results[name].append(bench.run(command))
    size = (bench.home / "rows.csv").stat().st_size
    print(f"{options.rows:,} rows of 8 columns, {size / 1e6:.0f} MB as CSV; {options.runs} alternating runs")
    print("load", *os.getloadavg(), sep=" ")
    print("\n| program | median s | to curl | to hac --all -o rows.csv | peak MiB |\n|---|---:|---:|---:|---:|")
    median = {name: statistics.median(took for took, _ in measured) for name, measured in results.items()}
    curl, file = median["curl -o /dev/null"], median["hac --all -o rows.csv"]
    for name, measured in results.items():
        peak = max(peak for _, peak in measured)
        print(f"| {name} | {median[name]:.2f} | {median[name] / curl:.2f} | {median[name] / file:.1f} | {peak:.1f} |")
    for name in ("large.csv", *(file for _, file, _ in by_hand)):
        if not filecmp.cmp(bench.home / "rows.csv", bench.home / name, shallow=False):
            sys.exit(f"{name} has other rows")
    return results


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--hac", default=str(TARGET / "release" / "hac"), help="the program, a release build")
    parser.add_argument("--rows", type=int, default=1_000_000, help="how many rows there are")
    parser.add_argument("--runs", type=int, default=3, help="how often each runs")
    parser.add_argument("--kills", type=int, default=10, help="how often each export is killed")
    parser.add_argument("--seed", type=int, default=1, help="decides when it is killed")
    parser.add_argument("--round-trip", type=float, default=10, help="milliseconds, for the second table; 0 leaves it out")
    parser.add_argument("--alone", action="store_true", help="without hac-client-core, which is installed otherwise")
    options = parser.parse_args()
    hac = str(pathlib.Path(options.hac).resolve())
    with tempfile.TemporaryDirectory(dir=TARGET) as scratch, contextlib.ExitStack() as ended:
        home = pathlib.Path(scratch)
        url = simulator(hac, options.rows, home, ended)
        bench = Bench(hac, url, home / "directly")
        results = compare(bench, options)
        if options.round_trip:
            print(f"\nThrough a network with a round-trip time of {options.round_trip:g} ms:")
            compare(Bench(hac, network(url, options.round_trip, ended), home / "through-a-network"), options)
        for name in ("rows.csv", "rows.parquet") if options.kills else ():
            usual = statistics.median(took for took, _ in results[f"hac --all -o {name}"])
            other = name.replace("rows", "killed")
            anew = bench.killed(other, options.kills, 1.5 * usual / options.kills, random.Random(options.seed))
            same = filecmp.cmp(bench.home / name, bench.home / other, shallow=False)
            print(f"\n{other}: killed {options.kills} times, begun anew {anew} times; the file is {'the same' if same else 'ANOTHER ONE'}")
            if not same:
                sys.exit(1)


if __name__ == "__main__":
    main()
