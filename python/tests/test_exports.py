"""Exports that are watched: bytes so far, and what a callback raises."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import threading
import time
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from hac_client_core import AsyncHacClient, BasicAuthHandler, HacClient
from hac_client_core.testing import Simulator

SCRIPT = 'INSERT_UPDATE Language;isocode[unique=true]\n"#% impex.exportItems(""Language"", false);"\n'
DOWNLOAD = b"GET /hac/console/impex/export/data/"

Told = list[tuple[int, int | None]]


class Watching:
    """Notes what it is told, and raises an exception at the call of this number."""

    def __init__(self, fails_at: int | None = None) -> None:
        self.told: Told = []
        self.fails_at = fails_at

    def __call__(self, received: int, total: int | None) -> None:
        self.told.append((received, total))
        if len(self.told) == self.fails_at:
            raise LookupError("on purpose")


def asynchronous(simulator: Simulator, **settings: Any) -> AsyncHacClient:
    return AsyncHacClient(simulator.url, BasicAuthHandler("admin", simulator.password), quiet=True, **settings)


class Halting:
    """Stands in front of the simulator, and holds back every archive but for its first bytes until `go_on` is set."""

    def __init__(self, simulator: Simulator, byte_by_byte: bool = False) -> None:
        self.go_on = threading.Event()
        self.sent = threading.Event()
        self._pieces = 1 if byte_by_byte else 65536
        self._server = urlsplit(simulator.url)
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._listener.getsockname()[1]}{self._server.path}"
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            server = socket.create_connection((self._server.hostname or "", self._server.port or 0))
            asked = threading.Event()
            for work in (self._requests, self._answers):
                threading.Thread(target=work, args=(client, server, asked), daemon=True).start()

    def _requests(self, client: socket.socket, server: socket.socket, asked: threading.Event) -> None:
        with contextlib.suppress(OSError), server:
            while piece := client.recv(65536):
                if piece.startswith(DOWNLOAD):
                    asked.set()
                server.sendall(piece)
            server.shutdown(socket.SHUT_WR)

    def _answers(self, client: socket.socket, server: socket.socket, asked: threading.Event) -> None:
        with contextlib.suppress(OSError), client:
            while piece := server.recv(65536):
                if asked.is_set():
                    begin = piece.index(b"\r\n\r\n") + 4 + 100
                    client.sendall(piece[:begin])
                    assert self.go_on.wait(60)
                    for at in range(begin, len(piece), self._pieces):
                        client.sendall(piece[at : at + self._pieces])
                        time.sleep(0.001)
                    self.sent.set()
                else:
                    client.sendall(piece)

    def __enter__(self) -> Halting:
        return self

    def __exit__(self, *_: object) -> None:
        self.go_on.set()
        self._listener.close()


def test_an_export_tells_how_much_has_come(simulator: Simulator, tmp_path: Path) -> None:
    with Halting(simulator) as halting:
        client = HacClient(halting.url, BasicAuthHandler("admin", simulator.password), quiet=True)
        told: Told = []

        def note(received: int, total: int | None) -> None:
            told.append((received, total))
            halting.go_on.set()

        result = client.export_impex(SCRIPT, tmp_path / "export.zip", on_progress=note)
        assert result.success and result.size and told == [(100, result.size), (result.size, result.size)]

        async def main() -> None:
            halting.go_on.clear()
            told.clear()
            async with AsyncHacClient(halting.url, client.auth_handler, quiet=True) as other:
                result = await other.export_impex(SCRIPT, tmp_path / "again.zip", on_progress=note)
                assert result.size and told == [(100, result.size), (result.size, result.size)]

        asyncio.run(main())
    assert (tmp_path / "again.zip").stat().st_size == (tmp_path / "export.zip").stat().st_size


def test_a_slow_callback_is_called_once_for_all_that_came_meanwhile(simulator: Simulator, tmp_path: Path) -> None:
    with Halting(simulator, byte_by_byte=True) as halting:
        client = HacClient(halting.url, BasicAuthHandler("admin", simulator.password), quiet=True)
        told: Told = []

        def slow(received: int, total: int | None) -> None:
            told.append((received, total))
            halting.go_on.set()
            assert halting.sent.wait(60)

        result = client.export_impex(SCRIPT, tmp_path / "export.zip", on_progress=slow)
        assert result.size and told[0] == (100, result.size) and told[-1] == (result.size, result.size)
        # The last bytes may still be on their way when the first call ends.
        assert len(told) < 10 and len(set(told)) == len(told)


def test_what_a_callback_raises_ends_a_download_that_is_under_way(simulator: Simulator, tmp_path: Path) -> None:
    folder = tmp_path / "exports"
    folder.mkdir()
    with Halting(simulator) as halting:
        client = HacClient(halting.url, BasicAuthHandler("admin", simulator.password), quiet=True)
        watching = Watching(fails_at=1)
        with pytest.raises(LookupError, match="on purpose"):
            client.export_impex(SCRIPT, folder / "export.zip", on_progress=watching)
        assert [received for received, _ in watching.told] == [100] and list(folder.iterdir()) == []


@pytest.mark.parametrize("overwrite", [False, True])
def test_what_a_callback_raises_ends_the_export_and_leaves_no_file(
    client: HacClient, simulator: Simulator, tmp_path: Path, overwrite: bool
) -> None:
    folder = tmp_path / "exports"
    folder.mkdir()
    target = folder / "export.zip"
    if overwrite:
        target.write_text("mine")

    def check() -> None:
        assert [file.name for file in folder.iterdir()] == (["export.zip"] if overwrite else [])
        assert not overwrite or target.read_text() == "mine"

    # All of it comes at once, and each time the callback is called for the last byte.
    for _ in range(10):
        with pytest.raises(LookupError, match="on purpose"):
            client.export_impex(SCRIPT, target, overwrite=overwrite, on_progress=Watching(fails_at=1))
        check()

    async def main() -> None:
        async with asynchronous(simulator) as other:
            for _ in range(10):
                with pytest.raises(LookupError, match="on purpose"):
                    await other.export_impex(SCRIPT, target, overwrite=overwrite, on_progress=Watching(fails_at=1))
                check()
            assert (await other.export_impex(SCRIPT, target, overwrite=True)).success

    asyncio.run(main())
    assert target.read_bytes()[:2] == b"PK"


def test_a_callback_may_call_the_client_that_exports(client: HacClient, tmp_path: Path) -> None:
    found: list[int] = []
    query = "SELECT {isocode} FROM {Language}"
    result = client.export_impex(
        SCRIPT, tmp_path / "export.zip", on_progress=lambda *_: found.append(len(client.execute_flexiblesearch(query)))
    )
    assert result.success and set(found) == {2}


def test_an_export_that_is_cancelled_leaves_no_file(simulator: Simulator, tmp_path: Path) -> None:
    folder = tmp_path / "exports"
    folder.mkdir()

    async def main() -> None:
        async with asynchronous(simulator) as client:
            running: list[asyncio.Task[Any]] = []
            watching = Watching()

            def cancels(received: int, total: int | None) -> None:
                watching(received, total)
                running[0].cancel()

            running.append(asyncio.create_task(client.export_impex(SCRIPT, folder / "export.zip", on_progress=cancels)))
            with pytest.raises(asyncio.CancelledError):
                await running[0]
            assert watching.told

    asyncio.run(main())
    assert list(folder.iterdir()) == []
