"""Rows in constant memory."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from typing import Any, Awaitable, Callable, Optional

from . import _bridge, _native

__all__ = ["AsyncRowIterator", "RowIterator"]


class RowIterator(Iterator["list[str]"]):
    """The rows of a query, read from the network only while they are asked for. To be used by one thread at a time."""

    def __init__(self, reader: _native.RowReader, take: Callable[..., None]) -> None:
        self._reader = reader
        self._take = take
        self._headers: Optional[list[str]] = None
        self._rows: Iterator[list[str]] = iter(())
        self._ended = False
        self._lost = False

    def _next(self) -> tuple[list[str], _native.Table, bool]:
        if self._lost:
            raise _ended_by_an_error()
        try:
            batch: tuple[list[str], _native.Table, bool] = _bridge.wait(self._reader.next_batch(), self._take)
        except BaseException:
            # What was lost on the way does not come again.
            self._lost = True
            raise
        self._headers, self._ended = batch[0], batch[2]
        return batch

    def _rest(self) -> tuple[list[str], _native.Table, bool]:
        """What is left of a batch that was begun, else the next one."""
        left, self._rows = list(self._rows), iter(())
        if self._headers is None or not (left or self._ended):
            return self._next()
        return self._headers, _native.Table.of_rows(self._headers, left), self._ended

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

    def dicts(self) -> Iterator[dict[str, Optional[str]]]:
        """The rows as dicts."""
        headers = self.headers
        return (dict(zip(headers, row)) for row in self)

    def __arrow_c_stream__(self, requested_schema: object = None) -> object:
        """The rows as an Arrow stream, batch by batch. Rows that were taken before are not in it."""
        return _native.arrow_stream(self._rest)


def _ended_by_an_error() -> Exception:
    from .errors import HacUsageError

    return HacUsageError("these rows ended by an error, and some are missing: run the query again")


class AsyncRowIterator(AsyncIterator["list[str]"]):
    """The rows of a query, in constant memory, for `async for`."""

    def __init__(self, reader: _native.RowReader, wait: Callable[[_native.Call], Awaitable[Any]]) -> None:
        self._reader = reader
        self._wait = wait
        self.headers: Optional[list[str]] = None
        """The column labels; `None` before the first row."""
        self._rows: Iterator[list[str]] = iter(())
        self._ended = False
        self._lost = False

    def __aiter__(self) -> AsyncRowIterator:
        return self

    async def __anext__(self) -> list[str]:
        while True:
            for row in self._rows:
                return row
            if self._ended:
                raise StopAsyncIteration
            if self._lost:
                raise _ended_by_an_error()
            try:
                self.headers, table, self._ended = await self._wait(self._reader.next_batch())
            except BaseException:
                self._lost = True
                raise
            self._rows = iter(table.to_rows())
