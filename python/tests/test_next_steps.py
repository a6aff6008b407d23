"""What goes wrong says what it was, and what to do next."""

from __future__ import annotations

import asyncio
import copy
import pickle
import warnings
from pathlib import Path
from typing import Any

import pytest

from conftest import QUERY, Connect
from hac_client_core import (
    AsyncHacClient,
    AuthHandler,
    BasicAuthHandler,
    HacClient,
    HacClientError,
    HacOutcomeUnknownError,
    HacUsageError,
)
from hac_client_core.testing import Simulator, find_program

SLOW = "/faults/delay?ms=60000&path=/console/scripting/execute"


def arrived(simulator: Simulator, path: str) -> bool:
    return any(entry["path"].endswith(path) for entry in simulator.ledger())


def test_a_cancelled_write_has_the_note_of_an_interrupted_one(simulator: Simulator) -> None:
    async def main() -> list[str]:
        client = AsyncHacClient(simulator.url, BasicAuthHandler("admin", simulator.password), quiet=True)
        await client.login()
        simulator.fault(SLOW)
        task = asyncio.create_task(client.execute_groovy("return 1"))
        while not await asyncio.to_thread(arrived, simulator, "/scripting/execute"):
            await asyncio.sleep(0.02)
        task.cancel()
        try:
            await task
        except asyncio.CancelledError as error:
            return list(getattr(error, "__notes__", []))
        return []

    if not hasattr(BaseException, "add_note"):
        pytest.skip("exceptions have notes since Python 3.11")
    assert asyncio.run(main()) == ["the request was sent: what it started may still be running on the server"]


def test_a_cancelled_query_has_no_note(simulator: Simulator) -> None:
    async def main() -> list[str]:
        client = AsyncHacClient(simulator.url, BasicAuthHandler("admin", simulator.password), quiet=True)
        await client.login()
        simulator.fault("/faults/delay?ms=60000&path=/console/flexsearch/execute")
        task = asyncio.create_task(client.execute_flexiblesearch(QUERY))
        while not await asyncio.to_thread(arrived, simulator, "/flexsearch/execute"):
            await asyncio.sleep(0.02)
        task.cancel()
        try:
            await task
        except asyncio.CancelledError as error:
            return list(getattr(error, "__notes__", []))
        return ["was not cancelled"]

    assert asyncio.run(main()) == []


class Later(AuthHandler):
    username = "admin"

    async def apply_auth(self, request: Any) -> Any:
        return request

    def get_initial_credentials(self) -> dict[str, str]:
        return {"j_username": "admin", "j_password": "nimda"}


class LaterCredentials(AuthHandler):
    username = "admin"

    def apply_auth(self, request: Any) -> Any:
        return request

    async def get_initial_credentials(self) -> dict[str, str]:  # type: ignore[override]
        return {"j_username": "admin", "j_password": "nimda"}


@pytest.mark.parametrize("handler", [Later(), LaterCredentials()])
def test_a_handler_of_coroutines_is_refused(simulator: Simulator, handler: AuthHandler) -> None:
    async def main() -> None:
        await AsyncHacClient(simulator.url, handler, quiet=True).login()

    with warnings.catch_warnings():
        # Such as of a coroutine that was never awaited.
        warnings.simplefilter("error")
        with pytest.raises(TypeError, match=r"async def.*write it as def"):
            asyncio.run(main())
        with pytest.raises(TypeError, match=r"async def.*write it as def"):
            HacClient(simulator.url, handler, quiet=True).login()
    assert simulator.summary()["login_attempts"] == 0


def test_a_program_that_is_not_there_is_named_with_its_variable(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    missing = str(tmp_path / "nonexistent")
    monkeypatch.setenv("HAC_PROGRAM", missing)
    with pytest.raises(FileNotFoundError, match="HAC_PROGRAM names a file that is not there") as caught:
        find_program()
    assert missing in str(caught.value).replace("\\\\", "\\")


@pytest.mark.parametrize("language, name", [("javascript", "JavaScript script"), ("beanshell", "BeanShell script"), ("groovy", "Groovy script")])
def test_the_exception_of_a_script_names_its_language(connect: Connect, simulator: Simulator, language: Any, name: str) -> None:
    client = connect(quiet=True)
    client.login()
    simulator.fault("/faults/reset?path=/console/scripting/execute&execute=true")
    with pytest.raises(HacOutcomeUnknownError, match=f"^Failed to execute {name}: "):
        client.execute_script("1", language)


def test_the_exception_of_raw_sql_names_it(connect: Connect, simulator: Simulator) -> None:
    client = connect(quiet=True)
    client.login()
    simulator.fault("/faults/reset?path=/console/flexsearch/execute&execute=true")
    with pytest.raises(HacClientError, match="^Failed to execute SQL: "):
        client.execute_sql("SELECT 1")
    for sql, name in ((True, "SQL"), (False, "FlexibleSearch")):
        with pytest.raises(HacUsageError, match=f"^Failed to execute {name}: the query is empty"):
            list(client.iter_rows(" ", sql=sql))


@pytest.mark.parametrize("base_url", ["http://", "https://", "HTTPS:///"])
def test_a_base_url_without_host_says_so(base_url: str) -> None:
    client = HacClient(base_url, BasicAuthHandler("admin", "nimda"), quiet=True)
    with pytest.raises(HacClientError, match="has no host") as caught:
        client.login()
    assert caught.value.kind == "config" and "localhost:9002" in (caught.value.hint or "")


@pytest.mark.parametrize("cls", [HacClient, AsyncHacClient])
def test_errors_about_arguments_name_the_class(cls: Any) -> None:
    with pytest.raises(TypeError, match=rf"(?<!\w){cls.__name__}\.__init__\(\) takes from 3 to 8 positional"):
        cls(*"123456789")
    with pytest.raises(TypeError, match=rf"(?<!\w){cls.__name__}\.__init__\(\) missing 2 required"):
        cls()
    with pytest.raises(TypeError, match=rf"(?<!\w){cls.__name__}\.__init__\(\) got an unexpected keyword argument 'colour'"):
        cls("http://localhost", BasicAuthHandler("a", "b"), colour="red")


def test_an_iterator_of_rows_is_not_copied(client: HacClient, simulator: Simulator) -> None:
    rows = client.iter_rows(QUERY)
    next(rows)
    later = AsyncHacClient(simulator.url, BasicAuthHandler("admin", "nimda"), quiet=True).iter_rows(QUERY)
    for of in (rows, later):
        for copied in (copy.copy, copy.deepcopy):
            with pytest.raises(TypeError, match="cannot be copied: .*run the query again"):
                copied(of)
        with pytest.raises(TypeError, match="cannot be pickled: .*run the query again"):
            pickle.dumps(of)
    assert len(list(rows)) == 99, "it goes on"


def test_usage_errors_have_a_hint(connect: Connect) -> None:
    client = connect(quiet=True)
    for call in (
        lambda: client.execute_groovy(" "),
        lambda: client.execute_script("", "javascript"),
        lambda: client.execute_flexiblesearch(""),
        lambda: client.execute_sql(" "),
        lambda: list(client.iter_rows("")),
    ):
        with pytest.raises(HacUsageError, match="is empty") as caught:
            call()
        assert caught.value.hint and caught.value.hint in str(caught.value)
    rows = client.iter_rows(QUERY)
    next(rows)
    rows.close()
    with pytest.raises(HacUsageError, match="closed before their end") as caught:
        next(rows)
    assert caught.value.hint == "run the query again"
    client.close()
    with pytest.raises(HacUsageError, match="the client was closed") as caught:
        client.execute_flexiblesearch(QUERY)
    assert caught.value.hint == "make a new one"
