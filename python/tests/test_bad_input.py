"""Wrong arguments, and what they are told."""

from __future__ import annotations

import copy
import pickle
import sys
import threading
from pathlib import Path
from typing import Any

import pytest

from conftest import QUERY, Connect
from hac_client_core import (
    AuthHandler,
    BasicAuthHandler,
    HacAuthenticationError,
    HacClient,
    HacClientError,
    HacConfigError,
    HacUsageError,
    SessionManager,
    _native,
    errors,
)
from hac_client_core.testing import Simulator


@pytest.mark.parametrize("seconds", [0, -1, -0.5, float("nan")])
def test_a_timeout_has_to_be_positive(connect: Connect, seconds: float) -> None:
    with pytest.raises(ValueError, match="None means no limit"):
        connect(timeout=seconds)


@pytest.mark.parametrize("seconds", ["30", b"3", True, [1]])
def test_a_timeout_has_to_be_a_number(connect: Connect, seconds: Any) -> None:
    with pytest.raises(TypeError, match="timeout is a number of seconds or None"):
        connect(timeout=seconds)


@pytest.mark.parametrize("seconds", [None, 0.5, 1e300, 5])
def test_these_timeouts_are_taken(connect: Connect, seconds: Any) -> None:
    assert connect(timeout=seconds, quiet=True).execute_flexiblesearch(QUERY, 1).success


def test_bytes_are_no_text(client: HacClient) -> None:
    with pytest.raises(TypeError, match="script is a str, not bytes: decode it first"):
        client.execute_groovy(b"1")  # type: ignore[arg-type]
    with pytest.raises(TypeError, match="query is a str, not NoneType"):
        client.execute_flexiblesearch(None)  # type: ignore[arg-type]


def test_a_lone_surrogate_is_named_with_its_place(client: HacClient) -> None:
    with pytest.raises(HacClientError, match="script has a lone surrogate at position 1"):
        client.execute_groovy("x\ud800")


def test_empty_texts_are_refused_before_anything_is_sent(client: HacClient) -> None:
    for call in (client.execute_groovy, client.execute_flexiblesearch, client.import_impex):
        with pytest.raises(HacUsageError, match="empty|no "):
            call(" ")  # type: ignore[operator]


def test_a_negative_count_is_refused(client: HacClient) -> None:
    with pytest.raises(HacUsageError, match="max_count is -1"):
        client.execute_flexiblesearch(QUERY, -1)
    with pytest.raises(TypeError, match="max_count is an int"):
        client.execute_flexiblesearch(QUERY, "3")  # type: ignore[arg-type]


@pytest.mark.parametrize("url", ["localhost:9002", "", "ftp://h", "https://"])
def test_a_base_url_that_is_none_is_a_config_error_at_the_first_call(url: str) -> None:
    client = HacClient(url, BasicAuthHandler("a", "b"), quiet=True)
    with pytest.raises(HacAuthenticationError) as caught:
        client.login()
    assert isinstance(caught.value, HacConfigError), caught.value


def test_no_call_works_after_close(client: HacClient) -> None:
    client.login()
    client.close()
    client.close()
    with pytest.raises(HacUsageError, match="the client was closed"):
        client.execute_flexiblesearch(QUERY, 1)


def test_a_client_is_a_context(connect: Connect) -> None:
    with connect(quiet=True) as client:
        assert client.execute_flexiblesearch(QUERY, 1).success
    with pytest.raises(HacUsageError):
        client.login()


def test_a_tuple_as_timeout_says_what_to_write() -> None:
    with pytest.raises(TypeError, match="timeout is a number of seconds or None, not tuple: give one number"):
        HacClient("http://h", BasicAuthHandler("a", "b"), timeout=(3, 30))  # type: ignore[arg-type]


def test_clients_cannot_be_copied_or_pickled(client: HacClient) -> None:
    for attempt in (copy.copy, copy.deepcopy, pickle.dumps):
        with pytest.raises(TypeError, match="cannot be (copied|pickled)"):
            attempt(client)


def test_errors_can_be_pickled(connect: Connect) -> None:
    for failing in (connect("wrong", quiet=True), HacClient("http://127.0.0.1:1", BasicAuthHandler("a", "b"), quiet=True)):
        with pytest.raises(HacAuthenticationError) as caught:
            failing.login()
        again = pickle.loads(pickle.dumps(caught.value))
        assert type(again) is type(caught.value) and str(again) == str(caught.value) and again.kind == caught.value.kind
    plain = pickle.loads(pickle.dumps(HacClientError("a", 1)))
    assert plain.args == ("a", 1) and plain.hint is None


def test_every_kind_of_error_has_a_class() -> None:
    kinds = _native.error_kinds()
    assert set(kinds) == set(errors._CLASSES)
    for kind in kinds:
        error = errors.from_native(kind, "run the script", "why", "what to do", True, None)
        assert (error.kind, error.hint, str(error)) == (kind, "what to do", str(error)) and isinstance(error, HacClientError)
        assert isinstance(errors.from_native(kind, "log in to x", "why", None, True, None), HacAuthenticationError)


def test_a_cache_dir_that_is_a_file_is_an_error_of_the_manager(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(OSError):
        SessionManager(tmp_path / "file")
    with pytest.raises(TypeError, match="cache_dir is a path or a str, not int"):
        SessionManager(3)  # type: ignore[arg-type]


@pytest.mark.parametrize("kind", [Path, str])
def test_a_cache_dir_is_a_path_or_a_str(connect: Connect, tmp_path: Path, kind: Any) -> None:
    connect(quiet=True, cache_dir=kind(tmp_path / "sessions")).login()
    assert len(SessionManager(kind(tmp_path / "sessions")).list_sessions()) == 1


@pytest.mark.skipif(not Path("/proc/self").exists(), reason="only Linux has a directory that not even root can write to")
def test_a_cache_dir_that_is_read_only_is_a_warning_of_the_client_and_an_error_of_the_manager(
    connect: Connect, capfd: pytest.CaptureFixture[str]
) -> None:
    client = connect(cache_dir="/proc/hac")
    assert client.execute_flexiblesearch(QUERY, 1).success
    assert "Warning: the session could not be saved" in capfd.readouterr().err
    with pytest.raises(OSError):
        SessionManager("/proc/hac")


def test_a_handler_that_blocks_holds_up_its_own_call_only(simulator: Simulator, connect: Connect) -> None:
    asked, answer = threading.Event(), threading.Event()

    class Blocks(AuthHandler):
        username = "admin"

        def apply_auth(self, request: Any) -> Any:
            return request

        def get_initial_credentials(self) -> dict[str, str]:
            asked.set()
            assert answer.wait(300)
            return {"j_username": "admin", "j_password": simulator.password}

    results: list[bool] = []
    blocked = HacClient(simulator.url, Blocks(), quiet=True, session_persistence=False)
    worker = threading.Thread(target=lambda: results.append(blocked.execute_flexiblesearch(QUERY, 1).success))
    worker.start()
    assert asked.wait(300)
    assert connect(quiet=True, session_persistence=False).execute_flexiblesearch(QUERY, 1).success
    assert results == []
    answer.set()
    worker.join(300)
    assert results == [True]


def test_results_can_be_copied(client: HacClient) -> None:
    result = client.execute_flexiblesearch(QUERY, 2)
    script = client.execute_script("1", "javascript")
    for again in (copy.copy, copy.deepcopy, lambda of: pickle.loads(pickle.dumps(of))):
        assert again(result) == result and again(script) == script
        assert again(client.execute_flexiblesearch(QUERY, 2)).rows == result.rows, "also rows that nobody looked at"


def test_a_handler_that_is_none_is_refused() -> None:
    with pytest.raises(TypeError, match="auth_handler has no get_initial_credentials"):
        HacClient("http://h", None)  # type: ignore[arg-type]


def test_pandas_that_is_not_there_is_named_with_its_extra(client: HacClient, monkeypatch: pytest.MonkeyPatch) -> None:
    result = client.execute_flexiblesearch(QUERY, 1)
    monkeypatch.setitem(sys.modules, "pandas", None)
    monkeypatch.setitem(sys.modules, "polars", None)
    with pytest.raises(ImportError, match=r"hac-client-core\[pandas\]"):
        result.to_pandas()
    with pytest.raises(ImportError, match=r"hac-client-core\[polars\]"):
        result.to_polars()
    assert result._untouched() is not None, "no row was made for nothing, be there a million"


def test_repr_shows_no_secret(client: HacClient) -> None:
    client.login()
    info = client.session_info
    assert info is not None
    secret = HacClient("https://user:hunter2@host", BasicAuthHandler("admin", "hunter2"))
    shown = " ".join(repr(each) for each in (client, info, client.http_session, client.http_session.cookies, secret, secret.auth_handler))
    assert not any(word in shown for word in ("hunter2", "nimda", info.session_id, info.csrf_token)), shown
