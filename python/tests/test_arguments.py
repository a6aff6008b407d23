"""Every argument of every call, with values that nobody should give: a sentence, and nothing is sent."""

from __future__ import annotations

import asyncio
import datetime
import decimal
import inspect
from pathlib import Path
from typing import Any

import pytest

from conftest import QUERY, Connect
from hac_client_core import AsyncHacClient, BasicAuthHandler, HacClient, HacClientError, HacUsageError, SessionInfo, SessionManager
from hac_client_core.testing import Simulator, start

LANGUAGE = "INSERT_UPDATE Language;isocode[unique=true]\n;xx\n"

# A valid call of every method that takes something.
CALLS: dict[str, dict[str, Any]] = {
    "execute_groovy": {"script": "return 1"},
    "execute_script": {"script": "1", "script_type": "javascript"},
    "execute_flexiblesearch": {"query": QUERY, "max_count": 1},
    "execute_sql": {"query": "SELECT 1 AS one"},
    "iter_rows": {"query": QUERY, "max_count": 1},
    "write_csv": {"query": QUERY, "target": "products.csv", "max_count": 1, "overwrite": True},
    "use_session": {"text": "{}"},
    "import_impex": {"impex_content": LANGUAGE},
    "import_impex_bulk": {"path": "languages.impex"},
    "get_bulk_import_status": {"path": "languages.impex"},
    "forget_bulk_import": {"path": "languages.impex"},
    "import_impex_at_once": {"path": "languages.impex"},
    "lint_impex": {"impex_content": LANGUAGE},
    "diagnosis": {},
    "plan_update": {},
    "dump_configuration": {},
    "validate_impex": {"impex_content": LANGUAGE},
    "export_impex": {"script": LANGUAGE, "target": "export.zip"},
    "get_type_attributes": {"code": "Product"},
    "get_unique_attributes": {"code": "Product"},
    "plan_copy": {"what": "Language"},
    "write_copy": {"target": "languages-of-a-copy.impex"},
    "execute_update": {},
    "run_update": {},
    "follow_update_log": {},
    "replace_property": {"key": "a", "value": "b"},
    "set_property": {"key": "a", "value": "b"},
    "set_log_level": {"name": "root", "level": "INFO"},
    "replace_log_level": {"name": "root", "level": "INFO"},
    "analyze_pk": {"pk": "8796093054977"},
    "prepare_support_zip": {"paths": []},
    "download_support_zip": {"target": "support.zip"},
    "switch_jdbc_log": {"on": True},
    "download_jdbc_log": {"target": "jdbc.log"},
    "send": {"method": "GET", "path": "/monitoring/cronjobs/data"},
}

# An update runs, with whatever a switch is.
NOT_RUN = {("run_update", "initialize"), ("run_update", "drop_tables"), ("execute_update", "drop_tables")}


def nested(depth: int) -> Any:
    value: Any = []
    for _ in range(depth):
        value = [value]
    return value


class Bytes:
    def __fspath__(self) -> bytes:
        return b"x"


ABSURD: list[Any] = [
    -1,
    0,
    2**70,
    10**5000,
    float("nan"),
    float("inf"),
    "",
    "\ud800",
    "a\0b",
    "a\nb",
    b"x",
    None,
    True,
    [1],
    (),
    ("a", "b", "c"),
    {1: 2},
    {"a": "\ud800"},
    {"a": nested(2000)},
    {"a": {"b": "\udfff"}},
    {"a": decimal.Decimal("1e999999")},
    {"a": decimal.Decimal("sNaN")},
    {"a": float("inf")},
    {"a": [float("nan")]},
    {"a": 10**5000},
    {"a": datetime.datetime.min},
    {"a": object()},
    {"a": {1: object()}},
    nested(2000),
    object(),
    Path(""),
    Bytes(),
    lambda: None,
]


def shown(value: Any) -> str:
    return type(value).__name__ if isinstance(value, (int, list, dict)) else repr(value)


def parameters(of: Any) -> list[str]:
    return [name for name in inspect.signature(of).parameters if name != "self"]


def test_every_method_with_arguments_is_tried() -> None:
    methods = {
        name for name, of in inspect.getmembers(HacClient, inspect.isfunction) if not name.startswith("_") and parameters(of)
    }
    assert methods == set(CALLS)


@pytest.mark.parametrize("method", CALLS)
def test_an_absurd_argument_is_a_sentence_or_a_result(method: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "languages.impex").write_text(LANGUAGE)
    with start("--update-seconds", "0") as simulator:
        client = HacClient(simulator.url, BasicAuthHandler("admin", simulator.password), quiet=True)
        client.login()
        valid = dict(CALLS[method])
        if method == "write_copy":
            valid["plan"] = client.plan_copy("Language")
        for name in parameters(getattr(HacClient, method)):
            for value in ABSURD:
                if (method, name) in NOT_RUN or name.startswith("on_") and callable(value):
                    continue
                try:
                    result = getattr(client, method)(**{**valid, name: value})
                    if method == "iter_rows":
                        list(result)
                except (TypeError, HacClientError) as error:
                    assert str(error) and "PyO3" not in str(error) and len(str(error)) < 1000, (name, shown(value))
                    assert getattr(error, "kind", "") != "internal", (name, shown(value), str(error))
                except Exception as error:
                    raise AssertionError(f"{method}({name}={shown(value)}) raised {error!r}") from error


SETTINGS = [name for name in parameters(HacClient.__init__) if name != "auth_handler"]


@pytest.mark.parametrize("name", SETTINGS)
def test_an_absurd_setting_is_a_sentence_or_a_working_client(simulator: Simulator, name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for value in ABSURD:
        given = {"base_url": simulator.url, "auth_handler": BasicAuthHandler("admin", simulator.password), "quiet": True, name: value}
        try:
            client = HacClient(**given)
            # No setting of these is one that the server takes, and some of them take their time.
            client.timeout = 5
            client.execute_flexiblesearch(QUERY, 1)
        except (TypeError, HacClientError) as error:
            assert str(error) and len(str(error)) < 1000, (name, shown(value))
            assert getattr(error, "kind", "") != "internal", (name, shown(value), str(error))
        except Exception as error:
            raise AssertionError(f"HacClient({name}={shown(value)}) raised {error!r}") from error


@pytest.mark.parametrize("name", ["base_url", "auth_handler", "environment", "timeout", "validation", "session_info", "session_manager"])
def test_an_absurd_attribute_is_a_sentence_at_the_next_call(client: HacClient, name: str) -> None:
    before = getattr(client, name)
    for value in ABSURD:
        try:
            setattr(client, name, value)
            client.execute_flexiblesearch(QUERY, 1)
        except (TypeError, HacClientError) as error:
            assert str(error), shown(value)
        except Exception as error:
            raise AssertionError(f"client.{name} = {shown(value)} raised {error!r}") from error
        setattr(client, name, before)
    assert client.execute_flexiblesearch(QUERY, 1).success


def test_an_absurd_part_of_the_http_session_is_a_sentence(client: HacClient) -> None:
    for name in ("headers", "verify", "cert", "proxies"):
        before = getattr(client.http_session, name)
        for value in ABSURD:
            try:
                setattr(client.http_session, name, value)
                client.execute_flexiblesearch(QUERY, 1)
            except (TypeError, HacClientError) as error:
                assert str(error), (name, shown(value))
            except Exception as error:
                raise AssertionError(f"http_session.{name} = {shown(value)} raised {error!r}") from error
            setattr(client.http_session, name, before)
    for cookie in ("JSESSIONID", "ROUTE", "x", "", "\ud800", b"x", 3, "a b"):
        for value in ABSURD:
            try:
                client.http_session.cookies.set(cookie, value)  # type: ignore[arg-type]
                client.execute_flexiblesearch(QUERY, 1)
            except (TypeError, HacClientError) as error:
                assert str(error), (cookie, shown(value))
            except Exception as error:
                raise AssertionError(f"cookies.set({cookie!r}, {shown(value)}) raised {error!r}") from error


def test_absurd_arguments_of_a_session_manager_are_sentences(tmp_path: Path) -> None:
    manager = SessionManager(tmp_path)
    valid = {"base_url": "http://h", "username": "u", "environment": "e", "session_id": "s", "csrf_token": "t", "route_cookie": None}
    for method in ("load_session", "save_session", "touch_session", "remove_session"):
        names = parameters(getattr(SessionManager, method))
        for name in names:
            for value in ABSURD:
                try:
                    getattr(manager, method)(**{**{key: valid[key] for key in names}, name: value})
                except (TypeError, HacClientError) as error:
                    assert str(error), (method, name, shown(value))
                except Exception as error:
                    raise AssertionError(f"{method}({name}={shown(value)}) raised {error!r}") from error


def test_nothing_is_sent_before_an_argument_is_refused(client: HacClient, simulator: Simulator) -> None:
    refused: list[tuple[Any, type[Exception], str]] = [
        (lambda: client.execute_flexiblesearch(QUERY, 2**70), HacUsageError, "max_count is 1180591620717411303424, but can be 2147483647 at most"),
        (lambda: client.iter_rows(QUERY, batch_rows=0), HacUsageError, "batch_rows is 0, but has to be at least 1"),
        (lambda: client.iter_rows(QUERY, batch_rows=2**70), HacUsageError, "batch_rows is 1180591620717411303424"),
        (lambda: client.import_impex(LANGUAGE, max_threads=2**70), HacUsageError, "max_threads is .*, but can be 65535 at most"),
        (lambda: client.execute_script("1", "javascript", params=[1]), TypeError, "params is a dict, not list"),  # type: ignore[arg-type]
        (lambda: client.execute_script("1", "javascript", params={"n": nested(2000)}), HacUsageError, "n is nested more than 100 levels deep"),
        (lambda: client.send(None, "/x"), TypeError, "method is a str, not NoneType"),  # type: ignore[arg-type]
        (lambda: client.send("GET", "/x?y=1"), HacUsageError, "(?s)query.*set the query apart"),
        (lambda: client.export_impex(LANGUAGE, "x.zip", on_progress=3), TypeError, "on_progress is a function or None, not int"),  # type: ignore[arg-type]
        (lambda: client.import_impex(LANGUAGE, wait_limit=-1), HacUsageError, "wait_limit is -1, but has to be more than 0 seconds"),
        (lambda: client.iter_rows(QUERY, resume="x"), TypeError, "resume is a PagePosition or None, not str"),  # type: ignore[arg-type]
        (lambda: client.export_impex(LANGUAGE, ""), HacUsageError, "target is empty: name a file or a directory"),
        (lambda: client.export_impex(LANGUAGE, "a\0b"), HacUsageError, "target has a NUL character"),
        (lambda: client.download_jdbc_log(""), HacUsageError, "target is empty"),
        (lambda: client.follow_update_log(poll_interval=float("nan")), HacUsageError, "poll_interval is nan"),
        (lambda: client.follow_update_log(poll_interval=-1), HacUsageError, "poll_interval is -1"),
        (lambda: client.follow_update_log(on_line=3), TypeError, "on_line is a function or None, not int"),  # type: ignore[arg-type]
        (lambda: client.run_update(extensions="core"), TypeError, "extensions is a list of str, not str"),  # type: ignore[arg-type]
        (lambda: client.execute_flexiblesearch(QUERY, locale="\ud800"), HacUsageError, "locale has a lone surrogate at position 0"),
    ]
    for call, kind, sentence in refused:
        with pytest.raises(kind, match=sentence):
            call()
    assert simulator.summary()["requests"] == 0


def test_settings_are_refused_by_the_constructor(connect: Connect) -> None:
    refused: list[tuple[dict[str, Any], type[Exception], str]] = [
        ({"max_in_flight": -1}, HacUsageError, "max_in_flight is -1, but has to be at least 1"),
        ({"max_in_flight": 2**70}, HacUsageError, "max_in_flight is .* at most"),
        ({"client_cert": ("a", "b", "c")}, HacUsageError, "a PEM file, or two of them: certificate and key, and has 2 entries, not 3"),
        ({"client_cert": (1, 2)}, TypeError, "the certificate in client_cert is a path or a str, not int"),
        ({"headers": {1: "x"}}, TypeError, "the name of a header in headers is a str, not int"),
        ({"headers": [("a", "b")]}, TypeError, "headers is a dict, not list"),
        ({"gate": "door"}, TypeError, "gate is a username and a password, not str"),
        ({"environment": "\ud800"}, HacUsageError, "environment has a lone surrogate"),
        ({"ca_bundle": ""}, HacUsageError, "ca_bundle is empty"),
    ]
    for settings, kind, sentence in refused:
        with pytest.raises(kind, match=sentence):
            connect(**settings)


def test_a_timeout_beyond_every_clock_is_no_limit(connect: Connect) -> None:
    assert connect(timeout=10**400, quiet=True).execute_flexiblesearch(QUERY, 1).success


def test_the_client_for_asyncio_refuses_the_same(simulator: Simulator) -> None:
    async def main() -> None:
        client = AsyncHacClient(simulator.url, BasicAuthHandler("admin", simulator.password), quiet=True)
        with pytest.raises(HacUsageError, match="batch_rows is 0"):
            client.iter_rows(QUERY, batch_rows=0)
        with pytest.raises(TypeError, match="batch_rows is an int, not str"):
            client.iter_rows(QUERY, batch_rows="3")  # type: ignore[arg-type]
        with pytest.raises(HacUsageError, match="max_count"):
            await client.execute_flexiblesearch(QUERY, -1)
        with pytest.raises(TypeError, match="on_line"):
            await client.follow_update_log(on_line=3)  # type: ignore[arg-type]

    asyncio.run(main())
    assert simulator.summary()["requests"] == 0


def test_a_session_that_is_assigned_is_looked_at(client: HacClient) -> None:
    with pytest.raises(HacUsageError, match="csrf_token has a lone surrogate"):
        client.session_info = SessionInfo("a", "\ud800", None, True)
    with pytest.raises(TypeError, match="session_id is a str, not int"):
        client.session_info = SessionInfo(3, "t", None, True)  # type: ignore[arg-type]
