"""A simulator of HAC for each test, and a home of its own."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from hac_client_core import BasicAuthHandler, HacClient
from hac_client_core.testing import Simulator, simulator, start

__all__ = ["simulator"]

QUERY = "SELECT {code} FROM {Product}"

# A shell starts what runs in the background with SIGINT ignored, which programs that are started here would inherit.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Sessions lie in a home that only this test has."""
    for name in list(os.environ):
        if name.startswith("HAC_") and name not in ("HAC_PROGRAM", "HAC_PEER_PYTHON", "HAC_PEER_CLI") or name.lower().endswith("_proxy"):
            monkeypatch.delenv(name)
    for name in ("XDG_CACHE_HOME", "XDG_STATE_HOME"):
        monkeypatch.delenv(name, raising=False)
    home = tmp_path / "home"
    home.mkdir()
    monkeypatch.setenv("HOME", str(home))
    return home


Connect = Callable[..., HacClient]


@pytest.fixture
def connect(simulator: Simulator) -> Iterator[Connect]:
    """Makes clients of the simulator."""
    made: list[HacClient] = []

    def connect(password: str = "nimda", **settings: Any) -> HacClient:
        client = HacClient(simulator.url, BasicAuthHandler(simulator.username, password), **settings)
        made.append(client)
        return client

    yield connect
    for client in made:
        client.close()


@pytest.fixture
def client(connect: Connect) -> HacClient:
    """A client that says nothing."""
    return connect(quiet=True)


def run_python(code: str, *arguments: str, **more: Any) -> Any:
    """Runs a program in another Python process."""
    import subprocess

    command = [sys.executable, "-c", code, *arguments]
    return subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True, **more)


__all__ += ["start"]
