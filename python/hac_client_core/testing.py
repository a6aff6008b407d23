"""A HAC for tests: `hac simulator`, in a process of its own.

    from hac_client_core.testing import simulator

    def test_products(simulator):
        client = HacClient(simulator.url, BasicAuthHandler(simulator.username, simulator.password))
        ...
        assert simulator.summary()["requests"] == 5

With pytest, `simulator` is a fixture: import it into the test or into `conftest.py`. Without, `start()` is a context manager.
"""

from __future__ import annotations

import collections
import contextlib
import json
import os
import shutil
import subprocess
import threading
from collections.abc import Generator, Iterator
from typing import Any

__all__ = ["Simulator", "find_program", "start", "simulator"]


class Simulator:
    """A running simulator."""

    def __init__(self, *flags: str, program: str | None = None) -> None:
        command = [program or find_program(), "simulator", "--port", "0", "--control", "--json", *flags]
        environment = {name: value for name, value in os.environ.items() if not name.startswith("HAC_")}
        pipe = subprocess.PIPE
        self._process = subprocess.Popen(
            command, env=environment, stdin=subprocess.DEVNULL, stdout=pipe, stderr=pipe, encoding="utf-8", errors="replace"
        )
        self._said: collections.deque[str] = collections.deque(maxlen=200)
        # A pipe that nobody reads would stop it when it is full.
        self._listening = threading.Thread(target=self._listen, name="simulator", daemon=True)
        self._listening.start()
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        try:
            told = json.loads(line)
        except ValueError:
            self._process.terminate()
            said = line + self._process.stdout.read()
            self.stop()
            raise RuntimeError(f"the simulator did not start: {self.errors or said.strip()}") from None
        self.url: str = told["url"]
        """The base URL."""
        self.username: str = told["username"]
        self.password: str = told["password"]
        self.certificate_sha256: str | None = told["certificate_sha256"]
        """With `--https`: the fingerprint of its certificate."""
        self._control: str = told["control_url"]

    def control(self, method: str, path: str, body: bytes | None = None) -> bytes:
        """Sends a request to the port for inspection and faults."""
        from urllib.request import ProxyHandler, Request, build_opener

        opener = build_opener(ProxyHandler({}))
        with opener.open(Request(self._control + path, method=method, data=body), timeout=30) as answer:
            return bytes(answer.read())

    def ledger(self) -> list[dict[str, Any]]:
        """Every request that arrived."""
        entries: list[dict[str, Any]] = json.loads(self.control("GET", "/ledger"))
        return entries

    def summary(self) -> dict[str, int]:
        """How many requests arrived, how many logins, how many executions."""
        counts: dict[str, int] = json.loads(self.control("GET", "/ledger/summary"))
        return counts

    def clear_ledger(self) -> None:
        """Forgets the requests."""
        self.control("POST", "/ledger/clear")

    def fault(self, path: str, body: bytes | None = None) -> bytes:
        """Makes the simulator misbehave, see `hac simulator --help`: `fault("/faults/expire")`."""
        return self.control("POST", path, body)

    def _listen(self) -> None:
        assert self._process.stderr is not None
        with self._process.stderr as lines:
            self._said.extend(lines)

    @property
    def errors(self) -> str:
        """What it has said on standard error so far: the last 200 lines."""
        return "".join(self._said.copy()).strip()

    def stop(self) -> None:
        """Ends the process."""
        self._process.terminate()
        self._process.wait(30)
        self._listening.join(30)
        if self._process.stdout is not None:
            self._process.stdout.close()


def find_program() -> str:
    """The program `hac`: `HAC_PROGRAM`, else the first `hac` on PATH that has the simulator."""
    named = os.environ.get("HAC_PROGRAM")
    if named:
        if not os.path.exists(named) and shutil.which(named) is None:
            raise FileNotFoundError(
                f"the environment variable HAC_PROGRAM names a file that is not there: {named!r}; name the program hac, or unset it"
            )
        return named
    for folder in os.environ.get("PATH", os.defpath).split(os.pathsep):
        candidate = shutil.which("hac", path=folder)
        if candidate and _is_ours(candidate):
            return candidate
    raise FileNotFoundError(
        "the simulator is part of the program hac, which is not on PATH: build it with `cargo install --path crates/hac-cli`, "
        "or name it in the environment variable HAC_PROGRAM"
    )


def _is_ours(program: str) -> bool:
    # Other packages install a program of this name.
    try:
        ran = subprocess.run([program, "--version"], stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=60)
        told = ran.stdout.split()
        helped = subprocess.run([program, "simulator", "--help"], stdin=subprocess.DEVNULL, capture_output=True, timeout=60)
    except (OSError, subprocess.SubprocessError):
        return False
    return len(told) >= 2 and told[0] == "hac" and helped.returncode == 0


@contextlib.contextmanager
def start(*flags: str, program: str | None = None) -> Generator[Simulator]:
    """Starts a simulator, and ends it with the block. `flags` are those of `hac simulator`."""
    running = Simulator(*flags, program=program)
    try:
        yield running
    finally:
        running.stop()


def _fixture() -> Any:
    try:
        import pytest
    except ImportError:
        return start

    @pytest.fixture
    def simulator() -> Iterator[Simulator]:
        """A simulator of HAC that only this test has."""
        with start() as running:
            yield running

    return simulator


simulator = _fixture()
