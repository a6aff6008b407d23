"""Protection of a server against changes, and the audit log."""

from __future__ import annotations

import inspect
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from conftest import QUERY, Connect
from hac_client_core import HacClient, HacProtectedError, HacUsageError, PlannedCall
from hac_client_core.testing import Simulator

Send = Callable[[HacClient, Path], Any]

IMPEX = "INSERT_UPDATE Language;isocode[unique=true];active\n;xx;true\n"


def script(folder: Path) -> Path:
    (folder / "script.impex").write_text(IMPEX)
    return folder / "script.impex"


READS: dict[str, Send] = {
    "analyze_pk": lambda client, at: client.analyze_pk(8796093054977),
    "diagnosis": lambda client, at: client.diagnosis(log_in=True),
    "download_jdbc_log": lambda client, at: client.download_jdbc_log(at / "jdbc.log"),
    "dump_configuration": lambda client, at: client.dump_configuration(),
    "execute_flexiblesearch": lambda client, at: client.execute_flexiblesearch(QUERY, 1),
    "follow_update_log": lambda client, at: client.follow_update_log(),
    "forget_bulk_import": lambda client, at: client.forget_bulk_import(script(at)),
    "get_about": lambda client, at: client.get_about(),
    "get_bulk_import_status": lambda client, at: client.get_bulk_import_status(script(at)),
    "get_cron_jobs": lambda client, at: client.get_cron_jobs(),
    "get_languages": lambda client, at: client.get_languages(),
    "get_loggers": lambda client, at: client.get_loggers(),
    "get_pending_patches": lambda client, at: client.get_pending_patches(),
    "get_properties": lambda client, at: client.get_properties(),
    "get_support_files": lambda client, at: client.get_support_files(),
    "get_type_attributes": lambda client, at: client.get_type_attributes("Product"),
    "get_types": lambda client, at: client.get_types(),
    "get_unique_attributes": lambda client, at: client.get_unique_attributes("Product"),
    "get_update_data": lambda client, at: client.get_update_data(),
    "get_update_log": lambda client, at: client.get_update_log(),
    "get_update_status": lambda client, at: client.get_update_status(),
    "iter_rows": lambda client, at: list(client.iter_rows(QUERY)),
    "lint_impex": lambda client, at: client.lint_impex(IMPEX),
    "plan_copy": lambda client, at: client.plan_copy("Language"),
    "plan_update": lambda client, at: client.plan_update(),
    "send": lambda client, at: client.send("GET", "/monitoring/cronjobs/data"),
    "write_copy": lambda client, at: client.write_copy(client.plan_copy("Language"), at / "languages.impex"),
    "write_csv": lambda client, at: client.write_csv(QUERY, at / "products.csv"),
    "validate_impex": lambda client, at: client.validate_impex(IMPEX),
}

WRITES: dict[str, Send] = {
    "clear_jdbc_log": lambda client, at: client.clear_jdbc_log(),
    "clear_region_cache": lambda client, at: client.clear_region_cache(),
    "execute_groovy": lambda client, at: client.execute_groovy("1"),
    "execute_script": lambda client, at: client.execute_script("1", "javascript", commit=True),
    "execute_sql": lambda client, at: client.execute_sql("SELECT 1"),
    "execute_update": lambda client, at: client.execute_update(drop_tables=True),
    "export_impex": lambda client, at: client.export_impex("INSERT_UPDATE Title;code[unique=true]", at / "export.zip"),
    "import_impex": lambda client, at: client.import_impex(IMPEX),
    "import_impex_at_once": lambda client, at: client.import_impex_at_once(script(at)),
    "import_impex_bulk": lambda client, at: client.import_impex_bulk(script(at)),
    "prepare_support_zip": lambda client, at: client.prepare_support_zip(["local.properties"]),
    "replace_property": lambda client, at: client.replace_property("a.b", "1"),
    "run_update": lambda client, at: client.run_update(),
    "send": lambda client, at: client.send("POST", "/console/scripting/execute", is_write=False, form={"script": "1"}),
    "set_log_level": lambda client, at: client.set_log_level("root", "WARN"),
    "replace_log_level": lambda client, at: client.replace_log_level("root", "WARN"),
    "set_property": lambda client, at: client.set_property("a.b", "1"),
    "switch_jdbc_log": lambda client, at: client.switch_jdbc_log(True),
}

# Of the session, and what needs an archive that a write has packed.
OTHERS = {"find_hac", "login", "logout", "check", "close", "download_support_zip", "export_session", "use_session"}


def test_no_method_is_missing_here() -> None:
    methods = {name for name, method in inspect.getmembers(HacClient, callable) if not name.startswith("_")}
    assert methods == READS.keys() | WRITES.keys() | OTHERS


@pytest.mark.parametrize("name", sorted(WRITES))
def test_in_read_only_no_change_reaches_the_server(name: str, connect: Connect, simulator: Simulator, tmp_path: Path) -> None:
    client = connect(quiet=True, protection="read-only", session_persistence=False)
    with pytest.raises(HacProtectedError) as caught:
        WRITES[name](client, tmp_path)
    assert caught.value.kind == "protected" and caught.value.may_be_resent
    assert "nothing was sent" in str(caught.value)
    sent = [(entry["method"], entry["path"]) for entry in simulator.ledger() if entry["executed"]]
    assert sent == []
    if name not in ("execute_update", "run_update"):
        assert simulator.ledger() == [], "these two look first at what the server offers"


@pytest.mark.parametrize("name", sorted(READS))
def test_in_read_only_every_read_works(name: str, connect: Connect, tmp_path: Path) -> None:
    READS[name](connect(quiet=True, protection="read-only"), tmp_path)


def test_scripts_that_are_rolled_back_are_allowed_by_a_setting(connect: Connect) -> None:
    client = connect(quiet=True, protection="read-only", allow_scripts=True)
    assert client.execute_script("6 * 7", "javascript").execution_result == "42"
    with pytest.raises(HacProtectedError):
        client.execute_script("6 * 7", "javascript", commit=True)
    strict = connect(quiet=True, protection="read-only")
    with pytest.raises(HacProtectedError, match="allow_scripts=True"):
        strict.execute_script("6 * 7", "javascript")


def test_changes_are_confirmed_by_the_name_of_the_environment(connect: Connect, simulator: Simulator) -> None:
    def client(**settings: Any) -> HacClient:
        return connect(quiet=True, environment="prod", protection="confirm", **settings)

    with pytest.raises(HacProtectedError, match='confirm="prod"'):
        client().set_property("a.b", "1")
    with pytest.raises(HacProtectedError, match="stage"):
        client(confirm="stage").set_property("a.b", "1")
    assert simulator.ledger() == []
    assert client(confirm="prod").execute_script("6 * 7", "javascript").success


def test_a_function_is_asked_for_each_change_and_its_exception_ends_the_call(connect: Connect, simulator: Simulator) -> None:
    asked: list[PlannedCall] = []

    def confirm(call: PlannedCall) -> bool:
        asked.append(call)
        if len(asked) == 3:
            raise KeyError("on purpose")
        return len(asked) == 1

    client = connect(quiet=True, environment="prod", protection="confirm", confirm=confirm)
    client.execute_flexiblesearch(QUERY, 1)
    assert asked == []
    assert client.execute_script("6 * 7", "javascript").success
    assert asked == [PlannedCall("write", "run the script", simulator.url, "prod", "admin")]
    with pytest.raises(HacProtectedError):
        client.execute_script("6 * 7", "javascript")
    with pytest.raises(KeyError, match="on purpose"):
        client.execute_script("6 * 7", "javascript")
    assert sum(entry["executed"] for entry in simulator.ledger() if "scripting" in entry["path"]) == 1


def test_a_confirmation_cannot_use_the_client_that_asks_for_it(connect: Connect) -> None:
    clients: list[HacClient] = []
    client = connect(quiet=True, protection="confirm", confirm=lambda call: bool(clients[0].get_about()))
    clients.append(client)
    with pytest.raises(HacUsageError, match="a client of its own"):
        client.clear_region_cache()


async def _confirmed_in_a_loop(simulator: Simulator) -> None:
    from hac_client_core import AsyncHacClient, BasicAuthHandler

    async with AsyncHacClient(
        simulator.url, BasicAuthHandler("admin", simulator.password), quiet=True, protection="confirm", confirm=lambda call: True
    ) as client:
        assert (await client.execute_script("6 * 7", "javascript")).execution_result == "42"


def test_an_event_loop_goes_on_while_somebody_is_asked(simulator: Simulator) -> None:
    import asyncio

    asyncio.run(_confirmed_in_a_loop(simulator))


def test_queries_go_to_the_data_source_of_the_client(connect: Connect, simulator: Simulator) -> None:
    client = connect(quiet=True, data_source="readonly")
    client.execute_flexiblesearch(QUERY, 1)
    forms = [dict(entry["form"]) for entry in simulator.ledger() if entry["path"].endswith("/flexsearch/execute")]
    assert forms[-1]["dataSource"] == "readonly"


def test_every_change_is_recorded_if_that_is_wanted(connect: Connect, home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(home / "state"))
    log = home / "state" / "hac-client" / "audit.jsonl"
    connect(quiet=True).execute_script("6 * 7", "javascript")
    assert not log.exists()
    client = connect(quiet=True, audit="on")
    client.execute_script("6 * 7", "javascript")
    client.execute_flexiblesearch(QUERY, 1)
    sending, ended = [json.loads(line) for line in log.read_text().splitlines()]
    assert (sending["event"], sending["first_line"], sending["class"]) == ("sending", "6 * 7", "write")
    assert (ended["event"], ended["id"], ended["outcome"]) == ("ended", sending["id"], "ok")
    monkeypatch.setenv("XDG_STATE_HOME", str(log))
    with pytest.raises(HacProtectedError, match="must be recorded"):
        connect(quiet=True, audit="required").execute_script("6 * 7", "javascript")


def test_settings_that_are_none_are_refused_by_name(connect: Connect) -> None:
    wrong: list[dict[str, Any]] = [{"protection": "readonly"}, {"audit": "off"}, {"confirm": ""}]
    for settings in wrong[:2]:
        with pytest.raises(HacUsageError, match=next(iter(settings))):
            connect(quiet=True, **settings)
    with pytest.raises(TypeError, match="confirm"):
        connect(quiet=True, confirm=7)
