"""The same program on hac-client-core 0.1.2 and on this package: the same results, exceptions and lines, but for what is listed."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from hac_client_core.testing import Simulator, start

NAMES = (
    "HacClient HacClientError HacAuthenticationError AuthHandler BasicAuthHandler GroovyScriptResult FlexibleSearchResult ImpexResult "
    "SessionInfo UpdateData UpdateParameter ProjectData UpdateLog UpdateResult SessionManager SessionMetadata"
).split()

# What differs on purpose, and why.
MEANT = {
    "failed query": "the original puts the server's JSON object into `exception`, and null into headers and rows",
    "empty query": "it is refused before it is sent",
    "empty import": "it is refused before it is sent",
    "import nonsense": "the original sends the mode, and does not understand the answer",
    "cached query": "the original sends no cookie after a cache hit, and fails with 405",
    "cached script": "the same",
    "timeout 0": "the original fails at the first request",
}


def run(python: str, simulator: Simulator, home: Path, **more: str) -> dict[str, Any]:
    home.mkdir()
    program = Path(__file__).with_name("dropin.py")
    environment = {"HOME": str(home), "PATH": os.environ["PATH"], **more}
    ran = subprocess.run(
        [python, str(program), simulator.url, simulator.password, ",".join(NAMES), simulator._control], env=environment, capture_output=True, text=True
    )
    assert ran.returncode == 0, ran.stderr
    steps: dict[str, Any] = json.loads(ran.stdout)
    return steps


@pytest.fixture(scope="module")
def both(tmp_path_factory: pytest.TempPathFactory) -> tuple[dict[str, Any], dict[str, Any], list[Any], list[Any]]:
    """What the program printed on the original and on ours, and what the servers saw."""
    peer = os.environ.get("HAC_PEER_PYTHON")
    if not peer:
        pytest.skip("HAC_PEER_PYTHON names no Python that has hac-client-core 0.1.2")
    folder = tmp_path_factory.mktemp("dropin")
    outcomes: list[Any] = []
    for name, python, more in (("theirs", peer, {}), ("ours", sys.executable, {"PYTHONPATH": os.pathsep.join(sys.path)})):
        # 2211 is the newest release of which the original can read the update data.
        with start("--update-seconds", "0", "--release", "2211") as simulator:
            outcomes.append((run(python, simulator, folder / name, **more), simulator.ledger()))
    (theirs, their_ledger), (ours, our_ledger) = outcomes
    return theirs, ours, their_ledger, our_ledger


Both = tuple[dict[str, Any], dict[str, Any], list[Any], list[Any]]


def test_every_name_of_the_original_is_in_the_same_module(both: Both) -> None:
    theirs, ours, _, _ = both
    for module, names in theirs["modules"].items():
        assert set(names) <= set(ours["modules"][module]), module


@pytest.mark.parametrize("name", NAMES)
def test_every_method_takes_what_that_of_the_original_takes(both: Both, name: str) -> None:
    theirs, ours = both[0]["interface"][name], both[1]["interface"][name]
    assert set(theirs["bases"]) <= set(ours["bases"])
    for member, expected in theirs.items():
        if member == "bases":
            continue
        found = ours[member]
        if expected == "property" or member == "fields":
            assert found == expected, member
        else:
            # Ours may take more, by keyword.
            assert found[: len(expected)] == expected, member
            assert all(kind == "KEYWORD_ONLY" for _, kind, _ in found[len(expected) :]), member


def test_attributes_session_and_file_are_the_same(both: Both) -> None:
    for what in ("attributes", "session", "file"):
        assert both[0][what] == both[1][what], what


def without_times(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: None if name in ("execution_time_ms", "log_html") else without_times(item) for name, item in value.items()}
    return [without_times(item) for item in value] if isinstance(value, list) else value


def test_every_step_ends_as_on_the_original_but_for_what_is_listed(both: Both) -> None:
    theirs, ours, _, _ = both
    differ = {}
    for name, expected in theirs.items():
        if name not in ("interface", "modules", "attributes", "session", "file") and without_times(expected) != without_times(ours[name]):
            differ[name] = (expected, ours[name])
    unexpected = {name: pair for name, pair in differ.items() if name not in MEANT}
    assert not unexpected, json.dumps(unexpected, indent=2)
    assert not set(MEANT) - set(differ), "listed, but equal"


def test_where_the_original_fails_ours_is_right(both: Both) -> None:
    theirs, ours, _, _ = both
    assert theirs["cached query"]["text"] == "Failed to execute FlexibleSearch"
    assert ours["cached query"]["returned"][1]["rows"] == [["CAM-100000"]]
    kind, fields = ours["failed query"]["returned"]
    assert (kind, fields["headers"], fields["rows"]) == ("FlexibleSearchResult", [], [])
    assert fields["exception"] == theirs["failed query"]["returned"][1]["exception"]["message"]
    assert [ours[name]["raised"] for name in ("empty query", "empty import", "import nonsense")] == [["HacClientError"]] * 3
    assert "HacClientError" in ours["timeout 0"]["raised"]


def test_updates_send_the_same_request(both: Both) -> None:
    bodies = [
        [json.loads(entry["json"]) for entry in ledger if entry["path"].endswith("/platform/init/execute")] for ledger in both[2:]
    ]
    assert bodies[0] == bodies[1] and len(bodies[0]) == 3


def test_imports_and_queries_send_what_the_original_sends(both: Both) -> None:
    def forms(ledger: list[Any], path: str) -> list[dict[str, str]]:
        return [dict(entry["form"]) for entry in ledger if entry["path"].endswith(path)]

    theirs, ours = forms(both[2], "/impex/import"), forms(both[3], "/impex/import")
    meant = [form for form in theirs if form["scriptContent"] and form["validationEnum"] in ("IMPORT_STRICT", "IMPORT_RELAXED")]
    assert [form["validationEnum"] for form in ours] == [form["validationEnum"] for form in meant]
    assert [form["scriptContent"] for form in ours] == [form["scriptContent"] for form in meant]
    theirs, ours = forms(both[2], "/scripting/execute"), forms(both[3], "/scripting/execute")
    assert [(form["script"], form["commit"], form["scriptType"]) for form in ours] == [
        (form["script"], form["commit"], form["scriptType"]) for form in theirs
    ]
