"""Imports in chunks that somebody ends: by Ctrl-C, by a cancelled task, by an exception, by force."""

from __future__ import annotations

import asyncio
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from bulk import StopsInFlight, after_chunks, counts, each_once, file, imported, is_held, requests, until
from conftest import Connect
from hac_client_core import (
    AsyncHacClient,
    BasicAuthHandler,
    BulkImportResult,
    BulkProgress,
    HacClient,
    HacOutcomeUnknownError,
    PlannedCall,
)
from hac_client_core.testing import Simulator

__all__ = ["file"]

needs_signals = pytest.mark.skipif(sys.platform == "win32", reason="Windows has no SIGINT for one process")


def test_what_a_callback_raises_ends_the_import_after_the_chunk_in_flight(
    connect: Connect, simulator: Simulator, file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    client = connect()
    seen: list[int] = []

    def fails(progress: BulkProgress) -> None:
        seen.append(progress.done)
        if progress.done >= 20:
            raise LookupError("on purpose")

    with pytest.raises(LookupError, match="on purpose") as caught:
        client.import_impex_bulk(file, chunk_lines=10, on_progress=fails)
    assert seen == [0, 10, 20], "it is not called again"
    assert "Stopping after the chunk in flight" in capsys.readouterr().err
    status = client.get_bulk_import_status(file)
    assert status is not None and status.undecided == () and status.imported == len(imported(client)) >= 20
    if sys.version_info >= (3, 11) and status.imported < 50:
        assert f"the import stopped after {status.imported} of 50 rows" in "".join(caught.value.__notes__)
        assert "resume=True" in "".join(caught.value.__notes__)
    assert client.import_impex_bulk(file, chunk_lines=10, resume=True).imported == 50
    assert imported(client) == each_once(50) and requests(simulator) == 5


def test_a_confirmation_that_raises_leaves_no_chunk_undecided(connect: Connect, simulator: Simulator, file: Path) -> None:
    asked: list[PlannedCall] = []

    def confirm(call: PlannedCall) -> bool:
        asked.append(call)
        if len(asked) == 3:
            raise KeyError("on purpose")
        return True

    client = connect(quiet=True, protection="confirm", confirm=confirm)
    with pytest.raises(KeyError, match="on purpose"):
        client.import_impex_bulk(file, chunk_lines=10)
    status = client.get_bulk_import_status(file)
    assert status is not None and status.undecided == () and status.imported == 20
    assert requests(simulator) == 2
    assert client.import_impex_bulk(file, chunk_lines=10, resume=True).imported == 50
    assert imported(client) == each_once(50) and len(asked) == 6


def test_a_client_that_is_closed_during_an_import_says_how_to_go_on(connect: Connect, simulator: Simulator, file: Path) -> None:
    client, other = connect(quiet=True), connect(quiet=True)
    client.login()
    after_chunks(simulator, 1, "hold?execute=true")

    def closes() -> bool:
        if is_held(simulator, 2):
            client.close()
        return False

    with pytest.raises(HacOutcomeUnknownError, match="the client was closed") as caught:
        client.import_impex_bulk(file, chunk_lines=10, stop_if=closes)
    assert "resume=True" in str(caught.value.hint)
    simulator.fault("/faults/release")
    status = other.get_bulk_import_status(file)
    assert status is not None and status.undecided == ((12, 21),)
    other.import_impex_bulk(file, chunk_lines=10, resume=True, assume="imported")
    assert imported(other) == each_once(50)


PROGRAM = """
import sys
from hac_client_core import BasicAuthHandler, HacClient
client = HacClient(sys.argv[1], BasicAuthHandler("admin", sys.argv[2]), timeout=None)
try:
    client.import_impex_bulk(sys.argv[3], chunk_lines=10)
except KeyboardInterrupt as error:
    print("interrupted", *getattr(error, "__notes__", ()), flush=True)
"""


WORKER = """
import sys, threading, time
from hac_client_core import BasicAuthHandler, HacClient, HacInterruptedError
client = HacClient(sys.argv[1], BasicAuthHandler("admin", sys.argv[2]), timeout=None)
begun = threading.Event()
def work():
    try:
        client.import_impex_bulk(sys.argv[3], chunk_lines=10, on_progress=lambda progress: progress.done and begun.set())
    except HacInterruptedError as error:
        print(error, flush=True)
threading.Thread(target=work).start()
begun.wait()
raise ValueError("on purpose")
"""


def program(simulator: Simulator, file: Path, code: str = PROGRAM) -> subprocess.Popen[str]:
    command = [sys.executable, "-c", code, simulator.url, simulator.password, str(file)]
    return subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def stopping(running: subprocess.Popen[str]) -> None:
    """Waits until the program says that it is stopping."""
    assert running.stderr is not None
    said: list[str] = []
    for line in running.stderr:
        said.append(line)
        if "Stopping after the chunk in flight" in line:
            return
    raise AssertionError("".join(said))


@needs_signals
def test_ctrl_c_ends_an_import_after_the_chunk_in_flight(client: HacClient, simulator: Simulator, file: Path) -> None:
    client.login()
    after_chunks(simulator, 1, "hold?execute=true")
    running = program(simulator, file)
    until(lambda: is_held(simulator, 2))
    running.send_signal(signal.SIGINT)
    stopping(running)
    # It cannot end before the chunk does.
    assert running.poll() is None
    simulator.fault("/faults/release")
    out, errors = running.communicate(timeout=120)
    assert out.startswith("interrupted") and running.returncode == 0, errors
    if sys.version_info >= (3, 11):
        assert "the import stopped after 20 of 50 rows: 20 imported; go on with resume=True" in out
    assert requests(simulator) == 2
    assert client.import_impex_bulk(file, chunk_lines=10, resume=True).imported == 50
    assert imported(client) == each_once(50) and requests(simulator) == 5


@needs_signals
def test_the_second_ctrl_c_ends_an_import_at_once(client: HacClient, simulator: Simulator, file: Path) -> None:
    client.login()
    after_chunks(simulator, 1, "hold?execute=true")
    running = program(simulator, file)
    until(lambda: is_held(simulator, 2))
    running.send_signal(signal.SIGINT)
    stopping(running)
    running.send_signal(signal.SIGINT)
    out, errors = running.communicate(timeout=120)
    assert out.startswith("interrupted"), errors
    if sys.version_info >= (3, 11):
        assert "the chunk in flight may have been imported" in out
    simulator.fault("/faults/release")
    with pytest.raises(HacOutcomeUnknownError, match="lines 12 to 21"):
        client.import_impex_bulk(file, chunk_lines=10, resume=True)
    client.import_impex_bulk(file, chunk_lines=10, resume=True, assume="imported")
    assert imported(client) == each_once(50) and requests(simulator) == 5


def test_an_import_on_a_worker_stops_when_the_main_thread_has_ended_by_an_exception(
    client: HacClient, simulator: Simulator, file: Path
) -> None:
    client.login()
    after_chunks(simulator, 1, "hold?execute=true")
    running = program(simulator, file, WORKER)
    stopping(running)
    until(lambda: is_held(simulator, 2))
    simulator.fault("/faults/release")
    out, errors = running.communicate(timeout=120)
    assert "the main thread has ended by an exception" in out and running.returncode == 1, errors
    status = client.get_bulk_import_status(file)
    assert status is not None and (status.imported, status.undecided) == (20, ())


@pytest.mark.parametrize("executed", [True, False])
def test_a_program_that_is_killed_leaves_a_chunk_to_decide(client: HacClient, simulator: Simulator, file: Path, executed: bool) -> None:
    client.login()
    # Held back before it is executed, or behind that: the program is killed meanwhile.
    after_chunks(simulator, 3, "hold?execute=true" if executed else "hold")
    running = program(simulator, file)
    until(lambda: is_held(simulator, 4) if executed else requests(simulator) == 4)
    running.kill()
    running.communicate(timeout=120)
    simulator.fault("/faults/release")
    # What was sent is executed all the same.
    until(lambda: simulator.summary()["in_progress"] == 0)
    with pytest.raises(HacOutcomeUnknownError, match="lines 32 to 41"):
        client.import_impex_bulk(file, chunk_lines=10, resume=True)
    there = len(imported(client))
    assert there in (30, 40) and (there == 40 or not executed)
    client.import_impex_bulk(file, chunk_lines=10, resume=True, assume="imported" if there == 40 else "not_imported")
    assert imported(client) == each_once(50)


def asynchronous(simulator: Simulator) -> AsyncHacClient:
    return AsyncHacClient(simulator.url, BasicAuthHandler("admin", simulator.password), quiet=True)


def test_a_coroutine_imports_and_tells_its_progress(client: HacClient, simulator: Simulator, file: Path) -> None:
    async def main() -> tuple[BulkImportResult, list[int], Any]:
        told: list[int] = []
        async with asynchronous(simulator) as other:
            result = await other.import_impex_bulk(file, chunk_lines=10, on_progress=lambda progress: told.append(progress.done))
            return result, told, await other.get_bulk_import_status(file)

    result, told, status = asyncio.run(main())
    assert counts(result) == (50, 50, 0, 0, 5) and told == [0, 10, 20, 30, 40, 50] and status.is_done
    assert imported(client) == each_once(50)


def test_a_cancelled_task_ends_after_the_chunk_in_flight(client: HacClient, simulator: Simulator, file: Path) -> None:
    after_chunks(simulator, 1, "hold?execute=true")

    async def main() -> None:
        task = asyncio.create_task(asynchronous(simulator).import_impex_bulk(file, chunk_lines=10))
        while not await asyncio.to_thread(is_held, simulator, 2):
            await asyncio.sleep(0.01)
        task.cancel()
        await asyncio.sleep(0.2)
        assert not task.done(), "the chunk has no answer yet"
        await asyncio.to_thread(simulator.fault, "/faults/release")
        with pytest.raises(asyncio.CancelledError):
            await task

    asyncio.run(main())
    assert requests(simulator) == 2
    assert client.import_impex_bulk(file, chunk_lines=10, resume=True).imported == 50
    assert imported(client) == each_once(50)


def test_a_task_that_is_cancelled_twice_ends_at_once(client: HacClient, simulator: Simulator, file: Path) -> None:
    after_chunks(simulator, 1, "hold?execute=true")

    async def main() -> None:
        task = asyncio.create_task(asynchronous(simulator).import_impex_bulk(file, chunk_lines=10))
        while not await asyncio.to_thread(is_held, simulator, 2):
            await asyncio.sleep(0.01)
        task.cancel()
        await asyncio.sleep(0.05)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    asyncio.run(main())
    assert is_held(simulator, 2), "nobody released it"
    simulator.fault("/faults/release")
    until(lambda: simulator.summary()["in_progress"] == 0)
    with pytest.raises(HacOutcomeUnknownError, match="lines 12 to 21"):
        client.import_impex_bulk(file, chunk_lines=10, resume=True)
    client.import_impex_bulk(file, chunk_lines=10, resume=True, assume="imported")
    assert imported(client) == each_once(50)


def test_what_goes_wrong_in_a_coroutine_is_raised_there(client: HacClient, simulator: Simulator, file: Path) -> None:
    after_chunks(simulator, 1, "reset?execute=true")

    def fails(progress: BulkProgress) -> None:
        raise LookupError("on purpose")

    async def main() -> None:
        async with asynchronous(simulator) as other:
            with pytest.raises(HacOutcomeUnknownError, match="lines 12 to 21"):
                await other.import_impex_bulk(file, chunk_lines=10)
            with pytest.raises(LookupError, match="on purpose"):
                await other.import_impex_bulk(file, chunk_lines=10, resume=True, assume="imported", on_progress=fails)
            status = await other.get_bulk_import_status(file)
            assert status is not None and status.undecided == () and status.imported == len(imported(client))

    asyncio.run(main())
    client.import_impex_bulk(file, chunk_lines=10, resume=True)
    assert imported(client) == each_once(50)


def test_a_coroutine_stops_if_the_program_wants_it(client: HacClient, simulator: Simulator, file: Path) -> None:
    after_chunks(simulator, 2, "hold?execute=true")

    async def main() -> BulkImportResult:
        async with asynchronous(simulator) as other:
            return await other.import_impex_bulk(file, chunk_lines=10, stop_if=StopsInFlight(simulator, 3))

    assert counts(asyncio.run(main())) == (50, 30, 0, 20, 3)
    client.import_impex_bulk(file, chunk_lines=10, resume=True)
    assert imported(client) == each_once(50)
