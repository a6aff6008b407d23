"""What each operation sends and returns."""

from __future__ import annotations

import asyncio
import dataclasses
import json
import pickle
from pathlib import Path
from typing import Any

import pytest

from conftest import QUERY
from hac_client_core import (
    Acknowledgement,
    AsyncHacClient,
    BasicAuthHandler,
    FlexibleSearchResult,
    HacClient,
    HacOutcomeUnknownError,
    HacProtocolError,
    HacUsageError,
    ImpexResult,
    PkAnalysis,
    _updates,
)
from hac_client_core.testing import Simulator, start


def forms(simulator: Simulator, path: str) -> list[dict[str, str]]:
    return [dict(entry["form"]) for entry in simulator.ledger() if entry["path"].endswith(path)]


def test_a_query_returns_headers_and_rows(client: HacClient) -> None:
    result = client.execute_flexiblesearch(QUERY, 3)
    assert result.success and result.exception is None
    assert result.headers == ["p_code"]
    assert len(result) == 3 and result.result_count == 3 and result.truncated
    assert result.rows == [["CAM-100000"], ["LEN-100001"], ["DIS-100002"]]
    assert result.to_dicts()[0] == {"p_code": "CAM-100000"}


def test_a_query_that_fails_is_a_result(client: HacClient) -> None:
    result = client.execute_flexiblesearch("SELECT {x FROM")
    assert not result.success and result.rows == [] and result.headers == []
    assert result.exception == "expected } after an attribute, found FROM"


def test_results_can_be_compared_copied_and_pickled(client: HacClient) -> None:
    result = client.execute_flexiblesearch(QUERY, 2)
    again = pickle.loads(pickle.dumps(result))
    assert again == result and again.truncated
    assert dataclasses.replace(result, result_count=7).rows == result.rows
    assert result == FlexibleSearchResult(["p_code"], [["CAM-100000"], ["LEN-100001"]], 2, result.execution_time_ms)
    assert repr(result).startswith("FlexibleSearchResult(headers=['p_code'], rows=[['CAM-100000'], ['LEN-100001']], result_count=2")
    with pytest.raises(AttributeError):
        result.nothing  # type: ignore[attr-defined]


def test_parameters_become_literals(client: HacClient, simulator: Simulator) -> None:
    result = client.execute_flexiblesearch(f"{QUERY} WHERE {{code}} = ?code", params={"code": "CAM-100000"})
    assert result.rows == [["CAM-100000"]]
    assert forms(simulator, "/flexsearch/execute")[-1]["flexibleSearchQuery"].endswith("= 'CAM-100000'")
    with pytest.raises(HacUsageError, match="(?s)code.*params="):
        client.execute_flexiblesearch(f"{QUERY} WHERE {{code}} = ?code AND {{ean}} = ?ean", params={"ean": "1"})


def test_javascript_runs_and_returns_its_value(client: HacClient) -> None:
    result = client.execute_script("n + 1", "javascript", params={"n": 41})
    assert (result.success, result.execution_result, result.commit_mode) == (True, "42", False)
    failed = client.execute_script("throw 'on purpose'", "javascript")
    assert not failed.success and "on purpose" in (failed.stacktrace_text or "")


def test_sql_runs(client: HacClient, simulator: Simulator) -> None:
    assert client.execute_sql("SELECT 1 AS one").rows == [["1"]]
    assert forms(simulator, "/flexsearch/execute")[-1]["sqlQuery"] == "SELECT 1 AS one"


def test_an_import_reports_its_failures_with_their_lines(client: HacClient, tmp_path: Path) -> None:
    done = client.import_impex("INSERT_UPDATE Language;isocode[unique=true]\n;xx\n")
    assert done == ImpexResult(True, "Import finished successfully") and done.failures == []
    failed = client.import_impex("INSERT_UPDATE User;uid[unique=true];name\nNobody;a;b\n", "IMPORT_RELAXED")
    assert (failed.success, failed.error) == (False, "Import has encountered problems.")
    assert [failure.line for failure in failed.failures] == [2]
    script = tmp_path / "script.impex"
    script.write_text("INSERT_UPDATE Language;isocode[unique=true]\n;yy\n")
    assert client.import_impex(script).success
    assert client.import_impex(script.read_bytes()).success
    with pytest.raises(HacUsageError, match="import_strict"):
        client.import_impex("x", "bogus")


def test_a_distributed_import_is_waited_for_as_long_as_is_asked_for(client: HacClient, simulator: Simulator) -> None:
    script = "INSERT Language;isocode[unique=true]\n;{}\n"
    simulator.fault("/faults/hold-import-jobs?on=true")
    with pytest.raises(HacOutcomeUnknownError, match="has not ended after 0.25 s"):
        client.import_impex(script.format("xx"), distributed_mode=True, wait_limit=0.25)

    async def main() -> None:
        async with AsyncHacClient(simulator.url, BasicAuthHandler("admin", simulator.password), quiet=True) as other:
            with pytest.raises(HacOutcomeUnknownError, match="has not ended after 0.25 s"):
                await other.import_impex(script.format("yy"), distributed_mode=True, wait_limit=0.25)

    asyncio.run(main())
    simulator.fault("/faults/hold-import-jobs?on=false")
    for code, limit in (("aa", None), ("bb", 60), ("cc", float("inf"))):
        assert client.import_impex(script.format(code), distributed_mode=True, wait_limit=limit).success
    with pytest.raises(HacUsageError, match="wait_limit is 0, but has to be more than 0 seconds; None means no limit"):
        client.import_impex(script.format("zz"), distributed_mode=True, wait_limit=0)


def test_a_script_is_validated_without_being_imported(client: HacClient, simulator: Simulator) -> None:
    client.login()
    simulator.clear_ledger()
    assert client.validate_impex("INSERT_UPDATE Language;isocode[unique=true]\n;zz\n").success
    assert not client.execute_flexiblesearch("SELECT {isocode} FROM {Language} WHERE {isocode} = 'zz'").rows


def test_an_export_lands_in_a_file(client: HacClient, tmp_path: Path) -> None:
    target = tmp_path / "export.zip"
    result = client.export_impex("INSERT_UPDATE Language;isocode[unique=true]\n\"#% impex.exportItems(\"\"Language\"\", false);\"\n", target)
    assert result.success, result
    assert target.read_bytes()[:2] == b"PK" and result.entries


def test_hac_is_found_without_a_login(client: HacClient, simulator: Simulator) -> None:
    simulator.clear_ledger()
    found = client.find_hac()
    assert found.context_path == "/hac" and found.node is None
    assert [entry["path"] for entry in simulator.ledger()] == ["/hac/", "/hac/login"]


def test_the_platform_answers(client: HacClient, tmp_path: Path) -> None:
    assert client.get_about()
    properties = {item.key: item for item in client.get_properties()}
    assert properties
    assert client.set_property("a.test", "1").success
    assert {item.key: item.value for item in client.get_properties()}["a.test"] == "1"
    change = client.replace_property("a.test", "2")
    assert change.success and change.previous == "1"
    assert client.replace_property("a.new.test", "2").previous is None
    loggers = client.get_loggers()
    assert client.set_log_level(loggers[0].name, "DEBUG").success
    level = client.replace_log_level(loggers[0].name, "WARN")
    assert level.success and level.previous == "DEBUG"
    assert client.set_log_level(loggers[0].name, "INFO").previous is None
    assert client.get_types() and "code" in [name.lower() for name in client.get_type_attributes("Product") or []]
    assert client.get_type_attributes("Nothing") is None
    pk = client.execute_flexiblesearch("SELECT {pk} FROM {Product}", 1).rows[0][0]
    assert client.analyze_pk(pk).fields
    assert isinstance(client.get_cron_jobs(), list)
    assert client.clear_region_cache() is not None
    assert client.switch_jdbc_log(True) is not None and client.switch_jdbc_log(False, "params") is not None
    assert client.clear_jdbc_log() is not None
    assert client.download_jdbc_log(tmp_path / "jdbc.log") >= 0
    assert client.get_support_files() is not None


def test_an_update_runs_and_its_log_is_followed() -> None:
    with start("--update-seconds", "0") as simulator:
        from hac_client_core import BasicAuthHandler

        client = HacClient(simulator.url, BasicAuthHandler("admin", simulator.password), quiet=True)
        data = client.get_update_data()
        assert not data.is_initializing and data.get_patches_extension().name == "samplepatches"  # type: ignore[union-attr]
        lines: list[str] = []
        run = client.run_update(create_essential_data=True, on_line=lambda line: lines.append(line.text), poll_interval=0.1)
        assert run.success and lines, run
        assert client.get_update_status() == "idle"
        log = client.get_update_log()
        assert log.is_complete and not log.has_errors and "FINISHED" in log.log_text
        assert client.follow_update_log(poll_interval=0.1).success
        with pytest.raises(HacUsageError, match="samplestore"):
            client.run_update(extensions=["samplestor"])
        simulator.clear_ledger()
        plan = client.plan_update(create_essential_data=True, patches=["Patch_2602_1_0"])
        assert plan["createEssentialData"] is True and plan["initMethod"] == "UPDATE"
        assert plan["allParameters"]["samplepatches_Patch_2602_1_0"] == ["yes"]
        assert client.plan_update(initialize=True)["initMethod"] == "INIT"
        configuration = json.loads(client.dump_configuration(patches=["Patch_2602_1_0"]))
        assert configuration
        with pytest.raises(HacUsageError, match="samplestore"):
            client.plan_update(extensions=["samplestor"])
        assert simulator.summary()["executed"] == 0
        result = client.execute_update(patches={"samplepatches_Patch_2601_1_0": "yes"})
        assert result.success and result.is_finished


def test_a_pk_is_decoded_into_the_servers_names(client: HacClient) -> None:
    pk = client.analyze_pk(client.execute_flexiblesearch("SELECT {pk} FROM {Product}", 1).rows[0][0])
    assert pk.fields["pkString"] == pk.pk and len(pk.fields["bits"]) == 64
    assert (pk.success, pk.failure, pk.type_code, pk.composed_type) == (True, None, 1, "Product")
    wrong = client.analyze_pk("nonsense")
    assert not wrong.success and wrong.failure and wrong.type_code is None


@pytest.mark.parametrize(
    ("fields", "failure"),
    [
        ({"pkAsHex": "1"}, None),
        ({"possibleException": "no PK"}, "no PK"),
        ({"possibleException": {"localizedMessage": " no number "}}, "no number"),
        ({"possibleException": {}}, "the server gave no reason"),
        ({"pkString": "x"}, "the server returned nothing about it"),
    ],
)
def test_what_is_no_pk_says_why(fields: dict[str, Any], failure: str | None) -> None:
    assert PkAnalysis("x", fields).failure == failure


def test_changes_without_a_result_return_the_servers_answer(client: HacClient) -> None:
    files = client.get_support_files()
    for answer in (client.clear_region_cache(), client.switch_jdbc_log(True), client.clear_jdbc_log(), client.prepare_support_zip(files)):
        assert isinstance(answer, Acknowledgement) and answer.success and isinstance(answer.answer, dict)


@pytest.mark.parametrize(
    ("answer", "success"),
    [
        ({"success": True}, True),
        ({"success": "true", "failures": 0, "errors": []}, True),
        ({}, True),
        ({"success": False}, False),
        ({"success": None}, False),
        ({"error": "x"}, False),
        ({"exception": {"message": "x"}}, False),
        ({"message": "It failed"}, False),
        ([], False),
        (None, False),
    ],
)
def test_an_answer_that_reports_a_failure_is_no_success(answer: Any, success: bool) -> None:
    assert Acknowledgement(answer).success is success


def test_pending_patches_keep_what_the_server_says_of_them(client: HacClient) -> None:
    found = client.get_pending_patches()
    assert found["core"][0]["required"] is True and found["core"][0]["name"] == "Indexes of the type system"
    told = {"core": [{"hash": "h", "required": None, "description": "d"}], "none": None, "empty": []}
    assert _updates.pending_patches(told) == {
        "core": [{"hash": "h", "name": "h", "required": False, "description": "d"}],
        "none": [],
        "empty": [],
    }
    for answer in ({"core": ["h"]}, {"core": [{"name": "n"}]}, {"core": 3}):
        with pytest.raises(HacProtocolError, match="Failed to fetch pending patches"):
            _updates.pending_patches(answer)


def test_a_block_of_a_subclass_gives_the_subclass(simulator: Simulator) -> None:
    class Mine(HacClient):
        def codes(self) -> list[str]:
            with self.iter_rows("SELECT {code} FROM {Product}", 2) as rows:
                return [row[0] for row in rows]

    with Mine(simulator.url, BasicAuthHandler("admin", simulator.password), quiet=True) as client:
        assert len(client.codes()) == 2
