"""On which step the way to HAC fails."""

from __future__ import annotations

import asyncio
import pickle
import socket

import pytest

from conftest import Connect
from hac_client_core import (
    AsyncHacClient,
    BasicAuthHandler,
    Diagnosis,
    HacBadCredentialsError,
    HacClient,
    HacConnectError,
    HacNotHacError,
    HacTlsError,
)
from hac_client_core.testing import Simulator, start


def test_the_way_is_walked_without_a_login(client: HacClient, simulator: Simulator) -> None:
    found = client.diagnosis()
    assert found.success and found.failed_step is None and found.error is None
    assert found.proxy is None and found.certificate is None and found.tabs is None and found.facts is None
    assert found.host is not None and found.host.addresses and f":{found.host.port}" in simulator.url
    assert found.connection is not None and found.connection.address in found.host.addresses
    assert found.console is not None and found.console.context_path == "/hac" and found.console.login_path == "/hac/login"
    assert found.console.clock_ahead is not None and abs(found.console.clock_ahead) < 60
    assert simulator.summary()["login_attempts"] == 0 and {entry["method"] for entry in simulator.ledger()} == {"GET"}
    assert pickle.loads(pickle.dumps(found)) == found


def test_with_a_login_it_says_what_the_user_may_open_and_what_the_server_is(client: HacClient, simulator: Simulator) -> None:
    found = client.diagnosis(log_in=True)
    assert found.success, found
    assert found.tabs == {"scripting": "open", "flexsearch": "open", "impex import": "open"}
    assert found.facts is not None and found.facts.version == "2211.20" and found.facts.session_timeout == 3600
    assert simulator.summary()["login_attempts"] == 1 and simulator.summary()["executed"] == 0


def test_a_console_that_is_switched_off_is_absent(client: HacClient, simulator: Simulator) -> None:
    simulator.fault("/faults/disable?endpoint=console.scripting")
    found = client.diagnosis(log_in=True)
    assert found.tabs is not None and found.tabs["scripting"] == "absent" and found.tabs["flexsearch"] == "open"


def test_the_step_that_fails_is_named_with_its_error(connect: Connect) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    closed = HacClient(f"http://127.0.0.1:{port}", BasicAuthHandler("a", "b"), quiet=True).diagnosis(log_in=True)
    assert (closed.success, closed.failed_step) == (False, "connect") and isinstance(closed.error, HacConnectError)
    assert closed.host is not None and closed.host.addresses == ("127.0.0.1",) and closed.connection is None and closed.console is None

    wrong = connect("wrong", quiet=True).diagnosis(log_in=True)
    assert wrong.failed_step == "login" and isinstance(wrong.error, HacBadCredentialsError) and wrong.error.hint
    assert wrong.console is not None and wrong.tabs is None
    with pytest.raises(HacBadCredentialsError):
        raise wrong.error


def test_a_certificate_that_is_refused_is_shown() -> None:
    with start("--https") as simulator:
        client = HacClient(simulator.url, BasicAuthHandler("admin", simulator.password), quiet=True)
        found = client.diagnosis()
        assert found.failed_step == "find_console" and isinstance(found.error, HacTlsError)
        assert found.certificate is not None and not found.certificate.is_accepted
        assert found.certificate.fingerprint.replace(":", "").lower() == str(simulator.certificate_sha256).replace(":", "").lower()
        assert found.certificate.subject and found.certificate.names and str(found.certificate.valid_to).endswith("Z")
        pinned = HacClient(
            simulator.url, BasicAuthHandler("admin", simulator.password), quiet=True, pin_sha256=found.certificate.fingerprint
        )
        again = pinned.diagnosis()
        assert again.success and again.certificate is not None and again.certificate.is_accepted


def test_a_proxy_is_named_without_its_password(connect: Connect) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    found = connect(quiet=True, proxy=f"http://me:secret@127.0.0.1:{port}").diagnosis()
    assert found.proxy is not None and str(port) in found.proxy.url and "secret" not in repr(found) and found.proxy.variable is None
    assert found.failed_step == "connect" and found.host is not None and found.host.port == port


def test_what_is_not_hac_is_said_to_be_none(client: HacClient, simulator: Simulator) -> None:
    simulator.fault("/faults/status?path=/&status=404")
    simulator.fault("/faults/status?path=/login&status=404")
    found = client.diagnosis()
    assert found.failed_step == "find_console" and isinstance(found.error, HacNotHacError) and found.connection is not None


def test_a_coroutine_walks_the_same_way(simulator: Simulator) -> None:
    async def main() -> Diagnosis:
        async with AsyncHacClient(simulator.url, BasicAuthHandler("admin", simulator.password), quiet=True) as client:
            return await client.diagnosis(log_in=True)

    assert asyncio.run(main()).success
