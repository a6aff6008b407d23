"""Positions: rows that go on where others have stopped, each row once."""

from __future__ import annotations

import asyncio
import copy
import itertools
import pickle
import sys
from typing import Any

import pytest

from conftest import QUERY, run_python
from hac_client_core import AsyncHacClient, BasicAuthHandler, HacClient, HacClientError, HacUsageError, PagePosition
from hac_client_core.testing import Simulator

WIDE = "SELECT {code}, {ean}, {pk} FROM {Product}"
PAGED: dict[str, Any] = {"paged": True, "page_rows": 30}


def behind(rows: list[list[str]]) -> PagePosition:
    return PagePosition(rows[-1][2], len(rows))


@pytest.mark.parametrize("batch_rows", [1, 7, 4096])
def test_rows_go_on_behind_any_row(client: HacClient, batch_rows: int) -> None:
    settings = {**PAGED, "batch_rows": batch_rows}
    expected = list(client.iter_rows(WIDE, **settings))
    assert len(expected) == 100
    for taken in (1, 29, 30, 31, 64, 99, 100):
        rows = client.iter_rows(WIDE, **settings)
        assert rows.position is None
        first = list(itertools.islice(rows, taken))
        assert rows.position == behind(first)
        rows.close()
        rest = client.iter_rows(WIDE, **settings, resume=rows.position)
        assert rest.position == behind(first)
        assert first + list(rest) == expected and rest.position == behind(expected), taken


def test_rows_go_on_page_by_page_as_if_they_had_never_stopped(client: HacClient, simulator: Simulator) -> None:
    expected = list(client.iter_rows(WIDE, **PAGED))
    whole: list[list[str]] = []
    position: PagePosition | None = None
    simulator.clear_ledger()
    for _ in range(4):
        with client.iter_rows(WIDE, **PAGED, resume=position) as rows:
            whole += itertools.islice(rows, 30)
            position = rows.position
    assert whole == expected
    texts = [dict(entry["form"])["flexibleSearchQuery"] for entry in simulator.ledger()]
    first_pages = [text for text in texts if f">= {expected[29][2]}" in text]
    assert first_pages, "the page behind the position is asked for"


def test_every_way_to_take_rows_moves_the_position(client: HacClient) -> None:
    expected = list(client.iter_rows(WIDE, **PAGED))
    rows = client.iter_rows(WIDE, **PAGED, batch_rows=7)
    assert rows.headers and rows.position is None
    assert next(rows) == expected[0] and rows.position == behind(expected[:1])
    for number, row in enumerate(rows, 2):
        assert rows.position == behind(expected[:number])
        if number == 10:
            break
    dicts = rows.dicts()
    next(dicts)
    assert rows.position == behind(expected[:11])
    assert [rows.position.rows for _ in dicts if rows.position] == list(range(12, 101))
    assert rows.position == behind(expected)
    unpaged = client.iter_rows(QUERY)
    assert len(list(unpaged)) == 100 and unpaged.position is None


def test_batches_of_arrow_move_the_position(client: HacClient) -> None:
    pyarrow = pytest.importorskip("pyarrow")
    expected = list(client.iter_rows(WIDE, **PAGED))
    rows = client.iter_rows(WIDE, **PAGED, batch_rows=40)
    first = [next(rows) for _ in range(3)]
    reader = pyarrow.RecordBatchReader.from_stream(rows)
    for taken in (40, 80):
        first += [list(row.values()) for row in reader.read_next_batch().to_pylist()]
        assert rows.position == behind(expected[:taken])
    assert first + list(client.iter_rows(WIDE, **PAGED, resume=rows.position)) == expected


def test_a_text_can_be_the_key_of_a_position(client: HacClient) -> None:
    query = "SELECT {pk}, {code} FROM {Product}"
    expected = list(client.iter_rows(query, **PAGED, key="code"))
    rows = client.iter_rows(query, **PAGED, key="code")
    first = list(itertools.islice(rows, 45))
    assert rows.position == PagePosition(first[-1][1], 45)
    assert first + list(client.iter_rows(query, **PAGED, key="code", resume=rows.position)) == expected


def test_rows_that_were_closed_in_their_loop_end_there(client: HacClient) -> None:
    rows = client.iter_rows(WIDE, **PAGED)
    taken: list[list[str]] = []
    with pytest.raises(HacUsageError, match="closed before their end: go on with resume=rows.position"):
        for row in rows:
            taken.append(row)
            if len(taken) == 95:
                rows.close()
    assert len(taken) == 95 and rows.position == behind(taken)
    assert len(list(client.iter_rows(WIDE, **PAGED, resume=rows.position))) == 5


@pytest.mark.parametrize("pages", [1, 2, 3])
def test_rows_go_on_behind_a_failure(client: HacClient, simulator: Simulator, pages: int) -> None:
    expected = list(client.iter_rows(WIDE, **PAGED))
    # One request more, for the labels.
    simulator.fault(f"/faults/delay?path=/flexsearch/execute&ms=0&times={pages + 1}")
    simulator.fault("/faults/status?path=/flexsearch/execute&status=400&times=1")
    rows = client.iter_rows(WIDE, **PAGED, batch_rows=7)
    taken: list[list[str]] = []
    with pytest.raises(HacClientError):
        taken.extend(rows)
    assert rows.position == (behind(taken) if taken else None)
    assert len(taken) >= (pages - 1) * 30
    with pytest.raises(HacUsageError, match=r"some are missing: (go on with resume=rows\.position|run the query again)"):
        next(rows)
    assert taken + list(client.iter_rows(WIDE, **PAGED, resume=rows.position)) == expected


PROGRAM = """
import os, sys
from hac_client_core import BasicAuthHandler, HacClient
client = HacClient(sys.argv[1], BasicAuthHandler("admin", sys.argv[2]), quiet=True)
rows = client.iter_rows(sys.argv[3], paged=True, page_rows=30)
for row in rows:
    print(rows.position, flush=True)
    if rows.position.rows == 42:
        os._exit(9)
"""


def test_another_process_goes_on_behind_the_position_of_one_that_was_killed(client: HacClient, simulator: Simulator) -> None:
    expected = list(client.iter_rows(WIDE, **PAGED))
    ran = run_python(PROGRAM, simulator.url, simulator.password, WIDE)
    assert ran.returncode == 9, ran.stderr
    position = PagePosition.parse(ran.stdout.splitlines()[-1])
    assert position == behind(expected[:42])
    assert list(client.iter_rows(WIDE, **PAGED, resume=position)) == expected[42:]


def test_a_position_is_a_value() -> None:
    position = PagePosition('a"ß', 7)
    assert str(position) == '{"key":"a\\"ß","rows":7}'
    for again in (pickle.loads(pickle.dumps(position)), copy.deepcopy(position), PagePosition.parse(str(position))):
        assert again == position and hash(again) == hash(position) and again is not position
    assert position != PagePosition('a"ß', 8) and position != PagePosition("a", 7)
    assert PagePosition.parse(' {"rows": 7, "key": "a", "more": null} ') == PagePosition("a", 7)
    deep = "[" * (sys.getrecursionlimit() * 2)
    for text in ("", "[]", "7", '"a"', "{}", '{"key":"a"}', '{"key":1,"rows":1}', '{"key":"a","rows":-1}', '{"key":"a","rows":true}', deep):
        with pytest.raises(HacUsageError, match="text is not that of a position"):
            PagePosition.parse(text)
    with pytest.raises(TypeError, match="text is a str, not int"):
        PagePosition.parse(7)  # type: ignore[arg-type]


def test_a_position_that_cannot_be_gone_on_from_is_refused_before_anything_is_sent(client: HacClient, simulator: Simulator) -> None:
    refused: list[tuple[Any, dict[str, Any], type[Exception], str]] = [
        (PagePosition("1", 1), {}, HacUsageError, "resume is for pages; pass paged=True too"),
        ('{"key":"1","rows":1}', PAGED, TypeError, "resume is a PagePosition or None, not str"),
        (PagePosition(1, 1), PAGED, TypeError, "the key of resume is a str, not int"),  # type: ignore[arg-type]
        (PagePosition("1", -1), PAGED, HacUsageError, "the number of rows of resume is -1"),
        (PagePosition("no number", 1), PAGED, HacUsageError, "no number"),
    ]
    for resume, settings, kind, told in refused:
        with pytest.raises(kind, match=told):
            list(client.iter_rows(WIDE, **settings, resume=resume))
    assert not [entry for entry in simulator.ledger() if entry["path"].endswith("/execute")]


def test_coroutines_go_on_behind_a_position(simulator: Simulator) -> None:
    async def main() -> None:
        auth = BasicAuthHandler("admin", simulator.password)
        async with AsyncHacClient(simulator.url, auth, quiet=True) as client:
            expected = [row async for row in client.iter_rows(WIDE, **PAGED)]
            for taken in (1, 30, 45, 100):
                async with client.iter_rows(WIDE, **PAGED, batch_rows=7) as rows:
                    assert rows.position is None
                    first = [await anext(rows) for _ in range(taken)]
                assert rows.position == behind(first)
                rest = client.iter_rows(WIDE, **PAGED, resume=rows.position)
                assert first + [row async for row in rest] == expected and rest.position == behind(expected)

    asyncio.run(main())
