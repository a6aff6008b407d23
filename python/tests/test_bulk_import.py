"""Imports in chunks: each row exactly once, whatever is lost on the way. The rows are counted in the simulator."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest

from bulk import HEADER, IMPORT, StopsInFlight, after_chunks, counts, each_once, file, imported, is_held, requests, users
from conftest import Connect
from hac_client_core import BulkProgress, HacClient, HacOutcomeUnknownError, HacUsageError
from hac_client_core.testing import Simulator

__all__ = ["file"]


def test_a_file_is_imported_in_chunks_each_row_once_and_in_order(client: HacClient, simulator: Simulator, file: Path) -> None:
    told: list[BulkProgress] = []
    result = client.import_impex_bulk(file, chunk_lines=10, on_progress=told.append)
    assert counts(result) == (50, 50, 0, 0, 5)
    assert result.success and result.is_complete and not result.was_done and result.not_split is None
    assert result.failures == () and result.summary == "Import finished successfully" and result.report is None
    assert result.imported_file is None
    assert [progress.done for progress in told] == [0, 10, 20, 30, 40, 50]
    assert {progress.total for progress in told} == {50} and told[0].rate is None and told[0].time_left is None
    assert told[-1].in_this_call == 50 and told[-1].time_left in (0, None)
    assert requests(simulator) == 5 and simulator.summary()["executed"] == 5
    assert imported(client) == each_once(50)


def test_without_a_number_of_rows_a_small_file_is_one_chunk(client: HacClient, simulator: Simulator, file: Path) -> None:
    assert client.import_impex_bulk(str(file)).chunks == 1
    assert requests(simulator) == 1 and imported(client) == each_once(50)


@pytest.mark.parametrize(("executed", "assume"), [("true", "imported"), ("false", "not_imported")])
def test_a_lost_answer_is_unknown_and_is_decided_by_assume(
    client: HacClient, simulator: Simulator, file: Path, tmp_path: Path, executed: str, assume: str
) -> None:
    client.login()
    after_chunks(simulator, 2, f"reset?execute={executed}")
    report = tmp_path / "report"
    with pytest.raises(HacOutcomeUnknownError, match="lines 22 to 31 of .*users.impex") as caught:
        client.import_impex_bulk(file, chunk_lines=10, report=report)
    assert caught.value.kind == "outcome_unknown" and not caught.value.may_be_resent
    assert 'resume=True, assume="imported"' in str(caught.value.hint) and "--" not in str(caught.value.hint)
    assert (report / "unknown.impex").read_text() == HEADER + "".join(f";bulk{row};x\n" for row in range(20, 30))
    assert (report / "imported.impex").read_text() == users(20)

    # None of these sends anything.
    with pytest.raises(HacUsageError, match="20 of 50 rows are done") as refused:
        client.import_impex_bulk(file, chunk_lines=10)
    assert "resume=True" in str(refused.value.hint) and "restart=True" in str(refused.value.hint)
    with pytest.raises(HacOutcomeUnknownError, match="it is unknown whether lines 22 to 31 were imported"):
        client.import_impex_bulk(file, chunk_lines=10, resume=True)
    status = client.get_bulk_import_status(file)
    assert status is not None
    assert (status.is_done, status.rows, status.imported, status.failed, status.undecided) == (False, 50, 20, 0, ((22, 31),))
    assert requests(simulator) == 3

    # The lines are those of the chunk, or nothing is decided.
    by_lines: dict[Any, Any]
    for by_lines, error, match in (
        ({(1, 11): assume}, HacOutcomeUnknownError, "22 to 31"),
        ({}, HacOutcomeUnknownError, "22 to 31"),
        ({22: assume}, HacUsageError, "lines as in"),
        ({(22, "31"): assume}, TypeError, "a line of assume"),
        ({(22, 31): "maybe"}, HacUsageError, "not 'maybe'"),
    ):
        with pytest.raises(error, match=match):
            client.import_impex_bulk(file, chunk_lines=10, resume=True, assume=by_lines)
    assert requests(simulator) == 3

    decision: Any = assume if executed == "true" else {(22, 31): assume}
    result = client.import_impex_bulk(file, chunk_lines=10, resume=True, assume=decision, report=report)
    assert counts(result) == (50, 50, 0, 0, 5) and imported(client) == each_once(50)
    assert not (report / "unknown.impex").exists() and (report / "imported.impex").read_text() == users(50)
    assert requests(simulator) == (5 if assume == "imported" else 6)


def test_rows_that_fail_are_a_result_with_their_lines_and_files(client: HacClient, simulator: Simulator, tmp_path: Path) -> None:
    file, report = tmp_path / "users.impex", tmp_path / "report"
    file.write_text(users(30).replace(";bulk15;", ";;").replace(";bulk25;", ";;"))
    first = client.import_impex_bulk(file, chunk_lines=10, report=report)
    assert not first.success and not first.is_complete and counts(first) == (30, 19, 1, 10, 2)
    assert [failure.line for failure in first.failures] == [17] and "uid" in first.failures[0].reason
    assert first.report == str(report) and first.failed_file == report / "failed.impex"
    assert first.failed_file.read_text().startswith("# line 17: ") and HEADER + ";;x\n" in first.failed_file.read_text()
    assert first.not_processed_file is not None and first.not_processed_file.read_text().count(";x\n") == 10
    assert first.imported_file is not None and first.imported_file.read_text().count(";x\n") == 19

    # A chunk that failed is not repeated.
    rest = client.import_impex_bulk(file, chunk_lines=10, resume=True, report=report)
    assert counts(rest) == (30, 28, 2, 0, 3) and [failure.line for failure in rest.failures] == [17, 27]
    assert requests(simulator) == 3 and len(imported(client)) == 28

    # What failed can be imported once it is fixed.
    assert rest.failed_file is not None
    fixed = rest.failed_file.read_text().replace("\n;;", "\n;bulk15;", 1).replace("\n;;", "\n;bulk25;", 1)
    assert client.import_impex(fixed).success
    assert sorted(imported(client)) == sorted(each_once(30))


def test_an_import_goes_on_after_failures_if_that_is_wanted(client: HacClient, tmp_path: Path) -> None:
    file = tmp_path / "users.impex"
    file.write_text(users(30).replace(";bulk15;", ";;").replace(";bulk25;", ";;"))
    result = client.import_impex_bulk(file, chunk_lines=10, continue_after_failures=True)
    assert counts(result) == (30, 28, 2, 0, 3) and [failure.line for failure in result.failures] == [17, 27]
    again = client.import_impex_bulk(file, chunk_lines=10, resume=True)
    assert again.was_done and not again.success and again.failed == 2 and [failure.line for failure in again.failures] == [17, 27]


def test_chunks_are_imported_at_the_same_time_each_row_once(client: HacClient, simulator: Simulator, file: Path) -> None:
    client.login()
    simulator.fault(f"/faults/hold?path={IMPORT}&times=3")
    waiting: list[int] = []

    def all_three_are_there() -> bool:
        waiting.append(requests(simulator))
        if waiting[-1] == 3:
            simulator.fault("/faults/release")
        return False

    result = client.import_impex_bulk(file, chunk_lines=10, parallel=3, stop_if=all_three_are_there)
    assert counts(result) == (50, 50, 0, 0, 5) and max(waiting) >= 3
    assert sorted(imported(client)) == sorted(each_once(50)) and requests(simulator) == 5


def test_an_import_that_is_done_is_not_repeated_by_resuming_it(client: HacClient, simulator: Simulator, file: Path) -> None:
    assert client.get_bulk_import_status(file) is None
    assert client.import_impex_bulk(file, chunk_lines=10, resume=True).imported == 50
    simulator.clear_ledger()
    result = client.import_impex_bulk(file, chunk_lines=10, resume=True)
    assert result.was_done and counts(result) == (50, 50, 0, 0, 5)
    status = client.get_bulk_import_status(file)
    assert status is not None and status.is_done and status.undecided == ()
    assert simulator.ledger() == []


def test_a_checkpoint_that_does_not_fit_is_refused(client: HacClient, simulator: Simulator, file: Path) -> None:
    client.login()
    after_chunks(simulator, 1, "reset?execute=true")
    with pytest.raises(HacOutcomeUnknownError):
        client.import_impex_bulk(file, chunk_lines=10)
    file.write_text(users(51))
    with pytest.raises(HacUsageError, match="the file had another content then") as caught:
        client.import_impex_bulk(file, chunk_lines=10, resume=True, assume="imported")
    assert str(caught.value.hint).startswith("restore that content and go on with resume=True, or check on the server")
    assert requests(simulator) == 2
    file.write_text(HEADER + ";bulk-other;x\n")
    assert client.import_impex_bulk(file, chunk_lines=10, restart=True).imported == 1


def test_checkpoints_are_where_the_program_wants_them(client: HacClient, file: Path, tmp_path: Path, home: Path) -> None:
    client.import_impex_bulk(file, chunk_lines=10, state_directory=tmp_path / "state")
    assert [path.suffix for path in (tmp_path / "state").iterdir() if path.suffix == ".json"] == [".json"]
    status = client.get_bulk_import_status(file, state_directory=tmp_path / "state")
    assert status is not None and status.is_done
    assert client.get_bulk_import_status(file) is None and not list(home.glob("**/imports"))


def test_a_file_that_cannot_be_split_is_sent_as_a_whole(client: HacClient, simulator: Simulator, tmp_path: Path) -> None:
    file = tmp_path / "users.impex"
    file.write_text(users(25) + "#% if: false\n" + HEADER + ";never;x\n#% endif:\n")
    with pytest.raises(HacUsageError, match=r"users\.impex:28: the file cannot be split"):
        client.import_impex_bulk(file, chunk_lines=10)
    assert requests(simulator) == 0
    result = client.import_impex_bulk(file, code_execution=True)
    assert result.chunks == 1 and "users.impex:28: " in str(result.not_split)
    assert imported(client) == each_once(25)


def test_a_file_of_another_encoding_is_read_as_it_is_named(client: HacClient, simulator: Simulator, tmp_path: Path) -> None:
    file = tmp_path / "users.impex"
    file.write_bytes((HEADER + ";bulk-é;x\n").encode("latin-1"))
    with pytest.raises(HacUsageError, match="not valid UTF-8") as caught:
        client.import_impex_bulk(file)
    assert 'encoding="ISO-8859-1"' in str(caught.value.hint) and requests(simulator) == 0
    assert client.import_impex_bulk(file, encoding="ISO-8859-1").success
    assert imported(client) == ["bulk-é"]


def test_an_import_stops_if_the_program_wants_it(client: HacClient, simulator: Simulator, file: Path) -> None:
    client.login()
    after_chunks(simulator, 2, "hold?execute=true")
    result = client.import_impex_bulk(file, chunk_lines=10, stop_if=StopsInFlight(simulator, 3))
    assert result.success and not result.is_complete and counts(result) == (50, 30, 0, 20, 3)
    assert requests(simulator) == 3
    assert client.import_impex_bulk(file, chunk_lines=10, resume=True).is_complete
    assert imported(client) == each_once(50)


def test_only_one_process_imports_a_file(connect: Connect, simulator: Simulator, file: Path) -> None:
    client, other = connect(quiet=True), connect(quiet=True)
    client.login()
    after_chunks(simulator, 0, "hold?execute=true")
    refused: list[HacUsageError] = []

    def tries() -> bool:
        if not refused and is_held(simulator, 1):
            with pytest.raises(HacUsageError, match="another process is importing this file") as caught:
                other.import_impex_bulk(file, chunk_lines=10, restart=True)
            refused.append(caught.value)
            simulator.fault("/faults/release")
        return False

    assert client.import_impex_bulk(file, chunk_lines=10, stop_if=tries).is_complete
    assert refused and imported(client) == each_once(50)


def test_nothing_is_sent_for_arguments_that_do_not_fit(client: HacClient, simulator: Simulator, file: Path) -> None:
    refused: list[tuple[dict[str, Any], type[Exception], str]] = [
        ({"resume": True, "restart": True}, HacUsageError, "resume and restart cannot both be true"),
        ({"assume": "imported"}, HacUsageError, "pass resume=True too"),
        ({"resume": True, "assume": "perhaps"}, HacUsageError, "assume is 'imported' or 'not_imported', not 'perhaps'"),
        ({"chunk_lines": 0}, HacUsageError, "chunk_lines is 0, but has to be at least 1"),
        ({"parallel": 2**16}, HacUsageError, "parallel is 65536, but can be 65535 at most"),
        ({"validation_mode": "bogus"}, HacUsageError, "import_strict"),
        ({"encoding": "klingon"}, HacUsageError, "klingon is not a known encoding"),
        ({"report": ""}, HacUsageError, "report is empty"),
        ({"on_progress": 3}, TypeError, "on_progress is a function or None, not int"),
        ({"stop_if": 3}, TypeError, "stop_if is a function or None, not int"),
        ({"path": b"x"}, TypeError, "path is a path or a str, not bytes"),
        ({"path": file.parent / "missing.impex"}, HacUsageError, "the file does not exist"),
        ({"path": os.curdir}, HacUsageError, "not a regular file"),
    ]
    for given, kind, sentence in refused:
        with pytest.raises(kind, match=sentence):
            client.import_impex_bulk(**{"path": file, **given})
    assert simulator.ledger() == []
