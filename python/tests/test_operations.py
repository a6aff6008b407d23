"""Every operation of the library is there in Python, and those that no other module tests work."""

from __future__ import annotations

import asyncio
import csv
import re
import stat
import time
import zipfile
from pathlib import Path
from typing import Any

import pytest

import hac_client_core
from bulk import after_chunks, each_once, file, imported, requests
from conftest import QUERY, Connect
from hac_client_core import (
    AsyncHacClient,
    BasicAuthHandler,
    CopiedRequest,
    HacClient,
    HacClientError,
    HacOutcomeUnknownError,
    HacQueryFailedError,
    HacUsageError,
    SessionManager,
    SessionMetadata,
)
from hac_client_core.testing import Simulator

__all__ = ["file"]

ROOT = Path(__file__).resolve().parents[2]


def operations(of: str) -> set[str]:
    """The methods of a class of the library."""
    text = (ROOT / "crates/hac-client/api.txt").read_text(encoding="utf-8")
    return set(re.findall(rf"^hac_client::{of}: .*?\bfn (\w+)", text, re.MULTILINE))


def table(beginning: str) -> dict[str, str]:
    """A table of the reference, by the names of the library."""
    text = (ROOT / "docs/python/reference.md").read_text(encoding="utf-8").partition(beginning)[2]
    rows = re.findall(r"^\| `([\w:]+)` \| (.*) \|$", text.partition("\n\n|")[2].partition("\n\n")[0], re.MULTILINE)
    assert rows, beginning
    return dict(rows)


def test_every_operation_of_the_library_is_in_python_or_among_the_listed_exceptions() -> None:
    others, missing = table("Those with another name:"), table("Those that Python does not have:")
    assert not set(others) & set(missing)
    library = operations("HacClient") | operations("blocking::HacClient")
    library |= {f"SessionManager::{name}" for name in operations("session::SessionManager")}
    assert len(library) > 80
    gone = (set(others) | set(missing)) - library
    assert not gone, f"the reference lists what the library does not have: {sorted(gone)}"
    without = set()
    for name in library - set(missing):
        if name in others:
            told = others[name].strip("`").partition("(")[0]
            found = hasattr(HacClient, told) and hasattr(AsyncHacClient, told) or hasattr(hac_client_core, told)
        elif name.startswith("SessionManager::"):
            found = hasattr(SessionManager, name.rpartition(":")[2])
        else:
            # Attributes are there once a client is made.
            client = HacClient("http://localhost", BasicAuthHandler("a", "b"))
            found = any(hasattr(AsyncHacClient, of) and hasattr(client, of) or of in vars(client) for of in (name, f"get_{name}"))
        if not found:
            without.add(name)
    assert not without, f"neither a method in Python nor in the tables of docs/python/reference.md: {sorted(without)}"
    for name in missing:
        cls = SessionManager if name.startswith("SessionManager::") else HacClient
        assert not hasattr(cls, name.rpartition(":")[2]), f"{name} is there, and is listed as missing"


def test_the_attributes_that_tell_items_apart_are_named(client: HacClient, simulator: Simulator) -> None:
    assert client.get_unique_attributes("Product") == ["code", "catalogVersion"]
    with pytest.raises(TypeError, match="code is a str"):
        client.get_unique_attributes(5)  # type: ignore[arg-type]

    async def main() -> list[str]:
        async with AsyncHacClient(simulator.url, BasicAuthHandler("admin", "nimda"), quiet=True) as later:
            return await later.get_unique_attributes("Language")

    assert asyncio.run(main()) == ["isocode"]


def test_rows_are_written_to_a_csv_file(client: HacClient, simulator: Simulator, tmp_path: Path) -> None:
    target = tmp_path / "products.csv"
    assert client.write_csv("SELECT {code}, {name} FROM {Product}", target) == 100
    with target.open(newline="", encoding="utf-8") as lines:
        rows = list(csv.reader(lines))
    expected = client.execute_flexiblesearch("SELECT {code}, {name} FROM {Product}", 0)
    assert rows == [expected.headers, *([cell or "" for cell in row] for row in expected.rows)]
    assert client.write_csv(QUERY, str(tmp_path / "few.csv"), 3) == 3
    assert (tmp_path / "few.csv").read_bytes().count(b"\n") == 4

    async def main() -> int:
        async with AsyncHacClient(simulator.url, BasicAuthHandler("admin", "nimda"), quiet=True) as later:
            return await later.write_csv(QUERY, target, overwrite=True)

    assert asyncio.run(main()) == 100 and target.read_bytes().count(b"\n") == 101


def test_a_csv_file_is_whole_or_absent(client: HacClient, simulator: Simulator, tmp_path: Path) -> None:
    target = tmp_path / "products.csv"
    with pytest.raises(HacQueryFailedError):
        client.write_csv("SELECT {nme} FROM {Product}", target)
    assert list(tmp_path.glob("*.csv")) == [] and list(tmp_path.glob(".hac-*")) == []
    target.write_text("mine")
    sent = simulator.summary()["requests"]
    with pytest.raises(HacUsageError, match="already exists") as caught:
        client.write_csv(QUERY, target)
    assert "overwrite=True" in str(caught.value.hint)
    assert target.read_text() == "mine" and simulator.summary()["requests"] == sent


def test_a_file_is_imported_at_once_and_never_twice(client: HacClient, simulator: Simulator, tmp_path: Path) -> None:
    path = tmp_path / "users.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("importscript.impex", "INSERT Customer;uid\n;bulk0\n")
    client.login()
    simulator.fault("/faults/reset?execute=true&path=/console/impex/import/upload&times=1")
    with pytest.raises(HacOutcomeUnknownError):
        client.import_impex_at_once(path)
    assert imported(client) == each_once(1)
    sent = simulator.summary()["requests"]
    status = client.get_bulk_import_status(path)
    assert status is not None and status.undecided
    # None of these sends anything.
    with pytest.raises(HacUsageError, match="."):
        client.import_impex_at_once(path)
    with pytest.raises(HacOutcomeUnknownError):
        client.import_impex_at_once(path, resume=True)
    with pytest.raises(HacUsageError, match="cannot both be true"):
        client.import_impex_at_once(path, resume=True, restart=True)
    assert client.import_impex_at_once(path, resume=True, assume="imported").success
    assert simulator.summary()["requests"] == sent


def test_a_file_that_was_imported_at_once_leaves_no_checkpoint_unless_it_is_kept(
    connect: Connect, simulator: Simulator, file: Path, tmp_path: Path
) -> None:
    client = connect(quiet=True)
    states = tmp_path / "states"
    result = client.import_impex_at_once(file, keep_checkpoint=True, state_directory=states)
    assert result.success and imported(client) == each_once(50)
    status = client.get_bulk_import_status(file, state_directory=states)
    assert status is not None and status.is_done
    assert client.import_impex_at_once(file, resume=True, state_directory=states).success
    assert requests(simulator) == 1, "it is known to be done"
    client.forget_bulk_import(file, state_directory=states)
    assert client.get_bulk_import_status(file, state_directory=states) is None

    async def main() -> bool:
        other = tmp_path / "languages.impex"
        other.write_text("INSERT_UPDATE Language;isocode[unique=true]\n;xx\n")
        async with AsyncHacClient(simulator.url, BasicAuthHandler("admin", "nimda"), quiet=True) as later:
            result = await later.import_impex_at_once(other)
            return result.success and await later.get_bulk_import_status(other) is None

    assert asyncio.run(main())


def test_an_earlier_import_can_be_forgotten(client: HacClient, simulator: Simulator, file: Path) -> None:
    client.login()
    after_chunks(simulator, 2, "reset?execute=false")
    with pytest.raises(HacOutcomeUnknownError):
        client.import_impex_bulk(file, chunk_lines=10)
    assert client.get_bulk_import_status(file) is not None
    sent = simulator.summary()["requests"]
    client.forget_bulk_import(file)
    client.forget_bulk_import(file)
    assert client.get_bulk_import_status(file) is None
    assert simulator.summary()["requests"] == sent
    with pytest.raises(HacUsageError):
        client.forget_bulk_import(file.with_name("missing.impex"))

    async def main() -> None:
        await AsyncHacClient(simulator.url, BasicAuthHandler("admin", "nimda"), quiet=True).forget_bulk_import(file)

    asyncio.run(main())


def test_a_stored_session_goes_to_another_directory(connect: Connect, simulator: Simulator, tmp_path: Path) -> None:
    connect(quiet=True).login()
    here, there = SessionManager(), SessionManager(tmp_path / "there")
    text = here.export_session(simulator.url, "admin", "local")
    assert text is not None and here.export_session(simulator.url, "admin", "other") is None
    stored = there.import_session(text)
    assert isinstance(stored, SessionMetadata) and stored == there.load_session(simulator.url, "admin", "local")
    assert stored.session_id not in repr(stored)
    (written,) = (tmp_path / "there").glob("session_*.json")
    assert stat.S_IMODE(written.stat().st_mode) == 0o600
    assert connect(quiet=True, cache_dir=tmp_path / "there").execute_flexiblesearch(QUERY, 1).success
    assert simulator.summary()["logins"] == 1
    for wrong in ("", "{}", "[]", '{"session_id": 5}'):
        with pytest.raises(HacClientError):
            there.import_session(wrong)
    with pytest.raises(TypeError, match="text is a str"):
        there.import_session(b"{}")  # type: ignore[arg-type]


def test_the_session_of_a_client_is_used_by_another_one(connect: Connect, simulator: Simulator) -> None:
    first = connect(quiet=True, session_persistence=False)
    assert first.export_session() is None
    first.login()
    text = first.export_session()
    assert text is not None
    second = connect(quiet=True, session_persistence=False)
    second.use_session(text)
    assert second.session_info == first.session_info and second.session_info is not None
    assert second.execute_flexiblesearch(QUERY, 1).success
    second.login()

    async def main() -> bool:
        later = AsyncHacClient(simulator.url, BasicAuthHandler("admin", "nimda"), quiet=True, session_persistence=False)
        later.use_session(text)
        return (await later.execute_flexiblesearch(QUERY, 1)).success and later.export_session() is not None

    assert asyncio.run(main())
    assert simulator.summary()["logins"] == 1
    with pytest.raises(HacClientError):
        second.use_session("{}")


def test_what_is_known_of_a_stored_session_is_told_without_a_request(connect: Connect, simulator: Simulator) -> None:
    manager = SessionManager()
    manager.save_session(simulator.url, "admin", "mine", "ABC", "DEF")
    (mine,) = manager.list_sessions()
    assert manager.last_known(mine).state == "unknown" and manager.last_known(mine).at is None
    assert manager.trust(mine) == {}
    connect(quiet=True).execute_flexiblesearch(QUERY, 1)
    stored = manager.load_session(simulator.url, "admin", "local")
    assert stored is not None
    sent = simulator.summary()["requests"]
    known = manager.last_known(stored)
    assert known.state == "alive" and known.at is not None and abs(time.time() - known.at) < 600
    assert simulator.summary()["requests"] == sent
    with pytest.raises(TypeError, match="session is a SessionMetadata, not str"):
        manager.last_known("ABC")  # type: ignore[arg-type]


def test_how_a_stored_session_trusted_its_server_is_what_a_client_takes(connect: Connect, simulator: Simulator) -> None:
    connect(quiet=True, ignore_ssl=True).login()
    (stored,) = SessionManager().list_sessions()
    assert SessionManager().trust(stored) == {"ignore_ssl": True}
    assert connect(quiet=True, **SessionManager().trust(stored)).execute_flexiblesearch(QUERY, 1).success


def curl(simulator: Simulator, info: Any, token: bool = True) -> str:
    header = f" -H 'X-CSRF-TOKEN: {info.csrf_token}'" if token else ""
    return (
        f"curl '{simulator.url}/console/flexsearch/execute' -H 'Accept: application/json'{header} "
        f"-b 'JSESSIONID={info.session_id}; ROUTE=.node7' --data-raw 'flexibleSearchQuery=x'"
    )


def test_a_request_copied_from_a_browser_is_a_session(connect: Connect, simulator: Simulator) -> None:
    browser = connect(quiet=True, session_persistence=False)
    browser.login()
    info = browser.session_info
    assert info is not None
    copied = CopiedRequest.from_curl(curl(simulator, info))
    assert (copied.session_id, copied.csrf_token, copied.route_cookie) == (info.session_id, info.csrf_token, "ROUTE=.node7")
    assert simulator.url.startswith(copied.base_url) and info.session_id not in repr(copied) and info.csrf_token not in repr(copied)
    client = connect("wrong", quiet=True, session_persistence=False)
    client.session_info = copied.session_info()
    assert client.execute_flexiblesearch(QUERY, 1).success
    assert simulator.summary()["login_attempts"] == 1


def test_a_copied_request_without_a_session_says_what_is_missing(connect: Connect, simulator: Simulator) -> None:
    browser = connect(quiet=True, session_persistence=False)
    browser.login()
    info = browser.session_info
    assert info is not None
    page = CopiedRequest.from_curl(curl(simulator, info, token=False))
    with pytest.raises(HacUsageError, match="no CSRF token") as caught:
        page.session_info()
    assert caught.value.hint is not None and "copy one that a page" in caught.value.hint
    for wrong, why in (
        ("wget http://localhost", "does not begin with curl"),
        ("curl 'http://localhost", "not closed"),
        ("curl http://localhost:9002/hac", "no cookie JSESSIONID"),
    ):
        with pytest.raises(HacUsageError, match=why):
            CopiedRequest.from_curl(wrong)
    with pytest.raises(HacUsageError, match="no cookie MYSESSION") as caught:
        CopiedRequest.from_curl(curl(simulator, info), "MYSESSION")
    assert info.session_id not in str(caught.value)
    with pytest.raises(TypeError, match="text is a str"):
        CopiedRequest.from_curl(b"curl")  # type: ignore[arg-type]
