"""Rows: one after the other, as Arrow, as data frames."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from conftest import QUERY, Connect
from hac_client_core import (
    BasicAuthHandler,
    FlexibleSearchResult,
    HacClient,
    HacClientError,
    HacQueryFailedError,
    HacTimeoutError,
    HacUsageError,
)
from hac_client_core.testing import Simulator, start

WIDE = "SELECT {code}, {ean}, {pk} FROM {Product}"


def test_iter_rows_gives_what_a_result_has(client: HacClient, simulator: Simulator) -> None:
    expected = client.execute_flexiblesearch(WIDE, 0)
    assert len(expected.rows) == 100 and any(cell is None for row in expected.rows for cell in row)
    simulator.clear_ledger()
    for batch_rows in (1, 7, 100, 4096):
        rows = client.iter_rows(WIDE, batch_rows=batch_rows)
        assert rows.headers == expected.headers
        assert list(rows) == expected.rows
        assert list(rows) == []
    assert simulator.summary()["requests"] == 4
    assert next(client.iter_rows(WIDE).dicts()) == expected.to_dicts()[0]


def test_rows_are_read_in_pages_where_that_is_asked_for(client: HacClient, simulator: Simulator) -> None:
    expected = client.execute_flexiblesearch(f"{WIDE} ORDER BY {{pk}}", 0)
    simulator.clear_ledger()
    rows = client.iter_rows(WIDE, paged=True, page_rows=30, batch_rows=7)
    assert rows.headers == expected.headers and list(rows) == expected.rows
    # One for the labels, four pages, and one that finds the end.
    assert simulator.summary()["requests"] == 6
    by_code = sorted(expected.rows, key=lambda row: str(row[0]))
    assert list(client.iter_rows(WIDE, paged=True, key="code", page_rows=30)) == by_code
    numbers = "SELECT {pk} AS number, {code} FROM {Product}"
    assert len(list(client.iter_rows(numbers, paged=True, key="number", key_type="number"))) == 100
    with pytest.raises(HacUsageError, match="came twice, so it is not unique"):
        list(client.iter_rows("SELECT {catalogVersion} AS v FROM {Product}", paged=True, key="v", key_type="number"))


def test_rows_that_come_in_pages_are_written_to_a_parquet_file_in_batches(client: HacClient, tmp_path: Path) -> None:
    pyarrow = pytest.importorskip("pyarrow")
    parquet = pytest.importorskip("pyarrow.parquet")
    expected = list(client.iter_rows(WIDE, paged=True))
    reader = pyarrow.RecordBatchReader.from_stream(client.iter_rows(WIDE, paged=True, page_rows=30, batch_rows=20))
    with parquet.ParquetWriter(tmp_path / "rows.parquet", reader.schema) as writer:
        for batch in reader:
            writer.write_batch(batch)
    assert [list(row.values()) for row in parquet.read_table(tmp_path / "rows.parquet").to_pylist()] == expected


def test_a_text_as_the_key_is_warned_of_unless_the_client_is_quiet(connect: Connect, capfd: pytest.CaptureFixture[str]) -> None:
    for quiet in (False, True):
        client = connect(quiet=quiet)
        assert len(list(client.iter_rows(WIDE, paged=True, key="code"))) == 100
        told = capfd.readouterr().err
        assert told.count('Warning: the key "{code}" is compared as text') == (0 if quiet else 1), told


def test_what_cannot_be_read_in_pages_is_refused_in_terms_of_python(client: HacClient) -> None:
    for query, more, told in (
        (QUERY, {}, "does not select {pk}.*key="),
        (f"{WIDE} ORDER BY {{code}}", {}, "an order of its own.*without paged=True"),
        (WIDE, {"max_count": 5}, "leave out max_count"),
        (WIDE, {"key_type": "date"}, "has to be 'number' or 'text'"),
        (WIDE, {"page_rows": 0}, "page_rows is 0"),
        ("SELECT 1", {"sql": True}, "raw SQL is sent once"),
        (WIDE, {"paged": False, "key": "code"}, "pass paged=True too"),
    ):
        arguments: dict[str, Any] = {"paged": True, **more}
        with pytest.raises(HacUsageError, match=f"(?s){told}"):
            list(client.iter_rows(query, **arguments))


def test_rows_are_the_same_however_they_are_read() -> None:
    # More different texts than are remembered, in more rows than a batch has; names repeat, and some cells are null.
    query = "SELECT {code}, {ean}, {name[en]}, {catalogVersion} FROM {Product}"
    with start("--products", "9000") as simulator:
        client = HacClient(simulator.url, BasicAuthHandler(simulator.username, simulator.password), quiet=True)
        result = client.execute_flexiblesearch(query, 0)
        as_arrow = [list(row.values()) for row in arrow(result).to_pylist()]
        assert len(result.rows) == 9000 == len({row[0] for row in result.rows})
        assert [row[0][-6:] for row in result.rows] == [str(100_000 + index) for index in range(9000)]
        assert result.rows == as_arrow == list(client.iter_rows(query)) == [*client.iter_rows(query, batch_rows=700)]


def test_equal_texts_of_a_column_are_one_string_and_each_row_is_its_own_list(client: HacClient) -> None:
    query = "SELECT {catalogVersion}, {code} FROM {Product}"
    for rows in (client.execute_flexiblesearch(query, 0).rows, list(client.iter_rows(query))):
        assert len({id(row[0]) for row in rows}) == len({row[0] for row in rows}) < 10
        assert len({id(row) for row in rows}) == len(rows) == 100
        rows[0][0] = "changed"
        rows[0].append("more")
        assert all(len(row) == 2 and row[0] != "changed" for row in rows[1:])


def test_iter_rows_of_nothing_has_headers(client: HacClient) -> None:
    rows = client.iter_rows(f"{QUERY} WHERE {{code}} = 'nothing'")
    assert list(rows) == [] and rows.headers == ["p_code"]


def test_iter_rows_of_a_query_that_fails_raises(client: HacClient) -> None:
    with pytest.raises(HacQueryFailedError, match="(?s)expected }") as caught:
        list(client.iter_rows("SELECT {x FROM"))
    assert "execute_sql()" in str(caught.value) and "::" not in str(caught.value)
    with pytest.raises(HacClientError):
        list(client.iter_rows(QUERY, batch_rows=0))


def test_rows_that_break_off_never_look_like_all_rows(client: HacClient) -> None:
    rows = client.iter_rows(QUERY, batch_rows=10)
    next(rows)
    client.close()
    for _ in range(2):
        with pytest.raises(HacClientError):
            list(rows)


def test_rows_that_were_closed_give_their_place_to_another_call(connect: Connect, simulator: Simulator) -> None:
    client = connect(quiet=True, max_in_flight=1)
    rows = client.iter_rows(QUERY, batch_rows=10)
    first = next(rows)
    rows.close()
    assert client.execute_flexiblesearch(QUERY, 1).rows == [first]
    for _ in range(2):
        with pytest.raises(HacUsageError, match="closed before their end: run the query again"):
            next(rows)
    with client.iter_rows(QUERY, batch_rows=10) as again:
        assert next(again) == first
    assert client.execute_flexiblesearch(QUERY, 1).success
    del again
    left = client.iter_rows(QUERY, batch_rows=10)
    assert next(left) == first
    del left
    assert client.execute_flexiblesearch(QUERY, 1).success, "what nobody holds is closed"


def test_rows_that_nobody_reads_block_no_call_beyond_its_time_limit(connect: Connect, simulator: Simulator) -> None:
    client = connect(quiet=True)
    opened = [client.iter_rows(QUERY, batch_rows=10) for _ in range(8)]
    assert all(next(rows) for rows in opened)
    sent = simulator.summary()["requests"]
    limited = client.timeout = 1
    with pytest.raises(HacTimeoutError, match="nothing was sent: 8 calls are in flight") as caught:
        # A client with another time limit has places of its own; the streams of this one are opened anew.
        opened = [client.iter_rows(QUERY, batch_rows=10) for _ in range(9)]
        assert all(next(rows) for rows in opened)
    assert caught.value.may_be_resent and "close()" in (caught.value.hint or "") and "max_in_flight=" in (caught.value.hint or "")
    assert simulator.summary()["requests"] == sent + 8
    opened[0].close()
    assert client.execute_flexiblesearch(QUERY, 1).success and limited == 1


def test_a_loop_and_next_take_from_the_same_rows(client: HacClient) -> None:
    expected = client.execute_flexiblesearch(WIDE, 0).rows
    rows = client.iter_rows(WIDE, batch_rows=7)
    taken = [next(rows), next(rows)]
    for row in rows:
        taken.append(row)
        if len(taken) == 20:
            break
    taken.append(next(rows))
    taken += list(rows)
    assert taken == expected


def arrow(of: Any) -> Any:
    pyarrow = pytest.importorskip("pyarrow")
    return pyarrow.RecordBatchReader.from_stream(of).read_all()


def test_results_are_arrow_streams(client: HacClient) -> None:
    result = client.execute_flexiblesearch(WIDE, 0)
    table = arrow(result)
    assert result._untouched() is not None, "no Python object was made of a row"
    assert table.column_names == result.headers
    assert [list(row.values()) for row in table.to_pylist()] == result.rows
    result.rows[0][0] = "changed"
    assert arrow(result).column(0)[0].as_py() == "changed"
    assert arrow(FlexibleSearchResult(["a"], [], 0)).num_rows == 0
    renamed = client.execute_flexiblesearch(WIDE, 0)
    renamed.headers = ["code", "ean", "pk"]
    assert arrow(renamed).column_names == renamed.headers and renamed._untouched() is not None
    empty = client.execute_flexiblesearch(f"{QUERY} WHERE {{code}} = 'nothing'")
    assert (arrow(empty).num_rows, arrow(empty).column_names) == (0, ["p_code"])


def test_iter_rows_is_an_arrow_stream_of_batches(client: HacClient) -> None:
    expected = client.execute_flexiblesearch(WIDE, 0)
    table = arrow(client.iter_rows(WIDE, batch_rows=30))
    assert [chunk.length() if hasattr(chunk, "length") else len(chunk) for chunk in table.column(0).chunks] == [30, 30, 30, 10]
    assert [list(row.values()) for row in table.to_pylist()] == expected.rows
    nothing = arrow(client.iter_rows(f"{QUERY} WHERE {{code}} = 'nothing'"))
    assert (nothing.num_rows, nothing.column_names) == (0, ["p_code"])
    with pytest.raises(Exception, match="expected }"):
        arrow(client.iter_rows("SELECT {x FROM"))


def test_a_stream_that_is_only_asked_for_its_schema_takes_no_row(client: HacClient) -> None:
    pyarrow = pytest.importorskip("pyarrow")
    expected = client.execute_flexiblesearch(WIDE, 0)
    for more in ({"batch_rows": 30}, {"batch_rows": 4096}, {"paged": True, "page_rows": 30, "batch_rows": 20}):
        settings: dict[str, Any] = more
        # As DuckDB does: two streams for the schema, the first of them still open when a third one is read.
        rows = client.iter_rows(WIDE, **settings)
        opened = pyarrow.RecordBatchReader.from_stream(rows)
        assert opened.schema.names == pyarrow.RecordBatchReader.from_stream(rows).schema.names == expected.headers
        assert [list(row.values()) for row in arrow(rows).to_pylist()] == expected.rows
        rows = client.iter_rows(WIDE, **settings)
        assert pyarrow.RecordBatchReader.from_stream(rows).schema.names == expected.headers
        assert list(rows) == expected.rows


def test_rows_that_an_arrow_stream_has_taken_are_missed_by_no_other_stream(client: HacClient) -> None:
    pyarrow = pytest.importorskip("pyarrow")
    told = "another Arrow stream has taken rows of this query"
    for batch_rows in (30, 4096):
        rows = client.iter_rows(WIDE, batch_rows=batch_rows)
        first, second = (pyarrow.RecordBatchReader.from_stream(rows) for _ in range(2))
        taken = first.read_next_batch().num_rows
        with pytest.raises(Exception, match=f"{told}.*: run the query again"):
            second.read_all()
        assert taken + first.read_all().num_rows == 100
        with pytest.raises(Exception, match=told):
            arrow(rows)
    pages = client.iter_rows(WIDE, paged=True, page_rows=30)
    pyarrow.RecordBatchReader.from_stream(pages).read_next_batch()
    with pytest.raises(Exception, match="go on with resume=rows.position"):
        arrow(pages)
    position = pages.position
    assert position is not None
    assert arrow(client.iter_rows(WIDE, paged=True, resume=position)).num_rows == 100 - position.rows


def test_rows_that_were_taken_one_by_one_are_not_in_the_arrow_stream(client: HacClient) -> None:
    expected = client.execute_flexiblesearch(WIDE, 0).rows
    for taken in (1, 29, 30, 31, 100):
        rows = client.iter_rows(WIDE, batch_rows=30)
        assert [next(rows) for _ in range(taken)] == expected[:taken]
        assert [list(row.values()) for row in arrow(rows).to_pylist()] == expected[taken:]


def test_duckdb_counts_all_rows(client: HacClient) -> None:
    duckdb = pytest.importorskip("duckdb")
    for batch_rows in (7, 4096):
        rows = client.iter_rows(QUERY, batch_rows=batch_rows)
        assert duckdb.sql("select count(*) from rows").fetchall() == [(100,)]
        with pytest.raises(duckdb.Error, match="another Arrow stream"):
            duckdb.sql("select count(*) from rows").fetchall()
        rows = client.iter_rows(QUERY, batch_rows=batch_rows)
        with duckdb.connect() as database:
            database.execute("create table products as select * from rows")
            assert database.execute("select count(*) from products").fetchall() == [(100,)]


def test_an_arrow_stream_that_is_not_read_is_freed(client: HacClient) -> None:
    result = client.execute_flexiblesearch(WIDE, 0)
    for _ in range(10):
        result.__arrow_c_stream__()
        client.iter_rows(WIDE).__arrow_c_stream__()


def test_results_become_data_frames(client: HacClient) -> None:
    pytest.importorskip("pandas")
    pytest.importorskip("polars")
    result = client.execute_flexiblesearch(WIDE, 0)
    assert result.to_polars().rows() == [tuple(row) for row in result.rows]
    frame = result.to_pandas()
    assert list(frame.columns) == result.headers and frame.values.tolist() == result.rows
    twice = FlexibleSearchResult(["code", "code"], [["a", "b"], ["c", None]], 2)  # type: ignore[list-item]
    assert twice.to_polars().columns == ["code", "code_2"]
    assert twice.to_polars().rows() == [("a", "b"), ("c", None)]
    result = client.execute_flexiblesearch(WIDE, 0)
    result.headers = ["code", "ean", "code"]
    assert result.to_polars().columns == ["code", "ean", "code_2"]


def test_surplus_cells_of_a_changed_row_are_an_error(client: HacClient) -> None:
    result = client.execute_flexiblesearch(QUERY, 3)
    result.rows[1].append("more")
    for use in (result.to_dicts, result.__arrow_c_stream__):
        with pytest.raises(HacUsageError, match=r"rows\[1\] has 2 cells, but there are 1 headers"):
            use()
    result.headers.append("more")
    result.rows[0].append("x")
    assert result.to_dicts()[1]["more"] == "more"


MEASURE = """
import resource, sys
from hac_client_core import BasicAuthHandler, HacClient
client = HacClient(sys.argv[1], BasicAuthHandler("admin", sys.argv[2]), quiet=True)
client.login()
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
count = 0
for row in client.iter_rows("SELECT {code}, {ean}, {pk}, {name} FROM {Product}"):
    count += 1
print(count, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before)
"""


def test_any_number_of_rows_takes_the_same_memory() -> None:
    grown = []
    for products in (20_000, 200_000):
        with start("--products", str(products)) as simulator:
            ran = subprocess.run(
                [sys.executable, "-c", MEASURE, simulator.url, simulator.password], capture_output=True, text=True, check=True
            )
        count, kilobytes = map(int, ran.stdout.split())
        assert count == products
        grown.append(kilobytes)
    # 180,000 rows are more than 10 MiB of text.
    assert grown[1] < grown[0] + 6 * 1024, grown
