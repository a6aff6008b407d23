"""Other values in place of those of some columns, in copies and in rows that are read; and copies that somebody watches."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from hac_client_core import AsyncHacClient, BasicAuthHandler, HacClient, HacUsageError
from hac_client_core.testing import Simulator, start

KEY = "a key for the tests"
CUSTOMERS = "INSERT Customer;uid;name\n;anna@shop.example.de;Anna Secret\n;bert@shop.example.de;\n"
QUERY = "SELECT {uid}, {name} FROM {Customer} WHERE {uid} LIKE '%@shop.example.de' ORDER BY {uid}"
COPIED = "SELECT {uid}, {name} FROM {Customer} WHERE {uid} LIKE '%@shop.example.de'"


@pytest.fixture
def shop(client: HacClient) -> HacClient:
    """A client of a server with two customers."""
    assert client.import_impex(CUSTOMERS).success
    return client


@pytest.fixture
def large() -> Iterator[Simulator]:
    """A server with so many products that a copy has several pieces."""
    with start("--products", "1200") as simulator:
        yield simulator


def asynchronous(simulator: Simulator) -> AsyncHacClient:
    return AsyncHacClient(simulator.url, BasicAuthHandler("admin", simulator.password), quiet=True)


def test_masked_values_are_nowhere_in_a_copy_and_the_same_with_the_same_key(
    shop: HacClient, simulator: Simulator, tmp_path: Path
) -> None:
    mask = {"uid": "fake", "NAME": "hash"}
    texts: list[str] = []
    for number, key in enumerate([KEY, KEY, "another key for them"]):
        file = tmp_path / f"{number}.impex"
        assert shop.write_copy(shop.plan_copy(COPIED, mask=mask, mask_key=key), file).rows == 2
        texts.append(file.read_text())
    assert texts[0] == texts[1] != texts[2]
    assert not [text for text in texts if "shop.example.de" in text or "Secret" in text]
    rows = sorted((line.split(";")[1:] for line in texts[0].splitlines()[1:]), key=lambda row: len(row[1]))
    assert [row[0].endswith("@example.com") for row in rows] == [True, True]
    assert [len(row[1]) for row in rows] == [0, 32]

    async def main() -> None:
        async with asynchronous(simulator) as other:
            plan = await other.plan_copy(COPIED, mask=mask, mask_key=KEY)
            await other.write_copy(plan, tmp_path / "async.impex")

    asyncio.run(main())
    assert (tmp_path / "async.impex").read_text() == texts[0]


@pytest.mark.parametrize(
    "what, mask, key, why, hint",
    [
        (COPIED, {"uid": "hash"}, None, "rows are found by uid", "mask_key that you keep"),
        ("StockLevel", {"available": "hash"}, KEY, "available is no text", 'mask={"available": "fake"}'),
        ("Product", {"catalogVersion": "fake"}, KEY, "names something else", 'exclude=["catalogVersion"]'),
        ("Product", {"eann": "hash"}, KEY, "there is no column eann", "did you mean ean?"),
        ("Product", {"ean": "hash"}, "short", "fewer than 16 characters", "mask_key"),
    ],
)
def test_what_cannot_be_masked_is_a_usage_error(
    client: HacClient, what: str, mask: dict[str, str], key: str | None, why: str, hint: str
) -> None:
    with pytest.raises(HacUsageError) as raised:
        client.plan_copy(what, mask=mask, mask_key=key)
    assert why in str(raised.value) and hint in (raised.value.hint or ""), raised.value
    assert "::" not in f"{raised.value} {raised.value.hint}"


def test_a_mask_is_hash_or_fake_and_nothing_is_sent_for_another(client: HacClient, simulator: Simulator) -> None:
    before = len(simulator.ledger())
    for wrong in ("Hash", "", "sha1"):
        for call in (lambda: client.plan_copy("Product", mask={"ean": wrong}), lambda: client.iter_rows(QUERY, mask={"uid": wrong})):
            with pytest.raises(HacUsageError, match="the mask of .* is 'hash' or 'fake'"):
                call()
    with pytest.raises(TypeError, match="mask is a dict, not list"):
        client.iter_rows(QUERY, mask=["uid"])  # type: ignore[arg-type]
    with pytest.raises(TypeError, match="mask_key"):
        client.iter_rows(QUERY, mask={"uid": "hash"}, mask_key=b"x" * 16)  # type: ignore[arg-type]
    with pytest.raises(HacUsageError, match="fewer than 16 characters"):
        client.iter_rows(QUERY, mask={"uid": "hash"}, mask_key="short")
    assert len(simulator.ledger()) == before


def test_rows_are_masked_as_they_are_read(shop: HacClient, simulator: Simulator) -> None:
    mask = {"uid": "hash", "name": "fake"}
    rows = list(shop.iter_rows(QUERY, mask=mask, mask_key=KEY))
    plain = list(shop.iter_rows(QUERY))
    assert [len(row[0]) for row in rows] == [32, 32] and rows[0][0] != rows[1][0]
    assert rows[1][1] == plain[1][1] and rows[0][1] != plain[0][1] == "Anna Secret"
    assert [len(word) for word in rows[0][1].split(" ")] == [4, 6]
    assert list(shop.iter_rows(QUERY, mask=mask, mask_key=KEY)) == rows
    assert list(shop.iter_rows(QUERY, mask=mask)) != list(shop.iter_rows(QUERY, mask=mask)), "a key for each call"
    with pytest.raises(HacUsageError, match="there is no column emial"):
        list(shop.iter_rows(QUERY, mask={"emial": "hash"}))

    async def main() -> None:
        async with asynchronous(simulator) as other:
            assert [row async for row in other.iter_rows(QUERY, mask=mask, mask_key=KEY)] == rows
            with pytest.raises(HacUsageError, match="there is no column emial"):
                async for row in other.iter_rows(QUERY, mask={"emial": "hash"}):
                    raise AssertionError(row)

    asyncio.run(main())


def test_masked_rows_are_masked_in_arrow_too(shop: HacClient) -> None:
    pyarrow = pytest.importorskip("pyarrow")
    table: Any = pyarrow.table(shop.iter_rows(QUERY, mask={"uid": "hash"}, mask_key=KEY))
    assert {len(uid) for uid in table.column(0).to_pylist()} == {32}


def test_the_key_of_pages_is_not_masked_and_other_columns_are(client: HacClient) -> None:
    query = "SELECT {pk}, {code}, {ean} FROM {Product}"
    rows = client.iter_rows(query, paged=True, page_rows=30, mask={"code": "hash"}, mask_key=KEY)
    first = next(rows)
    position = rows.position
    assert len(first[1]) == 32 and position is not None and position.key == first[0]
    rest = client.iter_rows(query, paged=True, page_rows=30, resume=position, mask={"code": "hash"}, mask_key=KEY)
    assert [first, *rest] == [first, *rows]
    for mask, key in (({"pk": "hash"}, None), ({"code": "fake"}, "code")):
        with pytest.raises(HacUsageError, match="whose values are needed to read on") as raised:
            list(client.iter_rows(query, paged=True, key=key, mask=mask))
        assert "key=" in (raised.value.hint or "")


def test_a_copy_tells_how_many_rows_are_written(large: Simulator, tmp_path: Path) -> None:
    client = HacClient(large.url, BasicAuthHandler("admin", large.password), quiet=True)
    plan = client.plan_copy("Product", page_rows=400)
    told: list[int] = []
    assert client.write_copy(plan, tmp_path / "products.impex", on_progress=told.append).rows == 1200
    assert told == sorted(set(told)) and told[-1] == 1200

    async def main() -> None:
        async with asynchronous(large) as other:
            later: list[int] = []
            await other.write_copy(await other.plan_copy("Product"), tmp_path / "again.impex", on_progress=later.append)
            assert later[-1] == 1200

    asyncio.run(main())


def test_a_copy_that_a_callback_cancels_behind_its_last_row_leaves_no_file(large: Simulator, tmp_path: Path) -> None:
    folder = tmp_path / "copies"
    folder.mkdir()

    async def main() -> None:
        async with asynchronous(large) as client:
            plan = await client.plan_copy("Product")
            for _ in range(30):
                running: list[asyncio.Task[Any]] = []

                def cancels(rows: int) -> None:
                    if rows == 1200:
                        running[0].cancel()

                running.append(asyncio.create_task(client.write_copy(plan, folder / "products.impex", on_progress=cancels)))
                with pytest.raises(asyncio.CancelledError):
                    await running[0]
                assert list(folder.iterdir()) == []

    asyncio.run(main())


@pytest.mark.parametrize("overwrite", [False, True])
def test_what_a_callback_raises_ends_the_copy_and_leaves_no_file(large: Simulator, tmp_path: Path, overwrite: bool) -> None:
    client = HacClient(large.url, BasicAuthHandler("admin", large.password), quiet=True)
    folder = tmp_path / "copies"
    folder.mkdir()
    target = folder / "products.impex"
    if overwrite:
        target.write_text("mine")
    plan = client.plan_copy("Product", page_rows=400)

    def fails_at(first: int) -> Callable[[int], None]:
        def fails(rows: int) -> None:
            if rows >= first:
                raise LookupError("on purpose")

        return fails

    def check() -> None:
        assert [file.name for file in folder.iterdir()] == (["products.impex"] if overwrite else [])
        assert not overwrite or target.read_text() == "mine"

    # Behind the last row, the file is about to appear.
    for first in [1, *[1200] * 5]:
        with pytest.raises(LookupError, match="on purpose"):
            client.write_copy(plan, target, overwrite=overwrite, on_progress=fails_at(first))
        check()
    with pytest.raises(TypeError, match="on_progress is a function or None"):
        client.write_copy(plan, target, on_progress=3)  # type: ignore[arg-type]

    async def main() -> None:
        async with asynchronous(large) as other:
            with pytest.raises(LookupError, match="on purpose"):
                await other.write_copy(plan, target, overwrite=overwrite, on_progress=fails_at(1200))
            check()

    asyncio.run(main())
