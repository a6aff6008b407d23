"""Rows in constant memory."""

from __future__ import annotations

from itertools import chain, repeat

# Every Python has loaded it; collections.abc loads all of collections.
from _collections_abc import AsyncIterator, Iterator

from . import _bridge, _native
from .errors import HacUsageError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from types import TracebackType
    from typing import Any

    _Batch = tuple[list[str], _native.Table, bool]

__all__ = ["AsyncRowIterator", "RowIterator"]


# So many rows of a batch become Python objects at once: those that were dropped make room for the next ones, in the processor's cache.
_PIECE = 256


def _rows_of(table: _native.Table) -> Iterator[list[str]]:
    return chain.from_iterable(map(table.to_rows, range(0, len(table), _PIECE), repeat(_PIECE)))


class _Batches:
    """The answer of a query, batch by batch."""

    def __init__(self, reader: _native.RowReader, take: Callable[..., None]) -> None:
        self._reader: _native.RowReader | None = reader
        self._take = take
        self._headers: list[str] | None = None
        self._rows: Iterator[list[str]] = iter(())
        self._ended = False
        self._lost = False

    def _call(self) -> _native.Call:
        if self._reader is None:
            raise HacUsageError("these rows were closed before their end: run the query again")
        if self._lost:
            raise HacUsageError("these rows ended by an error, and some are missing: run the query again")
        # Until the batch has come, it is lost: what is missing on the way does not come again.
        self._lost = True
        return self._reader.next_batch()

    def _came(self, batch: _Batch) -> _Batch:
        self._headers, self._ended, self._lost = batch[0], batch[2], False
        return batch

    def _next(self) -> _Batch:
        return self._came(_bridge.wait(self._call(), self._take))

    def _rest(self) -> _Batch:
        """What is left of a batch that was begun, else the next one."""
        left, self._rows = list(self._rows), iter(())
        if self._headers is None or not (left or self._ended):
            return self._next()
        return self._headers, _native.Table.of_rows(self._headers, left), self._ended

    def close(self) -> None:
        """Reads no further. The server may stop, and another call of the client may take the place of this one.

        Rows that were read to their end, and rows that nobody holds any more, are closed by themselves.
        """
        self._reader, self._rows = None, iter(())


class RowIterator(_Batches, Iterator["list[str]"]):
    """The rows of a query, read from the network only while they are asked for. To be used by one thread at a time.

    Until its end, or until `close()`, it takes one of the client's `max_in_flight` places. `with` closes it.
    """

    @property
    def headers(self) -> list[str]:
        """The column labels. Asks for the first rows, if that was not done yet."""
        if self._headers is None:
            self._rows = _rows_of(self._next()[1])
        assert self._headers is not None
        return self._headers

    def __next__(self) -> list[str]:
        while True:
            for row in self._rows:
                return row
            if self._ended:
                raise StopIteration
            self._rows = _rows_of(self._next()[1])

    def __iter__(self) -> Iterator[list[str]]:
        # Faster than a call of __next__ for each row. Both take from the same batch.
        while True:
            yield from self._rows
            if self._ended:
                return
            self._rows = _rows_of(self._next()[1])

    def dicts(self) -> Iterator[dict[str, str | None]]:
        """The rows as dicts."""
        headers = self.headers
        return (dict(zip(headers, row)) for row in self)

    def __arrow_c_stream__(self, requested_schema: object = None) -> object:
        """The rows as an Arrow stream, batch by batch. Rows that were taken before are not in it."""
        return _native.arrow_stream(self._rest)

    def __enter__(self) -> RowIterator:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


class AsyncRowIterator(_Batches, AsyncIterator["list[str]"]):
    """The rows of a query, in constant memory, for `async for`.

    Until its end, or until `close()`, it takes one of the client's `max_in_flight` places. `async with` closes it.
    """

    def __init__(
        self, reader: _native.RowReader, wait: Callable[[_native.Call], Awaitable[Any]], take: Callable[..., None]
    ) -> None:
        super().__init__(reader, take)
        self._wait = wait

    @property
    def headers(self) -> list[str] | None:
        """The column labels; `None` before the first row."""
        return self._headers

    def __aiter__(self) -> AsyncRowIterator:
        return self

    async def __anext__(self) -> list[str]:
        while True:
            for row in self._rows:
                return row
            if self._ended:
                raise StopAsyncIteration
            batch = self._came(await self._wait(self._call()))
            self._rows = _rows_of(batch[1])

    def __arrow_c_stream__(self, requested_schema: object = None) -> object:
        """The rows as an Arrow stream, batch by batch. Rows that were taken before are not in it.

        Whoever reads it waits for the server, and would hold up the event loop: `await asyncio.to_thread(pyarrow.table, rows)`.
        """
        return _native.arrow_stream(self._rest)

    async def aclose(self) -> None:
        """The same as `close()`."""
        self.close()

    async def __aenter__(self) -> AsyncRowIterator:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
