"""What differs between two servers: two clients of one kind are compared, and nothing is changed on either server.

With two `HacClient`s the functions return what they found; with two `AsyncHacClient`s they return a coroutine:
`await compare_properties(staging, production)`.
"""

from __future__ import annotations

from . import _arguments
from .client import HacClient

TYPE_CHECKING = False
if not TYPE_CHECKING:
    from ._dataclass import dataclass

    # For those who evaluate annotations.
    Any = T = object

    def overload(function: object) -> object:
        return function

else:
    from collections.abc import Callable, Coroutine
    from dataclasses import dataclass
    from typing import Any, TypeVar, overload

    from . import _native
    from ._calls import Calls
    from .aio import AsyncHacClient

    S = TypeVar("S", _native.Snapshot, _native.RowSnapshot)
    T = TypeVar("T")

__all__ = [
    "Comparison",
    "Difference",
    "RowComparison",
    "RowDifference",
    "compare_extensions",
    "compare_loggers",
    "compare_properties",
    "compare_rows",
    "compare_types",
]


@dataclass(frozen=True)
class Difference:
    """Something that two servers do not have in common."""

    name: str
    """A key of a property, a logger, a type, `Type.attribute`, or an extension."""
    first: str | None
    """What the first server has: the value of a property, the level of a logger (`inherited` if it has none of its own), or `present` for
    a type, an attribute and an extension. `None` if it does not have the name."""
    second: str | None
    """What the second server has."""


@dataclass(frozen=True)
class Comparison:
    """What two servers have in common, and what not."""

    differences: tuple[Difference, ...]
    """What differs, in the order of the names."""
    compared: int
    """How many names were compared."""
    left_out: tuple[str, ...]
    """The properties that a server masks with asterisks, so that they cannot be compared; otherwise empty."""


@dataclass(frozen=True)
class RowDifference:
    """A cell that differs, or a row that only one server has."""

    key: tuple[str, ...]
    """The values of the columns of the key."""
    column: str | None
    """The label of the column; `None` for a whole row."""
    first: str | None
    """The cell on the first server, `None` for a null. For a whole row `present`, or `None` where it is missing."""
    second: str | None
    """The same of the second server."""


@dataclass(frozen=True)
class RowComparison:
    """How the rows of a query differ."""

    differences: tuple[RowDifference, ...]
    """What differs, in the order of the keys."""
    compared: int
    """How many keys were compared."""


def _of_names(ours: _native.Snapshot, theirs: _native.Snapshot) -> Comparison:
    differences, compared, left_out = ours.compare(theirs)
    return Comparison(tuple([Difference(*one) for one in differences]), compared, tuple(left_out))


def _of_rows(ours: _native.RowSnapshot, theirs: _native.RowSnapshot) -> RowComparison:
    differences, compared = ours.compare(theirs)
    return RowComparison(tuple([RowDifference(tuple(key), *cells) for key, *cells in differences]), compared)


def _compared(first: Any, second: Any, take: Callable[[Calls], _native.Call], compare: Callable[[S, S], T]) -> Any:
    """What differs, or a coroutine for it."""
    if isinstance(first, HacClient) and isinstance(second, HacClient):
        both: list[Any] = []
        for client in (first, second):
            client._ensure_authenticated()
            both.append(client._wait((take(client), lambda snapshot: snapshot)))
        return compare(*both)
    from .aio import AsyncHacClient

    if isinstance(first, AsyncHacClient) and isinstance(second, AsyncHacClient):
        return _compared_later(first, second, take, compare)
    kinds = " and ".join([type(client).__name__ for client in (first, second)])
    raise TypeError(f"first and second are two HacClients or two AsyncHacClients, not {kinds}")


async def _compared_later(
    first: AsyncHacClient, second: AsyncHacClient, take: Callable[[Calls], _native.Call], compare: Callable[[S, S], T]
) -> T:
    ours = await first._finish(take(first))
    return compare(ours, await second._finish(take(second)))


def _names(first: Any, second: Any, of: str, containing: str | None, codes: list[str] | None = None) -> Any:
    text, types = _arguments.optional_text(containing, "containing"), _arguments.texts(codes, "types")
    return _compared(first, second, lambda client: client._client().snapshot(of, text, types), _of_names)


@overload
def compare_properties(first: HacClient, second: HacClient, *, containing: str | None = None) -> Comparison: ...
@overload
def compare_properties(
    first: AsyncHacClient, second: AsyncHacClient, *, containing: str | None = None
) -> Coroutine[Any, Any, Comparison]: ...
def compare_properties(first: Any, second: Any, *, containing: str | None = None) -> Any:
    """Compares the properties of two running servers. Those that a server masks are left out.

    Args:
        first: A client of the first server. Required.
        second: A client of the second server, of the same class. Required.
        containing: Only properties whose keys contain this text, whatever the case. Default: `None`, all of them.

    Returns:
        What differs; for two `AsyncHacClient`s a coroutine that returns it.

    Raises:
        TypeError: The clients are not of one class.
    """
    return _names(first, second, "properties", containing)


@overload
def compare_loggers(first: HacClient, second: HacClient, *, containing: str | None = None) -> Comparison: ...
@overload
def compare_loggers(
    first: AsyncHacClient, second: AsyncHacClient, *, containing: str | None = None
) -> Coroutine[Any, Any, Comparison]: ...
def compare_loggers(first: Any, second: Any, *, containing: str | None = None) -> Any:
    """Compares the levels of the loggers of two servers.

    Args:
        first: See `compare_properties`.
        second: See `compare_properties`.
        containing: Only loggers whose names contain this text, whatever the case. Default: `None`, all of them.

    Returns:
        See `compare_properties`. A logger without a level of its own is `inherited`.

    Raises:
        TypeError: See `compare_properties`.
    """
    return _names(first, second, "loggers", containing)


@overload
def compare_extensions(first: HacClient, second: HacClient, *, containing: str | None = None) -> Comparison: ...
@overload
def compare_extensions(
    first: AsyncHacClient, second: AsyncHacClient, *, containing: str | None = None
) -> Coroutine[Any, Any, Comparison]: ...
def compare_extensions(first: Any, second: Any, *, containing: str | None = None) -> Any:
    """Compares which extensions two servers have. Only extensions with project data are compared: HAC names no others.

    Args:
        first: See `compare_properties`.
        second: See `compare_properties`.
        containing: Only extensions whose names contain this text, whatever the case. Default: `None`, all of them.

    Returns:
        See `compare_properties`.

    Raises:
        TypeError: See `compare_properties`.
    """
    return _names(first, second, "extensions", containing)


@overload
def compare_types(first: HacClient, second: HacClient, types: list[str] | None = None) -> Comparison: ...
@overload
def compare_types(
    first: AsyncHacClient, second: AsyncHacClient, types: list[str] | None = None
) -> Coroutine[Any, Any, Comparison]: ...
def compare_types(first: Any, second: Any, types: list[str] | None = None) -> Any:
    """Compares which types two servers have, or which attributes some types have.

    Args:
        first: See `compare_properties`.
        second: See `compare_properties`.
        types: Codes of types, to compare their attributes too. Default: `None`, the codes of all types and no attributes.

    Returns:
        See `compare_properties`. Attributes are named `Product.ean`.

    Raises:
        TypeError: See `compare_properties`.
        HacUsageError: Neither server has one of the types.
    """
    return _names(first, second, "types", None, types)


@overload
def compare_rows(
    first: HacClient,
    second: HacClient,
    query: str,
    key: list[str] | None = None,
    *,
    params: dict[str, Any] | None = None,
    locale: str = "en",
    user: str | None = None,
    data_source: str | None = None,
) -> RowComparison: ...
@overload
def compare_rows(
    first: AsyncHacClient,
    second: AsyncHacClient,
    query: str,
    key: list[str] | None = None,
    *,
    params: dict[str, Any] | None = None,
    locale: str = "en",
    user: str | None = None,
    data_source: str | None = None,
) -> Coroutine[Any, Any, RowComparison]: ...
def compare_rows(
    first: Any,
    second: Any,
    query: str,
    key: list[str] | None = None,
    *,
    params: dict[str, Any] | None = None,
    locale: str = "en",
    user: str | None = None,
    data_source: str | None = None,
) -> Any:
    """Compares the rows of a FlexibleSearch query on two servers: those with the same key cell by cell.

    All rows of both servers are kept in memory, 64 MiB of each at most.

    Args:
        first: See `compare_properties`.
        second: See `compare_properties`.
        query: The query, see `HacClient.execute_flexiblesearch`. Required. PKs differ between servers: select codes.
        key: The columns whose values are unique together and never null, with or without the `p_` that databases have in front of
            attributes. Default: the first column.
        params: The values of `?name` in the query, see `HacClient.execute_groovy`. Default: none.
        locale: The language of localized attributes. Default: `en`.
        user: Whose restrictions are applied. Default: the user who is logged in.
        data_source: The data source, as HAC's page lists it. Default: the server's.

    Returns:
        What differs; for two `AsyncHacClient`s a coroutine that returns it.

    Raises:
        TypeError: See `compare_properties`.
        HacUsageError: There is no such column, a row has no value in it, two rows have one key, or the columns of the two servers have
            different names.
        HacQueryFailedError: The query fails on one of the servers.
    """
    columns = _arguments.texts(key, "key")

    def take(client: Calls) -> _native.Call:
        asked = client._query(query, 0, locale, user, data_source, params=params)
        return client._client().snapshot_rows(asked, columns)

    return _compared(first, second, take, _of_rows)
