"""Rows in constant memory."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from typing import TYPE_CHECKING, Any, Awaitable, Callable, Optional

from . import _bridge, _native
from .errors import HacUsageError

if TYPE_CHECKING:
    from types import TracebackType

__all__ = ["AsyncRowIterator", "RowIterator"]

_Batch = tuple[list[str], _native.Table, bool]


class _Batches:
    """The answer of a query, batch by batch."""

    def __init__(self, reader: _native.RowReader, take: Callable[..., None]) -> None:
        self._reader: Optional[_native.RowReader] = reader
        self._take = take
        self._headers: Optional[list[str]] = None
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
            self._rows = iter(self._next()[1].to_rows())
        assert self._headers is not None
        return self._headers

    def __next__(self) -> list[str]:
        while True:
            for row in self._rows:
                return row
            if self._ended:
                raise StopIteration
            self._rows = iter(self._next()[1].to_rows())

    def __iter__(self) -> Iterator[list[str]]:
        # Faster than a call of __next__ for each row. Both take from the same batch.
        while True:
            yield from self._rows
            if self._ended:
                return
            self._rows = iter(self._next()[1].to_rows())

    def dicts(self) -> Iterator[dict[str, Optional[str]]]:
        """The rows as dicts."""
        headers = self.headers
        return (dict(zip(headers, row)) for row in self)

    def __arrow_c_stream__(self, requested_schema: object = None) -> object:
        """The rows as an Arrow stream, batch by batch. Rows that were taken before are not in it."""
        return _native.arrow_stream(self._rest)

    def __enter__(self) -> RowIterator:
        return self

    def __exit__(
        self, kind: Optional[type[BaseException]], error: Optional[BaseException], trace: Optional[TracebackType]
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
    def headers(self) -> Optional[list[str]]:
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
            self._rows = iter(batch[1].to_rows())

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
        self, kind: Optional[type[BaseException]], error: Optional[BaseException], trace: Optional[TracebackType]
    ) -> None:
        self.close()
