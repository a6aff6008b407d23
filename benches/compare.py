"""One query against a warm session, by `hac`, by curl and by hac-client-cli, side by side in one run.

    cargo build --release && python3 benches/compare.py

Prints a table: wall time of the whole process, peak memory, the instructions that it executes, as valgrind counts them, and how many
requests the server saw. curl posts the form that `hac` posts, with the same session's cookie and token. The runs alternate, so that a
busy moment hits all alike.
"""

import argparse
import contextlib
import json
import os
import pathlib
import platform
import re
import shutil
import ssl
import statistics
import subprocess
import sys
import tempfile
import urllib.request

ROOT = pathlib.Path(__file__).resolve().parent.parent
TARGET = pathlib.Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target"))
CLI, CORE = "0.3.2", "0.1.2"
QUERY = "SELECT {code}, {name[en]} FROM {Product}"


class Bench:
    """A simulated HAC with a warm session for each contestant, and the commands that use them."""

    def __init__(self, hac: str, cli: str | None, scheme: str, home: pathlib.Path, ended: contextlib.ExitStack):
        self.scheme, self.directory = scheme, home / scheme
        self.directory.mkdir()
        self.environment = {"HOME": str(self.directory), "PATH": os.environ["PATH"]}
        command = [hac, "simulator", "--port", "0", "--control", "--json"] + (["--https"] if scheme == "https" else [])
        simulator = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        ended.callback(simulator.terminate)
        told = json.loads(simulator.stdout.readline())
        self.url, self.control = told["url"].replace("127.0.0.1", "localhost"), told["control_url"]
        self.user, self.password = told["username"], told["password"]
        self.trust = []
        if scheme == "https":
            pem = self.directory / "hac.pem"
            pem.write_text(ssl.get_server_certificate(("localhost", int(self.url.rsplit(":", 1)[1]))))
            self.trust = ["--cacert", str(pem)]
        self.commands = {"hac": self.prepare_hac(hac)}
        self.commands["curl"] = self.prepare_curl()
        if cli is not None:
            self.commands[f"hac-client-cli {CLI}"] = self.prepare_cli(cli)

    def ask(self, method: str, path: str):
        with urllib.request.urlopen(urllib.request.Request(self.control + path, method=method), timeout=10) as answer:
            return answer.read()

    def quietly(self, command: list[str], **more: str) -> None:
        environment = self.environment | more
        ran = subprocess.run(command, env=environment, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=60)
        if ran.returncode != 0:
            sys.exit(f"{command[0]} ended with {ran.returncode}: {ran.stdout}{ran.stderr}")

    def requests_of(self, command: list[str]) -> list[dict]:
        self.ask("POST", "/ledger/clear")
        self.quietly(command)
        entries = json.loads(self.ask("GET", "/ledger"))
        if [entry["executed"] for entry in entries].count(True) != 1:
            sys.exit(f"{command[0]} did not execute the query once: {entries}")
        return entries

    def prepare_hac(self, hac: str) -> list[str]:
        base = [hac, *self.trust, "--url", self.url, "--username", self.user]
        self.quietly([*base, "session", "start"], HAC_PASSWORD=self.password)
        return [*base, "flexsearch", QUERY]

    def prepare_curl(self) -> list[str]:
        request = self.requests_of(self.commands["hac"])[-1]
        (file,) = (self.directory / ".cache" / "hac-client").glob("session_*.json")
        session = json.loads(file.read_text())
        curl = shutil.which("curl") or sys.exit("curl is missing")
        command = [curl, "-s", "-o", "/dev/null", "--noproxy", "*", *self.trust]
        command += ["-b", f"JSESSIONID={session['session_id']}", "-H", f"X-CSRF-TOKEN: {session['csrf_token']}"]
        for name, value in request["form"]:
            command += ["--data-urlencode", f"{name}={value}"]
        return [*command, self.url + request["path"]]

    def prepare_cli(self, cli: str) -> list[str]:
        config = self.directory / "config.toml"
        config.write_text(
            'default_environment = "bench"\n[environments.bench]\ndefault_endpoint = "hac"\n'
            f'[environments.bench.endpoints.hac]\nurl = "{self.url}"\nignore_ssl = true\ntimeout = 30\n'
        )
        self.environment |= {"HAC_CLIENT_CONFIG_PATH": str(config)}
        # It looks for the user there even when the session is warm.
        self.environment |= {"HAC_USERNAME": self.user, "HAC_PASSWORD": self.password}
        self.quietly([cli, "session", "start", "bench"])
        return [cli, "flexsearch", QUERY]


def measure(launch: str, bench: Bench, command: list[str]) -> tuple[float, float]:
    """Milliseconds and mebibytes of one run."""
    ran = subprocess.run([launch, *command], env=bench.environment, stdout=subprocess.PIPE, text=True, check=True)
    micros, kibibytes, status, _ = map(int, ran.stdout.split())
    if status != 0:
        sys.exit(f"{command[0]} ended with {status}")
    return micros / 1000, kibibytes / 1024


def instructions(bench: Bench, command: list[str]) -> str:
    """Millions of instructions in one run, without those of the kernel."""
    if shutil.which("valgrind") is None:
        return "valgrind is missing"
    counted = ["valgrind", "--tool=callgrind", "--callgrind-out-file=/dev/null", *command]
    ran = subprocess.run(counted, env=bench.environment, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=600)
    found = re.search(r"Collected : (\d+)", ran.stderr)
    if ran.returncode != 0 or not found:
        sys.exit(f"{command[0]} ended with {ran.returncode} under valgrind: {ran.stderr}")
    return f"{int(found[1]) / 1e6:,.2f}"


def install_cli() -> tuple[str | None, str]:
    """The program of hac-client-cli in an environment of its own, or None and why not."""
    venv = TARGET / "bench" / "venv"
    program = venv / "bin" / "hac"
    try:
        if not program.exists():
            subprocess.run([sys.executable, "-m", "venv", "--clear", str(venv)], check=True, stdout=subprocess.DEVNULL)
            pip = [str(venv / "bin" / "python"), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
            # What the two say of the Python that they need is ignored; what their dependencies say is not.
            subprocess.run([*pip, "beautifulsoup4", "requests", "rich", "typer"], check=True)
            subprocess.run([*pip, "--no-deps", "--ignore-requires-python", f"hac-client-core=={CORE}", f"hac-client-cli=={CLI}"], check=True)
        subprocess.run([str(program), "--help"], check=True, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    except subprocess.CalledProcessError as cause:
        last = ((cause.stderr or b"").decode(errors="replace").strip().splitlines() or [str(cause)])[-1]
        return None, f"does not run on Python {platform.python_version()}: {last}"
    return str(program), f"on Python {platform.python_version()}"


def first_line(*command: str) -> str:
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.splitlines()[0]


def processor() -> str:
    with contextlib.suppress(OSError), open("/proc/cpuinfo") as file:
        for line in file:
            if line.startswith("model name"):
                return line.split(":", 1)[1].strip()
    return platform.machine()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--hac", default=str(TARGET / "release" / "hac"), help="the program, a release build")
    parser.add_argument("--runs", type=int, default=40, help="how often each runs")
    options = parser.parse_args()
    hac = str(pathlib.Path(options.hac).resolve())
    cli, cli_told = install_cli()
    with tempfile.TemporaryDirectory() as scratch, contextlib.ExitStack() as ended:
        home = pathlib.Path(scratch)
        launch = str(home / "launch")
        subprocess.run(["cc", "-O2", "-o", launch, str(ROOT / "benches" / "launch.c")], check=True)
        benches = [Bench(hac, cli, scheme, home, ended) for scheme in ("http", "https")]
        contests = [(bench, name, command) for bench in benches for name, command in bench.commands.items()]
        samples = {(bench.scheme, name): [] for bench, name, _ in contests}
        requests = {(bench.scheme, name): len(bench.requests_of(command)) for bench, name, command in contests}
        busy = os.getloadavg()[0]
        for _ in range(options.runs):
            for bench, name, command in contests:
                samples[bench.scheme, name].append(measure(launch, bench, command))
        counts = {(bench.scheme, name): instructions(bench, command) for bench, name, command in contests}

    print(f"{platform.system()} {platform.release()}, {processor()}, {os.cpu_count()} cores, load {busy:.1f} at the start")
    print(f"{first_line(hac, '--version')}; {' '.join(first_line('curl', '--version').split()[:2])}; hac-client-cli {CLI} {cli_told}")
    print(f"N = {options.runs} alternating runs of each; {QUERY}, 100 rows; warm sessions\n")
    print("| program | over | min ms | to curl | median ms | to curl | peak MiB | million instructions | requests |")
    print("|---|---|---:|---:|---:|---:|---:|---:|---:|")
    for (scheme, name), measured in samples.items():
        times = [milliseconds for milliseconds, _ in measured]
        curl = [milliseconds for milliseconds, _ in samples[scheme, "curl"]]
        memory = max(mebibytes for _, mebibytes in measured)
        row = [name, scheme]
        for of in (min, statistics.median):
            row += [f"{of(times):.1f}", f"{of(times) / of(curl):.2f}"]
        print(f"| {' | '.join([*row, f'{memory:.1f}', counts[scheme, name], str(requests[scheme, name])])} |")
    if cli is None:
        print(f"| hac-client-cli {CLI} | | | | | | | | {cli_told} |")


if __name__ == "__main__":
    main()
