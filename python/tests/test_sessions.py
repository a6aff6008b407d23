"""Sessions: found, kept, taken from elsewhere, renewed; and how many requests that takes."""

from __future__ import annotations

import logging
import os
import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from conftest import QUERY, Connect
from hac_client_core import BasicAuthHandler, HacAuthenticationError, HacClient, SessionInfo, SessionManager
from hac_client_core.testing import Simulator


def requests(simulator: Simulator) -> int:
    return simulator.summary()["requests"]


def test_a_warm_call_is_one_request_and_a_start_with_a_probe_two(connect: Connect, simulator: Simulator) -> None:
    client = connect(quiet=True)
    client.execute_flexiblesearch(QUERY, 1)
    assert requests(simulator) == 5
    client.execute_flexiblesearch(QUERY, 1)
    assert requests(simulator) == 6
    simulator.clear_ledger()
    connect(quiet=True).execute_flexiblesearch(QUERY, 1)
    assert requests(simulator) == 2
    simulator.clear_ledger()
    connect(quiet=True, validation="on_use").execute_flexiblesearch(QUERY, 1)
    assert requests(simulator) == 1
    assert simulator.summary()["login_attempts"] == 0


def test_the_lines_on_stderr_say_what_became_of_the_session(connect: Connect, capfd: pytest.CaptureFixture[str]) -> None:
    client = connect()
    client.login()
    assert capfd.readouterr().err == "Authenticated successfully\n"
    client.login()
    assert capfd.readouterr().err == "Using cached session\n"
    connect().execute_flexiblesearch(QUERY, 1)
    assert capfd.readouterr().err == "Using cached session\n"
    connect(session_persistence=False).execute_flexiblesearch(QUERY, 1)
    assert capfd.readouterr().err == "Authenticated successfully\n"
    connect(quiet=True).login()
    assert capfd.readouterr().err == ""


def test_session_files_are_private(client: HacClient, home: Path) -> None:
    client.login()
    folder = home / ".cache" / "hac-client"
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    files = list(folder.glob("session_*.json"))
    assert len(files) == 1 and stat.S_IMODE(files[0].stat().st_mode) == 0o600


def test_without_persistence_nothing_is_written(connect: Connect, home: Path) -> None:
    client = connect(quiet=True, session_persistence=False)
    client.login()
    assert client.session_manager is None
    assert not (home / ".cache").exists()


def test_an_expired_session_is_renewed_and_nothing_runs_twice(client: HacClient, simulator: Simulator) -> None:
    client.execute_flexiblesearch(QUERY, 1)
    first = client.session_info
    simulator.fault("/faults/expire")
    simulator.clear_ledger()
    assert client.execute_script("1", "javascript", True).success
    summary = simulator.summary()
    assert (summary["logins"], summary["executed"]) == (1, 1)
    assert client.session_info is not None and first is not None
    assert client.session_info.session_id != first.session_id


def test_a_session_can_be_assigned(client: HacClient, connect: Connect, simulator: Simulator) -> None:
    client.login()
    info = client.session_info
    assert info is not None and info.is_authenticated
    other = connect("wrong", session_persistence=False, quiet=True)
    other.session_info = SessionInfo(info.session_id, info.csrf_token, info.route_cookie, True)
    simulator.clear_ledger()
    assert other.execute_flexiblesearch(QUERY, 1).success
    assert requests(simulator) == 1
    assert other.http_session.cookies.get("JSESSIONID") == info.session_id
    other.session_info = None
    with pytest.raises(HacAuthenticationError):
        other.execute_flexiblesearch(QUERY, 1)


def test_a_cookie_that_is_set_by_hand_is_the_session(client: HacClient, connect: Connect, simulator: Simulator) -> None:
    client.login()
    info = client.session_info
    assert info is not None
    other = connect("wrong", session_persistence=False, quiet=True)
    other.http_session.cookies.set("JSESSIONID", info.session_id)
    assert other.execute_flexiblesearch(QUERY, 1).success
    assert simulator.summary()["login_attempts"] == 1
    third = connect("wrong", session_persistence=False, quiet=True)
    third.session_info = SessionInfo("0123", info.csrf_token, None, True)
    third.http_session.cookies.set("JSESSIONID", info.session_id, domain="localhost", path="/hac")
    assert third.session_info is not None and third.session_info.session_id == info.session_id
    assert third.execute_flexiblesearch(QUERY, 1).success


def test_the_manager_keeps_sessions(tmp_path: Path) -> None:
    folder = tmp_path / "a" / "b"
    manager = SessionManager(str(folder))
    assert folder.is_dir() and manager.cache_dir == folder
    manager.save_session("http://h/", "u", "e", "sid", "token", "ROUTE=.r1")
    (listed,) = manager.list_sessions()
    assert (listed.base_url, listed.route_cookie) == ("http://h", "ROUTE=.r1")
    assert "sid" not in repr(listed) and "token" not in repr(listed).replace("csrf_token", "")
    assert manager.load_session("http://h", "u", "e") == listed
    assert manager.load_session("http://h", "u", "x") is None
    manager.touch_session("http://h", "u", "e")
    manager.remove_session("http://h", "u", "e")
    assert manager.list_sessions() == [] and manager.clear_all_sessions() == 0


def test_a_client_uses_its_cache_dir(connect: Connect, tmp_path: Path) -> None:
    client = connect(quiet=True, cache_dir=tmp_path / "sessions")
    client.login()
    assert client.session_manager is not None
    assert [session.username for session in client.session_manager.list_sessions()] == ["admin"]
    assert client.logout()
    assert client.session_manager.list_sessions() == []


def test_the_directory_of_a_clients_manager_can_be_changed(client: HacClient, simulator: Simulator, tmp_path: Path, home: Path) -> None:
    manager = client.session_manager
    assert manager is not None
    manager.cache_dir = tmp_path / "mine"
    client.login()
    assert [session.username for session in manager.list_sessions()] == ["admin"]
    assert list((tmp_path / "mine").glob("session_*.json")) and not list(home.rglob("session_*.json"))
    with pytest.raises(TypeError, match="cache_dir is a path or a str, not NoneType"):
        manager.cache_dir = None  # type: ignore[assignment]
    client.session_manager = SessionManager(tmp_path / "other")
    client.login()
    assert simulator.summary()["logins"] == 1, "the client keeps its session"
    client.session_info = None
    client.login()
    assert len(list((tmp_path / "other").glob("session_*.json"))) == 1


@pytest.mark.skipif(not hasattr(os, "getuid"), reason="Windows replaces a directory by a file in another way")
def test_a_manager_that_cannot_write_warns_as_it_did(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    manager = SessionManager(tmp_path / "sessions")
    (tmp_path / "sessions").rmdir()
    (tmp_path / "sessions").write_text("a file")
    with caplog.at_level(logging.WARNING, "hac_client_core"):
        manager.save_session("http://h", "u", "e", "sid", "token")
        manager.touch_session("http://h", "u", "e")
    told = [record.getMessage() for record in caplog.records]
    assert told and all("sessions" in line for line in told) and "token" not in "".join(told).replace("csrf_token", ""), told


def test_a_cache_that_cannot_be_written_is_a_warning(connect: Connect, tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "file").write_text("")
    client = connect(cache_dir=tmp_path / "file")
    assert client.execute_flexiblesearch(QUERY, 1).success
    told = capfd.readouterr().err
    assert "Warning: the session could not be saved" in told and "Authenticated successfully" in told


def test_a_changed_setting_counts_from_the_next_call(client: HacClient, simulator: Simulator) -> None:
    client.login()
    client.timeout = 5
    client.http_session.headers["X-Mine"] = "1"
    simulator.clear_ledger()
    client.execute_flexiblesearch(QUERY, 1)
    (entry,) = simulator.ledger()
    assert ["x-mine", "1"] in entry["headers"]


@pytest.mark.parametrize("persistent", [True, False])
def test_threads_share_a_session_and_its_login(connect: Connect, simulator: Simulator, persistent: bool) -> None:
    client = connect(quiet=True, session_persistence=persistent)
    with ThreadPoolExecutor(8) as pool:
        results = list(pool.map(lambda _: client.execute_flexiblesearch(QUERY, 1).success, range(24)))
    assert results == [True] * 24
    assert simulator.summary()["logins"] == 1


def test_a_warm_call_needs_no_password(simulator: Simulator, client: HacClient) -> None:
    client.login()
    other = HacClient(simulator.url, BasicAuthHandler("admin", "wrong"), quiet=True)
    assert other.execute_flexiblesearch(QUERY, 1).success
