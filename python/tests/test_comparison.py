"""What differs between two servers."""

from __future__ import annotations

import asyncio
import dataclasses
from collections.abc import Iterator

import pytest

from hac_client_core import (
    AsyncHacClient,
    BasicAuthHandler,
    Comparison,
    Difference,
    HacClient,
    HacConnectError,
    HacQueryFailedError,
    HacUsageError,
    RowComparison,
    RowDifference,
    compare_extensions,
    compare_loggers,
    compare_properties,
    compare_rows,
    compare_types,
)
from hac_client_core.testing import Simulator, start

LANGUAGES = "SELECT {isocode} AS code, {active} AS active FROM {Language}"


@pytest.fixture
def second() -> Iterator[Simulator]:
    """A second server."""
    with start() as simulator:
        yield simulator


@pytest.fixture
def other(second: Simulator) -> HacClient:
    """A client of the second server."""
    return HacClient(second.url, BasicAuthHandler("admin", second.password), quiet=True)


def asynchronous(simulator: Simulator) -> AsyncHacClient:
    return AsyncHacClient(simulator.url, BasicAuthHandler("admin", simulator.password), quiet=True)


def test_servers_that_are_the_same_have_no_difference(client: HacClient, other: HacClient) -> None:
    for found in (
        compare_properties(client, other),
        compare_loggers(client, other),
        compare_types(client, other),
        compare_types(client, other, ["Product", "Language"]),
        compare_extensions(client, other),
    ):
        assert isinstance(found, Comparison) and found.differences == () and found.compared > 3, found
    assert compare_rows(client, other, "SELECT {code}, {ean} FROM {Product}") == RowComparison((), 100)


def test_what_differs_has_the_values_of_both(client: HacClient, other: HacClient) -> None:
    client.set_property("a.b", "1")
    other.set_property("A.b.c", "2")
    other.set_property("a.b", "3")
    other.set_property("a.b.hidden", "********")
    found = compare_properties(client, other, containing="A.B")
    assert found == Comparison((Difference("A.b.c", None, "2"), Difference("a.b", "1", "3")), 2, ("a.b.hidden",))
    assert dataclasses.asdict(found)["differences"][1] == {"name": "a.b", "first": "1", "second": "3"}
    other.set_log_level("root", "WARN")
    root = compare_loggers(client, other, containing="root").differences
    assert [(one.name, one.second) for one in root if one.name == "root"] == [("root", "WARN")]
    assert compare_extensions(client, other, containing="no-extension-is-called-so").compared == 0


def test_rows_are_compared_by_their_key(client: HacClient, other: HacClient) -> None:
    assert other.import_impex("INSERT_UPDATE Language;isocode[unique=true];active\n;zz;true\n;de;false\n").success
    found = compare_rows(client, other, LANGUAGES, ["code"])
    assert found.compared == 3
    cell, row = found.differences
    assert isinstance(cell, RowDifference) and (cell.key, cell.column) == (("de",), "active") and cell.first != cell.second
    assert row == RowDifference(("zz",), None, None, "present")
    some = compare_rows(client, other, f"{LANGUAGES} WHERE {{isocode}} = ?code", params={"code": "en"})
    assert some == RowComparison((), 1)


def test_what_cannot_be_compared_is_an_error(client: HacClient, other: HacClient, second: Simulator) -> None:
    assert other.import_impex("INSERT_UPDATE Language;isocode[unique=true];active\n;zz;true\n").success
    for key, why, hint in (
        (["nothing"], "the query has no column nothing; it has code, active", "key= takes names of columns"),
        (["active"], "two rows have the key", "unique together with key="),
    ):
        with pytest.raises(HacUsageError) as raised:
            compare_rows(other, client, LANGUAGES, key)
        assert why in str(raised.value) and hint in (raised.value.hint or ""), raised.value
        assert second.url in str(raised.value), "it names the server"
    with pytest.raises(HacUsageError, match="neither server has the type Prodct") as raised:
        compare_types(client, other, ["Prodct"])
    assert raised.value.hint == "get_types() lists the types"
    with pytest.raises(HacQueryFailedError):
        compare_rows(client, other, "SELECT {nothing} FROM {Nowhere}")
    nobody = HacClient("http://127.0.0.1:1", BasicAuthHandler("admin", "nimda"), quiet=True, session_persistence=False)
    with pytest.raises(HacConnectError):
        compare_properties(client, nobody)


def test_asynchronous_clients_are_compared_too(
    client: HacClient, other: HacClient, simulator: Simulator, second: Simulator
) -> None:
    other.set_property("a.b", "3")

    async def main() -> None:
        async with asynchronous(simulator) as one, asynchronous(second) as two:
            found = await compare_properties(one, two, containing="a.b")
            assert found == compare_properties(client, other, containing="a.b") and len(found.differences) == 1
            assert (await compare_loggers(one, two)).differences == ()
            assert (await compare_types(one, two, ["Product"])).compared > 3
            assert (await compare_extensions(one, two)).compared > 0
            assert await compare_rows(one, two, LANGUAGES) == RowComparison((), 2)
            with pytest.raises(HacUsageError, match="neither server has the type"):
                await compare_types(one, two, ["Prodct"])
            with pytest.raises(TypeError, match="not AsyncHacClient and HacClient"):
                compare_properties(one, client)  # type: ignore[call-overload]

    asyncio.run(main())


def test_arguments_are_checked_before_anything_is_sent(client: HacClient, other: HacClient, simulator: Simulator) -> None:
    with pytest.raises(TypeError, match="not HacClient and str"):
        compare_properties(client, "staging")  # type: ignore[call-overload]
    with pytest.raises(TypeError, match="containing"):
        compare_properties(client, other, containing=3)  # type: ignore[call-overload]
    with pytest.raises(TypeError, match="types is a list of str"):
        compare_types(client, other, "Product")  # type: ignore[call-overload]
    with pytest.raises(TypeError, match="key is a list of str"):
        compare_rows(client, other, LANGUAGES, "code")  # type: ignore[call-overload]
    assert simulator.ledger() == []
