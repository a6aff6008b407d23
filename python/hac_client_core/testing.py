"""A HAC for tests: `hac simulator`, in a process of its own.

    from hac_client_core.testing import simulator

    def test_products(simulator):
        client = HacClient(simulator.url, BasicAuthHandler(simulator.username, simulator.password))
        ...
        assert simulator.summary()["requests"] == 5

With pytest, `simulator` is a fixture: import it into the test or into `conftest.py`. Without, `start()` is a context manager.
"""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import subprocess
from collections.abc import Generator, Iterator
from typing import Any, Optional

__all__ = ["Simulator", "find_program", "start", "simulator"]


class Simulator:
    """A running simulator."""

    def __init__(self, *flags: str, program: Optional[str] = None) -> None:
        command = [program or find_program(), "simulator", "--port", "0", "--control", "--json", *flags]
        environment = {name: value for name, value in os.environ.items() if not name.startswith("HAC_")}
        self._process = subprocess.Popen(
            command, env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        if not line:
            _, errors = self._process.communicate()
            raise RuntimeError(f"the simulator did not start: {errors.strip()}")
        told = json.loads(line)
        self.url: str = told["url"]
        """The base URL."""
        self.username: str = told["username"]
        self.password: str = told["password"]
        self.certificate_sha256: Optional[str] = told["certificate_sha256"]
        """With `--https`: the fingerprint of its certificate."""
        self._control: str = told["control_url"]

    def control(self, method: str, path: str, body: Optional[bytes] = None) -> bytes:
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

    def fault(self, path: str, body: Optional[bytes] = None) -> bytes:
        """Makes the simulator misbehave, see `hac simulator --help`: `fault("/faults/expire")`."""
        return self.control("POST", path, body)

    def stop(self) -> None:
        """Ends the process."""
        self._process.terminate()
        self._process.wait(30)
        for stream in (self._process.stdout, self._process.stderr):
            if stream is not None:
                stream.close()


def find_program() -> str:
    """The program `hac`: `HAC_PROGRAM`, else the first `hac` on PATH that has the simulator."""
    named = os.environ.get("HAC_PROGRAM")
    if named:
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
def start(*flags: str, program: Optional[str] = None) -> Generator[Simulator, None, None]:
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
