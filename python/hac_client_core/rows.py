"""Rows in constant memory."""

from __future__ import annotations

from itertools import chain
from operator import length_hint

# Every Python has loaded it; collections.abc loads all of collections.
from _collections_abc import AsyncIterator, Iterator

from . import _bridge, _native
from .errors import HacUsageError, usage
from .models import PagePosition

TYPE_CHECKING = False
if not TYPE_CHECKING:
    # For those who evaluate annotations.
    from _collections_abc import Awaitable, Callable

    Any = Self = TracebackType = object
else:
    from collections.abc import Awaitable, Callable
    from types import TracebackType
    from typing import Any

    from typing_extensions import Self

    _Batch = tuple[list[str], _native.Table, bool]

__all__ = ["AsyncRowIterator", "RowIterator"]


class _Batches:
    """The answer of a query, batch by batch."""

    def __init__(self, reader: _native.RowReader, take: Callable[..., None], resume: PagePosition | None) -> None:
        self._reader: _native.RowReader | None = reader
        self._take = take
        self._headers: list[str] | None = None
        self._ended = False
        self._lost = False
        # Whether an Arrow stream has taken rows.
        self._streamed = False
        # The position where the batch begins.
        self._begin = resume
        self._table: _native.Table | None = None
        # What is left of the batch. A row becomes Python objects when it is asked for: those of the last one make room for it.
        self._rows = _native.Rows()

    @property
    def position(self) -> PagePosition | None:
        """With `paged=True`: the position behind the row that was handed out last, also after an error or `close()`.

        `iter_rows(query, paged=True, resume=position)` goes on there. `None` before the first row, and without `paged`; where the
        rows themselves went on from a position, it is that one before the first row.
        """
        taken = 0 if self._table is None else len(self._table) - length_hint(self._rows)
        key = None if self._table is None or not taken else self._table.key_at(taken - 1)
        if key is None:
            return self._begin
        return PagePosition(key, taken if self._begin is None else self._begin.rows + taken)

    def _let_go(self) -> None:
        """Holds the batch no longer."""
        self._begin = self.position
        # A loop over these rows has the same iterator, and is to end here too.
        self._rows.end()
        self._table = None

    def _call(self) -> _native.Call:
        if self._reader is None:
            raise usage("these rows were closed before their end", self._way_on())
        if self._lost:
            raise usage("these rows ended by an error, and some are missing", self._way_on())
        # Until the batch has come, it is lost: what is missing on the way does not come again.
        self._lost = True
        self._let_go()
        return self._reader.next_batch()

    def _way_on(self) -> str:
        return "run the query again" if self.position is None else "go on with resume=rows.position"

    def _came(self, batch: _Batch) -> None:
        self._headers, self._table, self._ended = batch
        self._rows = self._table.rows()
        self._lost = False

    def _next(self) -> None:
        self._came(_bridge.wait(self._call(), self._take))

    def _rest(self) -> _Batch:
        """What is left of a batch that was begun, else the next one."""
        if self._table is not None and 0 < len(self._table) == length_hint(self._rows):
            return self._whole()
        left = list(self._rows)
        if self._headers is not None and (left or self._ended):
            return self._headers, _native.Table.of_rows(self._headers, left), self._ended
        self._next()
        return self._whole()

    def _whole(self) -> _Batch:
        """Hands out the whole batch, of which no row became a Python object."""
        assert self._headers is not None and self._table is not None
        self._rows.end()
        return self._headers, self._table, self._ended

    def __copy__(self) -> Any:
        raise TypeError(f"a {type(self).__name__} cannot be copied: it reads an answer from the network; run the query again")

    def __deepcopy__(self, memo: Any) -> Any:
        return self.__copy__()

    def __reduce_ex__(self, protocol: Any) -> Any:
        raise TypeError(f"a {type(self).__name__} cannot be pickled: it reads an answer from the network; run the query again")

    def close(self) -> None:
        """Reads no further. The server may stop, and another call of the client may take the place of this one.

        Rows that were read to their end, and rows that nobody holds any more, are closed by themselves.
        """
        self._reader = None
        if length_hint(self._rows):
            # Never taken for all rows.
            self._ended = False
        self._let_go()


class _Stream:
    """What one Arrow stream takes its batches from.

    Consumers open streams only to look at the schema: DuckDB does so several times for one query. No row may be lost in them.
    """

    def __init__(self, rows: _Batches) -> None:
        self._rows = rows
        self._knows_schema = False
        self._begun = False

    def __call__(self) -> _Batch:
        rows = self._rows
        if not self._knows_schema:
            # A table without a batch: the rows that have come stay with the iterator, and this stream may be dropped.
            if rows._headers is None:
                rows._next()
            assert rows._headers is not None
            self._knows_schema = True
            return rows._headers, _native.Table.of_rows(rows._headers, []), False
        if not self._begun:
            if rows._streamed:
                raise HacUsageError(f"another Arrow stream has taken rows of this query, and this one would lack them: {rows._way_on()}")
            self._begun = rows._streamed = True
        return rows._rest()


class RowIterator(_Batches, Iterator["list[str]"]):
    """The rows of a query, read from the network only while they are asked for. To be used by one thread at a time.

    Until its end, or until `close()`, it takes one of the client's `max_in_flight` places. `with` closes it.
    """

    @property
    def headers(self) -> list[str]:
        """The column labels. Asks for the first rows, if that was not done yet."""
        if self._headers is None:
            self._next()
        assert self._headers is not None
        return self._headers

    def __next__(self) -> list[str]:
        while True:
            for row in self._rows:
                return row
            if self._ended:
                raise StopIteration
            self._next()

    def __iter__(self) -> Iterator[list[str]]:
        # Faster than a call of __next__ for each row. Both take from the same batch.
        return chain.from_iterable(self._each())

    def _each(self) -> Iterator[_native.Rows]:
        while True:
            yield self._rows
            if self._ended:
                return
            self._next()

    def dicts(self) -> Iterator[dict[str, str | None]]:
        """The rows as dicts."""
        headers = self.headers
        return (dict(zip(headers, row)) for row in self)

    def __arrow_c_stream__(self, requested_schema: object = None) -> object:
        """The rows as an Arrow stream, batch by batch. Rows that were taken before are not in it.

        Any number of streams may be asked for the schema, but one alone for rows: for another one, read the query again.
        """
        return _native.arrow_stream(_Stream(self))

    def __enter__(self) -> Self:
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
        self,
        reader: _native.RowReader,
        wait: Callable[[_native.Call], Awaitable[Any]],
        take: Callable[..., None],
        resume: PagePosition | None,
    ) -> None:
        super().__init__(reader, take, resume)
        self._wait = wait

    @property
    def headers(self) -> list[str] | None:
        """The column labels; `None` before the first row. `read_headers` waits for them."""
        return self._headers

    async def read_headers(self) -> list[str]:
        """Returns the column labels. Asks for the first rows, if that was not done yet."""
        if self._headers is None:
            self._came(await self._wait(self._call()))
        assert self._headers is not None
        return self._headers

    def __aiter__(self) -> AsyncRowIterator:
        return self

    async def __anext__(self) -> list[str]:
        while True:
            for row in self._rows:
                return row
            if self._ended:
                raise StopAsyncIteration
            self._came(await self._wait(self._call()))

    async def dicts(self) -> AsyncIterator[dict[str, str | None]]:
        """The rows as dicts, for `async for`."""
        headers = await self.read_headers()
        async for row in self:
            yield dict(zip(headers, row))

    def __arrow_c_stream__(self, requested_schema: object = None) -> object:
        """The rows as an Arrow stream, batch by batch. Rows that were taken before are not in it.

        Any number of streams may be asked for the schema, but one alone for rows: for another one, read the query again.

        Whoever reads it waits for the server, and would hold up the event loop: `await asyncio.to_thread(pyarrow.table, rows)`.
        """
        return _native.arrow_stream(_Stream(self))

    async def aclose(self) -> None:
        """The same as `close()`."""
        self.close()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
