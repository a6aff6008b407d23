"""Imports millions of lines, killing the client and the server again and again: each line is in the database once.

    cargo build --release && python3 benches/import.py

A file of rows that a server refuses to import twice, `hac simulator --database`, a balancer in front of it, and `hac impex import
--resume`. At random moments all over the file the client is killed, the server or the balancer is killed and started again, or the
server executes a chunk and drops its answer. What is unknown then is looked up in the database and decided by `--assume`. At the end the
rows are counted. Prints a table: rows, kills, the peak memory of the client, and the time of it all.
"""

import argparse
import asyncio
import json
import os
import pathlib
import random
import subprocess
import sys
import tempfile
import time
import urllib.request

ROOT = pathlib.Path(__file__).resolve().parent.parent
TARGET = pathlib.Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target"))


class Server:
    """A simulator on a database in a file."""

    def __init__(self, hac: str, home: pathlib.Path):
        self.hac, self.home, self.port = hac, home, "0"
        self.start()

    def start(self) -> None:
        command = [self.hac, "simulator", "--port", self.port, "--control", "--json", "--database", str(self.home / "hac.db")]
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        told = json.loads(self.process.stdout.readline())
        self.url, self.control = told["url"], told["control_url"]
        # The same address next time: the checkpoint is bound to it.
        self.port = self.url.rsplit(":", 1)[1].rstrip("/")

    def kill(self) -> None:
        self.process.kill()
        self.process.wait()
        self.start()

    def drop_an_answer(self) -> None:
        """The next chunk is executed, and its answer lost."""
        address = f"{self.control}/faults/reset?path=/console/impex/import/upload&times=1&execute=true"
        urllib.request.urlopen(urllib.request.Request(address, method="POST")).read()

    def rest(self) -> None:
        """Waits until nothing is executed any more, whoever waits for it. What was sent last may not have begun yet."""
        time.sleep(0.3)
        while json.loads(urllib.request.urlopen(self.control + "/ledger/summary").read())["in_progress"] > 0:
            time.sleep(0.05)


class Balancer:
    """A process that forwards connections to the server."""

    def __init__(self, server: Server):
        self.server, self.port = server, "0"
        self.start()

    def start(self) -> None:
        command = [sys.executable, __file__, "--balancer", self.port, self.server.port]
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        # The same port next time.
        self.port = self.process.stdout.readline().strip()
        self.url = f"http://127.0.0.1:{self.port}"

    def kill(self) -> None:
        self.process.kill()
        self.process.wait()
        self.start()


async def forward(port: int, server: int) -> None:
    """What the balancer's process does."""

    async def pump(source: asyncio.StreamReader, target: asyncio.StreamWriter) -> None:
        try:
            while piece := await source.read(1 << 16):
                target.write(piece)
                await target.drain()
        except OSError:
            pass
        finally:
            target.close()

    async def connected(source: asyncio.StreamReader, target: asyncio.StreamWriter) -> None:
        try:
            answers, requests = await asyncio.open_connection("127.0.0.1", server)
        except OSError:
            target.close()
            return
        await asyncio.gather(pump(source, requests), pump(answers, target))

    listening = await asyncio.start_server(connected, "127.0.0.1", port)
    print(listening.sockets[0].getsockname()[1], flush=True)
    await listening.serve_forever()


class Client:
    """The program, with a home of its own. It imports through the balancer, and counts without it."""

    def __init__(self, hac: str, server: Server, balancer: Balancer, home: pathlib.Path, file: pathlib.Path):
        self.hac, self.server, self.balancer, self.home, self.file = hac, server, balancer, home, file
        self.environment = {"HOME": str(home), "PATH": os.environ["PATH"], "HAC_USERNAME": "admin", "HAC_PASSWORD": "nimda"}
        self.peak = 0

    def begin(self, *flags: str) -> subprocess.Popen:
        environment = {**self.environment, "HAC_URL": self.balancer.url}
        command = [self.hac, "impex", "import", str(self.file), "--resume", *flags]
        return subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, env=environment)

    def end(self, process: subprocess.Popen) -> tuple[int, str]:
        said = process.stderr.read()
        _, status, used = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        self.peak = max(self.peak, used.ru_maxrss)
        return process.returncode, said

    def imported(self) -> int:
        """The rows that the checkpoint says are imported."""
        for checkpoint in self.home.glob(".local/state/hac-client/imports/*.json"):
            return json.loads(checkpoint.read_text())["imported"]
        return 0

    def count(self, condition: str) -> int:
        query = f"SELECT count(*) FROM {{User}} WHERE {condition}"
        command = [self.hac, "flexsearch", "--no-headers", "--format", "csv", "--timeout", "0", query]
        environment = {**self.environment, "HAC_URL": self.server.url}
        return int(subprocess.run(command, check=True, capture_output=True, text=True, env=environment).stdout)

    def assumption(self) -> list[str]:
        """The flag that says whether the chunk of unknown outcome is in the database."""
        checkpoints = self.home.glob(".local/state/hac-client/imports/*.json")
        undecided = [chunk for file in checkpoints for chunk in json.loads(file.read_text())["first"]["in_flight"]]
        if not undecided:
            return []
        ((first, last),) = [(max(chunk["first_line"], 2), chunk["last_line"]) for chunk in undecided]
        there = self.count(f"{{uid}} >= '{uid(first)}' AND {{uid}} <= '{uid(last)}'")
        # One transaction is one chunk.
        assert there in (0, last - first + 1), (there, first, last)
        return ["--assume", "imported" if there else "not-imported"]


def is_running(process: subprocess.Popen) -> bool:
    """Leaves a process that has ended to `Client.end`, which asks for its memory."""
    return os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is None


def uid(line: int) -> str:
    """The row of a line: the header is the first."""
    return f"row{line:08}"


def write(file: pathlib.Path, rows: int) -> None:
    filler = "a description of some length, so that a line has about a hundred bytes, as it has in real files"
    with file.open("w") as out:
        out.write("INSERT Customer;uid;description\n")
        for line in range(2, rows + 2):
            out.write(f";{uid(line)};{filler[:84]}\n")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--hac", default=str(TARGET / "release" / "hac"))
    parser.add_argument("--rows", type=int, default=3_000_000)
    parser.add_argument("--kills", type=int, default=20)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--balancer", type=int, nargs=2, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.balancer:
        asyncio.run(forward(*arguments.balancer))
        return
    chance = random.Random(arguments.seed)
    with tempfile.TemporaryDirectory(dir=TARGET) as directory:
        home = pathlib.Path(directory)
        file = home / "rows.impex"
        write(file, arguments.rows)
        server = Server(arguments.hac, home)
        balancer = Balancer(server)
        try:
            client = Client(arguments.hac, server, balancer, home, file)
            run(client, chance, arguments.rows, arguments.kills, file.stat().st_size)
        finally:
            for process in [balancer.process, server.process]:
                process.kill()
                process.wait()


def run(client: Client, chance: random.Random, rows: int, kills: int, size: int) -> None:
    began, server, balancer, flags = time.monotonic(), client.server, client.balancer, []
    killed = {"client": 0, "server": 0, "balancer": 0, "answer": 0}
    # All over the file, and not in its last chunks: each of them happens.
    moments = sorted(chance.uniform(0, 0.9) * rows for _ in range(kills))
    while True:
        process = client.begin(*flags)
        flags = []
        # A client may survive: a balancer that is killed between two chunks is not even missed.
        while moments and is_running(process):
            while client.imported() < moments[0] and is_running(process):
                time.sleep(0.02)
            time.sleep(chance.uniform(0, 0.5))
            what = chance.choice(list(killed))
            if is_running(process):
                moments.pop(0)
                killed[what] += 1
                strike = {
                    "client": process.kill,
                    "server": server.kill,
                    "balancer": balancer.kill,
                    "answer": server.drop_an_answer,
                }
                strike[what]()
        code, said = client.end(process)
        if code == 0:
            break
        assert code in (3, 5, -9), (code, said)
        if code in (5, -9):
            # What was in flight may still be running.
            server.rest()
            flags = client.assumption()
    there = client.count("{uid} LIKE 'row%'")
    different = client.count(f"{{uid}} >= '{uid(2)}' AND {{uid}} <= '{uid(rows + 1)}'")
    assert there == different == rows, (there, different, rows)
    assert sum(killed.values()) == kills, killed
    print("| rows | size | kills of the client | of the server | of the balancer | lost answers | peak memory of the client | time |")
    print("|---|---|---|---|---|---|---|---|")
    print(
        f"| {rows:,} | {size / 1e6:.0f} MB | {killed['client']} | {killed['server']} | {killed['balancer']} | {killed['answer']} "
        f"| {client.peak / 1024:.1f} MiB | {time.monotonic() - began:.0f} s |"
    )


if __name__ == "__main__":
    main()
