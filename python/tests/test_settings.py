"""The settings of a client: certificates, proxies, headers, the context path, the node."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from conftest import QUERY, Connect
from hac_client_core import (
    BasicAuthHandler,
    HacAuthenticationError,
    HacClient,
    HacConfigError,
    HacConnectError,
    HacNotHacError,
    HacTlsError,
    HacUsageError,
)
from hac_client_core.testing import Simulator, start


@pytest.fixture
def secure() -> Iterator[Simulator]:
    with start("--https") as simulator:
        yield simulator


def https(simulator: Simulator, **settings: Any) -> HacClient:
    return HacClient(simulator.url, BasicAuthHandler("admin", simulator.password), quiet=True, **settings)


def test_an_untrusted_certificate_is_refused_with_its_fingerprint(secure: Simulator) -> None:
    with pytest.raises(HacTlsError) as caught:
        https(secure).login()
    assert isinstance(caught.value, HacAuthenticationError), "a login that fails is one of these too"
    assert secure.certificate_sha256 is not None
    hint = (caught.value.hint or "").replace(":", "").lower()
    assert secure.certificate_sha256.replace(":", "").lower() in hint and "pin_sha256=" in hint and "ignoreSsl" not in hint


def test_a_pin_trusts_exactly_this_certificate(secure: Simulator) -> None:
    assert https(secure, pin_sha256=secure.certificate_sha256).execute_flexiblesearch(QUERY, 1).success
    with pytest.raises(HacTlsError):
        https(secure, pin_sha256="00" * 32, session_persistence=False).login()
    with pytest.raises(HacConfigError):
        https(secure, pin_sha256="nonsense").login()


def test_nothing_is_verified_where_that_is_wanted_and_nothing_warns(secure: Simulator) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert https(secure, ignore_ssl=True, session_persistence=False).execute_flexiblesearch(QUERY, 1).success
        by_hand = https(secure, session_persistence=False)
        by_hand.http_session.verify = False
        assert by_hand.ignore_ssl and by_hand.execute_flexiblesearch(QUERY, 1).success
        by_hand.ignore_ssl = False
        with pytest.raises(HacTlsError):
            by_hand.execute_flexiblesearch(QUERY, 1)


def test_a_bundle_that_is_not_there_is_a_config_error(secure: Simulator, tmp_path: Path) -> None:
    for settings in ({"ca_bundle": tmp_path / "none.pem"}, {"client_cert": (tmp_path / "a", tmp_path / "b")}):
        with pytest.raises(HacConfigError):
            https(secure, **settings).login()
    by_hand = https(secure)
    by_hand.http_session.verify = str(tmp_path / "none.pem")
    with pytest.raises(HacConfigError):
        by_hand.login()


def test_headers_and_the_gate_are_sent_with_every_request(connect: Connect, simulator: Simulator) -> None:
    connect(quiet=True, headers={"X-One": "1"}).execute_flexiblesearch(QUERY, 1)
    assert all(["x-one", "1"] in entry["headers"] for entry in simulator.ledger())
    # The simulator takes HTTP Basic itself, as some HACs do, and does not know this user.
    with pytest.raises(HacAuthenticationError, match="401") as caught:
        connect(quiet=True, gate=("door", "sesame"), session_persistence=False).login()
    assert "sesame" not in str(caught.value)
    assert any(name == "authorization" for name, _ in simulator.ledger()[-1]["headers"])
    with pytest.raises(HacConfigError, match="Host"):
        connect(quiet=True, headers={"Host": "x"}).login()


def test_a_proxy_that_is_not_there_is_a_connect_error(connect: Connect) -> None:
    client = HacClient("http://192.0.2.1", BasicAuthHandler("a", "b"), quiet=True, proxy="http://127.0.0.1:1")
    with pytest.raises(HacConnectError, match="proxy"):
        client.login()
    # Loopback never goes through a proxy of the environment, and does where one is named.
    with pytest.raises(HacConnectError):
        connect(quiet=True, proxy="http://127.0.0.1:1").login()


def test_a_context_path_that_is_not_there_is_named(connect: Connect, simulator: Simulator) -> None:
    assert connect(quiet=True, context_path="/hac").execute_flexiblesearch(QUERY, 1).success
    with pytest.raises(HacNotHacError, match="404"):
        connect(quiet=True, context_path="/elsewhere", session_persistence=False).login()
    inside = HacClient(simulator.url + "/hac/", BasicAuthHandler("admin", simulator.password), quiet=True, session_persistence=False)
    assert inside.base_url.endswith("/hac") and inside.execute_flexiblesearch(QUERY, 1).success


def test_a_route_is_the_node_that_is_asked() -> None:
    with start("--nodes", "3") as simulator:
        client = https(simulator, route=".n2", session_persistence=False)
        client.execute_flexiblesearch(QUERY, 1)
        assert client.session_info is not None and client.session_info.route_cookie == "ROUTE=.n2"
        assert client.http_session.cookies.get("ROUTE") == ".n2"
        assert simulator.ledger()[-1]["node"] == 2


def test_unknown_settings_are_refused(connect: Connect) -> None:
    with pytest.raises(HacUsageError, match="'probe' or 'on_use'"):
        connect(validation="sometimes")
    with pytest.raises(TypeError, match="environment is a str"):
        connect(environment=3)
    with pytest.raises(TypeError):
        connect(verify=False)
