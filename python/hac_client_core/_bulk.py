"""Imports in chunks: what is asked for, and waiting for one that is never broken off by the first exception.

A chunk that was sent has an outcome that should be known. So Ctrl-C, a cancelled task and what a callback raises stop the import after
the chunks in flight, and are raised at its end. The second of them breaks it off.
"""

from __future__ import annotations

import os

from . import _arguments, _bridge
from .errors import HacUsageError
from .models import BulkImportResult, BulkImportStatus, BulkProgress, ImpexFailure

TYPE_CHECKING = False
if TYPE_CHECKING:
    import asyncio
    from collections.abc import Callable
    from typing import Any, TypedDict

    from . import _native
    from ._core import Core

    class Bulk(TypedDict):
        """An import in chunks, for the native half."""

        path: str
        mode: str
        encoding: str | None
        threads: int
        switches: list[str]
        chunk_lines: int | None
        parallel: int
        continues: bool
        start: str
        assume: str | None
        assume_lines: list[tuple[int, int, str]]
        report: str | None
        state_directory: str | None
        keeps_checkpoint: bool


_STOPPING = "Stopping after the chunk in flight. Interrupt again to stop at once; the outcome of that chunk is unknown then"
_UNDECIDED = "the chunk in flight may have been imported: check on the server, then go on with resume=True and assume="

# How often an event loop asks whether to stop, in seconds.
_BETWEEN_LOOKS = 0.04


def request(
    path: Any,
    validation_mode: Any,
    encoding: Any,
    max_threads: Any,
    switches: dict[str, bool],
    chunk_lines: Any,
    parallel: Any,
    continue_after_failures: Any,
    resume: Any,
    restart: Any,
    assume: Any,
    report: Any,
    state_directory: Any,
) -> Bulk:
    """An import as it is asked for, looked at."""
    if resume and restart:
        raise HacUsageError("resume and restart cannot both be true: go on with the earlier import, or begin anew")
    if assume is not None and not resume:
        raise HacUsageError("assume says what became of a chunk of an earlier import: pass resume=True too")
    return {
        "path": _arguments.path(path, "path"),
        "mode": _arguments.validation_mode(validation_mode),
        "encoding": _arguments.optional_text(encoding, "encoding"),
        "threads": _arguments.count(max_threads, "max_threads", least=1, most=2**16 - 1),
        "switches": [name for name, on in switches.items() if on],
        "chunk_lines": None if chunk_lines is None else _arguments.count(chunk_lines, "chunk_lines", least=1),
        "parallel": _arguments.count(parallel, "parallel", least=1, most=2**16 - 1),
        "continues": bool(continue_after_failures),
        "start": "resume" if resume else "restart" if restart else "new",
        "assume": None if assume is None or hasattr(assume, "items") else _assumed(assume),
        "assume_lines": _by_lines(assume) if hasattr(assume, "items") else [],
        "report": _arguments.optional_path(report, "report"),
        "state_directory": _arguments.optional_path(state_directory, "state_directory"),
        "keeps_checkpoint": False,
    }


def _assumed(word: Any) -> str:
    return _arguments.one_of(word, "assume", ("imported", "not_imported"))


def _by_lines(assume: Any) -> list[tuple[int, int, str]]:
    """What became of each chunk, by its lines."""
    decided: list[tuple[int, int, str]] = []
    for lines, word in assume.items():
        try:
            first, last = lines
        except (TypeError, ValueError):
            raise HacUsageError(f"assume has lines as in (12, 21), not {lines!r}") from None
        bounds = [_arguments.count(line, "a line of assume", least=0) for line in (first, last)]
        decided.append((bounds[0], bounds[1], _assumed(word)))
    return decided


def status(parts: Any) -> BulkImportStatus | None:
    """What is known of an earlier import."""
    if parts is None:
        return None
    is_done, rows, imported, failed, undecided = parts
    return BulkImportStatus(is_done, rows, imported, failed, tuple(undecided))


class _Import:
    """An import that is going on, and why it is to end before its end."""

    def __init__(
        self,
        core: Core,
        asked: Bulk,
        on_progress: Callable[[BulkProgress], None] | None,
        stop_if: Callable[[], bool] | None,
    ) -> None:
        _arguments.callback(on_progress, "on_progress")
        _arguments.callback(stop_if, "stop_if")
        self.call: _native.Call = core._client().import_impex_bulk(asked)
        self._core = core
        self._report = asked["report"]
        self._on_progress = on_progress
        self._stop_if = stop_if
        self.interruption: BaseException | None = None

    def take(self, what: str, *of: Any) -> None:
        if what != "rows":
            self._core._take(what, *of)
        elif self._on_progress is not None and self.interruption is None:
            self._on_progress(BulkProgress(*of))

    @property
    def looks(self) -> bool:
        """Whether `look` has anything to do."""
        return self._stop_if is not None and self.interruption is None

    def look(self) -> None:
        """Stops the import if the program wants it. Called again and again."""
        if self._stop_if is not None and self.interruption is None and self._stop_if():
            self.call.stop()

    def raised(self, error: BaseException) -> None:
        """Something was raised while the import is running. Raises it if it is the second time."""
        if self.interruption is None:
            self.interruption = error
            self.call.stop()
            self._core._say(_STOPPING)
        elif not isinstance(error, Exception):
            raise error

    def break_off(self, error: BaseException) -> None:
        """Ends the wait at once, if the import is still running."""
        if self.call.is_running() and self.call.cancel():
            _note(error, _UNDECIDED)

    def ended(self, parts: Any) -> BulkImportResult:
        """The result, unless something else is to be raised."""
        success, rows, imported, failed, not_processed, chunks, was_done, told, summary, output, failures, elapsed = parts
        not_split, unwritten = told
        result = BulkImportResult(
            success,
            rows,
            imported,
            failed,
            not_processed,
            chunks,
            was_done,
            not_split,
            summary,
            output,
            tuple(ImpexFailure(*failure) for failure in failures),
            elapsed,
            None if self._report is None else os.path.abspath(self._report),
            unwritten,
        )
        if self.interruption is None:
            return result
        and_failed = f", {failed} failed" if failed else ""
        go_on = "; go on with resume=True" if not_processed else ""
        _note(self.interruption, f"the import stopped after {rows - not_processed} of {rows} rows: {imported} imported{and_failed}{go_on}")
        raise self.interruption

    def failed(self, error: BaseException) -> BaseException:
        """What is raised when the import has ended with an error."""
        if self.interruption is None:
            return error
        # It is the context of the exception that is raised, too: Python 3.10 has no notes.
        _note(self.interruption, str(error))
        return self.interruption


def _note(error: BaseException, text: str) -> None:
    # Exceptions have notes since Python 3.11.
    add: Any = getattr(error, "add_note", None)
    if add is not None:
        add(text)


def wait(
    core: Core,
    asked: Bulk,
    on_progress: Callable[[BulkProgress], None] | None,
    stop_if: Callable[[], bool] | None,
) -> BulkImportResult:
    """Imports, and waits for the end."""
    running = _Import(core, asked, on_progress, stop_if)
    _bridge.set_log_level()

    def look() -> None:
        if running.interruption is None:
            _bridge.worker_may_go_on()
            running.look()

    begin_or_go_on = running.call.wait
    try:
        while True:
            try:
                parts = begin_or_go_on(running.take, look)
                break
            except BaseException as error:
                if not running.call.is_running():
                    raise running.failed(error)
                running.raised(error)
            begin_or_go_on = running.call.go_on
    except BaseException as error:
        # The second interruption, wherever it came.
        running.break_off(error)
        raise
    return running.ended(parts)


async def finish(
    core: Core,
    asked: Bulk,
    on_progress: Callable[[BulkProgress], None] | None,
    stop_if: Callable[[], bool] | None,
) -> BulkImportResult:
    """Imports, and has the event loop wait for the end."""
    import asyncio

    loop = asyncio.get_running_loop()
    news = asyncio.Event()
    running = _Import(core, asked, on_progress, stop_if)
    _bridge.set_log_level()
    running.call.start(loop.call_soon_threadsafe, news.set)
    done: tuple[Any, ...] | None = None
    try:
        while done is None:
            try:
                await _something(news, loop, running.looks)
                done = running.call.poll(running.take)
                if done is None:
                    running.look()
            except GeneratorExit:
                # Nobody awaits it any more, and nothing can be awaited.
                raise
            except BaseException as error:
                if not running.call.is_running():
                    raise running.failed(error)
                running.raised(error)
                # What came at the same time is dealt with in the next turn.
                news.set()
    except BaseException as error:
        running.break_off(error)
        raise
    return running.ended(done[0])


async def _something(news: asyncio.Event, loop: asyncio.AbstractEventLoop, looks: bool) -> None:
    """Waits until there is something to deal with, or until it is time for a look."""
    later = loop.call_later(_BETWEEN_LOOKS, news.set) if looks else None
    try:
        await news.wait()
    finally:
        if later is not None:
            later.cancel()
    news.clear()
