"""Handlers: asked for each login, shown every request, and what becomes of those that misbehave."""

from __future__ import annotations

import asyncio
import threading
from typing import Any

import pytest

from conftest import QUERY
from hac_client_core import (
    AsyncHacClient,
    AuthHandler,
    BasicAuthHandler,
    HacAuthenticationError,
    HacClient,
    HacConfigError,
    SessionInfo,
)
from hac_client_core.testing import Simulator


class Handler(AuthHandler):
    """Says what it is asked."""

    def __init__(self, password: Any, **more: str) -> None:
        self.given = {"j_username": "admin", "j_password": password, **more}
        self.asked: list[str] = []
        self.seen: list[tuple[str, str, dict[str, str], bytes | None]] = []
        self.threads: set[int] = set()
        self.change: dict[str, str | None] = {}

    def get_initial_credentials(self) -> dict[str, str]:
        self.asked.append("credentials")
        self.threads.add(threading.get_ident())
        return self.given

    def apply_auth(self, request: Any) -> Any:
        self.threads.add(threading.get_ident())
        self.seen.append((request.method, request.url, dict(request.headers), request.body))
        for name, value in self.change.items():
            if value is None:
                del request.headers[name]
            else:
                request.headers[name] = value
        return request


def connect(simulator: Simulator, handler: Any, **settings: Any) -> HacClient:
    return HacClient(simulator.url, handler, quiet=True, **settings)


def test_apply_auth_sees_every_request(simulator: Simulator) -> None:
    handler = Handler(simulator.password)
    client = connect(simulator, handler)
    client.execute_flexiblesearch(QUERY, 1)
    sent = [(entry["method"], entry["path"]) for entry in simulator.ledger()]
    assert [(method, url.removeprefix(simulator.url)) for method, url, _, _ in handler.seen] == sent
    method, _, headers, body = handler.seen[-1]
    assert method == "POST" and body is not None and b"flexibleSearchQuery=SELECT" in body
    assert "JSESSIONID=" in headers["cookie"] and headers["x-csrf-token"]
    assert handler.threads == {threading.get_ident()}, "handlers run on the thread that called"


def test_changed_headers_are_sent(simulator: Simulator) -> None:
    handler = Handler(simulator.password)
    handler.change = {"User-Agent": "mine/1", "X-Key": "secret"}
    client = connect(simulator, handler)
    client.execute_flexiblesearch(QUERY, 1)
    for entry in simulator.ledger():
        assert ["user-agent", "mine/1"] in entry["headers"] and any(name == "x-key" for name, _ in entry["headers"])
    info = client.session_info
    assert info is not None
    handler.change = {"Cookie": f"JSESSIONID={info.session_id}"}
    client.session_info = SessionInfo("0123456789", info.csrf_token, None, True)
    simulator.clear_ledger()
    assert client.execute_flexiblesearch(QUERY, 1).success
    assert simulator.summary()["requests"] == 1, "the cookie of the handler was sent"


def test_the_parts_of_a_request_cannot_be_replaced(simulator: Simulator) -> None:
    class Replaces(Handler):
        def apply_auth(self, request: Any) -> Any:
            for name in ("method", "url", "body"):
                with pytest.raises(AttributeError):
                    setattr(request, name, "x")
            return request

    assert connect(simulator, Replaces(simulator.password)).execute_flexiblesearch(QUERY, 1).success


def test_credentials_are_asked_for_at_each_login_and_never_for_a_warm_call(simulator: Simulator) -> None:
    handler = Handler(simulator.password)
    handler.username = "admin"  # type: ignore[attr-defined]
    client = connect(simulator, handler)
    client.execute_flexiblesearch(QUERY, 1)
    client.execute_flexiblesearch(QUERY, 1)
    assert len(handler.asked) == 1
    simulator.fault("/faults/expire")
    client.execute_flexiblesearch(QUERY, 1)
    assert len(handler.asked) == 2


def test_further_fields_go_into_the_form(simulator: Simulator) -> None:
    client = connect(simulator, Handler(simulator.password, otp="123456"))
    client.login()
    (form,) = [dict(entry["form"]) for entry in simulator.ledger() if entry["path"].endswith("j_spring_security_check")]
    assert set(form) >= {"j_username", "j_password", "otp", "_csrf"}


def test_what_a_handler_raises_is_raised_as_it_is(simulator: Simulator) -> None:
    class Raises(Handler):
        def get_initial_credentials(self) -> dict[str, str]:
            raise LookupError("the vault is closed")

    handler = Raises("x")
    handler.username = "admin"  # type: ignore[attr-defined]
    with pytest.raises(LookupError, match="the vault is closed"):
        connect(simulator, handler).login()

    class RaisesLater(Handler):
        def apply_auth(self, request: Any) -> Any:
            raise LookupError("no token")

    with pytest.raises(LookupError, match="no token"):
        connect(simulator, RaisesLater(simulator.password)).execute_flexiblesearch(QUERY, 1)
    assert simulator.summary()["requests"] == 0


@pytest.mark.parametrize(
    ("given", "error", "text"),
    [
        ({"j_username": "", "j_password": "x"}, HacConfigError, "the username is empty; nothing was posted"),
        ({"j_username": "admin"}, HacAuthenticationError, "no j_password; nothing was posted"),
        ({"j_username": "admin", "j_password": None}, HacAuthenticationError, "no j_password"),
        (["x"], TypeError, "not a dict"),
        (None, TypeError, "returned None"),
        ({"j_username": "admin", "j_password": b"x"}, TypeError, "bytes"),
    ],
)
def test_a_handler_that_returns_no_credentials_is_told_so(simulator: Simulator, given: Any, error: type[Exception], text: str) -> None:
    handler = Handler("x")
    handler.given = given
    handler.username = "admin"  # type: ignore[attr-defined]
    with pytest.raises(error, match=text) as caught:
        connect(simulator, handler).login()
    if error is not TypeError:
        assert isinstance(caught.value, HacAuthenticationError) and isinstance(caught.value, HacConfigError)
        assert caught.value.kind == "config" and caught.value.hint and caught.value.may_be_resent
    assert not [entry for entry in simulator.ledger() if entry["method"] == "POST"]


def test_an_empty_username_is_refused_before_anything_is_sent(simulator: Simulator) -> None:
    for call in (HacClient.login, lambda client: client.execute_groovy("return 1")):
        with pytest.raises(HacConfigError, match="the username is empty; nothing was posted") as caught:
            call(connect(simulator, BasicAuthHandler("", "x")))  # type: ignore[no-untyped-call]
        assert isinstance(caught.value, HacAuthenticationError)
    assert simulator.summary()["requests"] == 0


def test_a_subclass_that_overrides_login_is_asked_to_log_in(simulator: Simulator) -> None:
    first = connect(simulator, BasicAuthHandler("admin", simulator.password), session_persistence=False)
    first.login()
    info = first.session_info
    assert info is not None

    class FromBrowser(HacClient):
        logins = 0

        def login(self) -> None:
            self.logins += 1
            self.session_info = SessionInfo(info.session_id, info.csrf_token, info.route_cookie, True)

    client = FromBrowser(simulator.url, BasicAuthHandler("admin", "unknown"), session_persistence=False, quiet=True)
    assert client.execute_flexiblesearch(QUERY, 1).success
    assert client.execute_flexiblesearch(QUERY, 1).success
    assert client.logins == 1 and simulator.summary()["login_attempts"] == 1


def test_an_asynchronous_subclass_that_overrides_login_is_asked_to_log_in(simulator: Simulator) -> None:
    first = connect(simulator, BasicAuthHandler("admin", simulator.password), session_persistence=False)
    first.login()
    info = first.session_info
    assert info is not None

    class FromBrowser(AsyncHacClient):
        logins = 0

        async def login(self) -> None:
            self.logins += 1
            self.session_info = SessionInfo(info.session_id, info.csrf_token, info.route_cookie, True)

    async def main() -> None:
        for call in (
            lambda of: of.execute_flexiblesearch(QUERY, 1),
            lambda of: anext(of.iter_rows(QUERY)),
            lambda of: of.execute_groovy("return 1"),
        ):
            async with FromBrowser(simulator.url, BasicAuthHandler("admin", "unknown"), session_persistence=False, quiet=True) as client:
                assert await call(client) and await call(client)  # type: ignore[no-untyped-call]
                assert client.logins == 1

    asyncio.run(main())
    assert simulator.summary()["login_attempts"] == 1


def test_the_interceptor_hook_of_a_subclass_is_called(simulator: Simulator) -> None:
    class Hooked(HacClient):
        def _setup_auth_interceptor(self) -> None:
            super()._setup_auth_interceptor()
            self.http_session.headers["X-Mine"] = "1"

    Hooked(simulator.url, BasicAuthHandler("admin", simulator.password), quiet=True).execute_groovy("return 1")
    assert all(dict(entry["headers"]).get("x-mine") == "1" for entry in simulator.ledger()), simulator.ledger()[-1]


def test_a_subclass_that_overrides_an_operation_may_call_the_original(simulator: Simulator) -> None:
    class Counts(HacClient):
        calls = 0

        def execute_flexiblesearch(self, *arguments: Any, **more: Any) -> Any:
            self.calls += 1
            return super().execute_flexiblesearch(*arguments, **more)

        def login(self) -> None:
            self.calls += 100
            super().login()

    client = Counts(simulator.url, BasicAuthHandler("admin", simulator.password), quiet=True)
    assert client.execute_flexiblesearch(QUERY, 1).success
    assert client.calls == 101


def test_wrong_credentials_are_an_authentication_error_and_posted_once(simulator: Simulator) -> None:
    client = connect(simulator, BasicAuthHandler("admin", "wrong"))
    for _ in range(3):
        with pytest.raises(HacAuthenticationError, match="Authentication failed - invalid credentials") as caught:
            client.execute_groovy("1")
        assert caught.value.kind == "bad_credentials" and caught.value.hint and caught.value.may_be_resent
        assert "wrong" not in str(caught.value) and "wrong" not in repr(caught.value)
    assert simulator.summary()["login_attempts"] == 1
