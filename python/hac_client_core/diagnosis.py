"""What `HacClient.diagnosis` finds on the way to HAC."""

from __future__ import annotations

from .errors import HacClientError

TYPE_CHECKING = False
if not TYPE_CHECKING:
    from ._dataclass import dataclass

    # For those who evaluate annotations.
    Any = object
else:
    from dataclasses import dataclass
    from typing import Any

__all__ = [
    "Diagnosis",
    "FoundConsole",
    "ProxyInUse",
    "ReachedHost",
    "ResolvedHost",
    "ServerCertificate",
    "ServerFacts",
]


@dataclass(frozen=True)
class ProxyInUse:
    """The proxy that everything goes through."""

    url: str
    """Its URL, without credentials."""
    variable: str | None
    """The environment variable that names it; `None` if an argument does."""


@dataclass(frozen=True)
class ResolvedHost:
    """The host that connections are made to: the server's, or the proxy's if there is one."""

    host: str
    port: int
    addresses: tuple[str, ...]
    """Its addresses, in the order in which they are tried."""
    elapsed_ms: int
    """How long it took to look them up."""


@dataclass(frozen=True)
class ReachedHost:
    """A connection that was made, and closed at once."""

    address: str
    """The address that accepted it."""
    elapsed_ms: int
    """How long it took, with the addresses that did not accept one."""


@dataclass(frozen=True)
class ServerCertificate:
    """The certificate that the server presented, also one that was refused. What it says of itself is `None` if it cannot be read."""

    fingerprint: str
    """Its SHA-256, as `pin_sha256` takes it."""
    is_accepted: bool
    """Whether the client accepted it."""
    subject: str | None = None
    issuer: str | None = None
    names: tuple[str, ...] = ()
    """The hosts that it is for."""
    valid_from: str | None = None
    """`2026-01-01T00:00:00Z`"""
    valid_to: str | None = None
    is_self_signed: bool | None = None


@dataclass(frozen=True)
class FoundConsole:
    """HAC's login page, as somebody sees it who is not logged in."""

    context_path: str
    login_path: str
    release: str
    """What the page shows of the release: `1811 or older`, `2005 to 2211`, `2211 on Java 21, or newer`, or `unknown`."""
    clock_ahead: float | None
    """By how many seconds the server's clock is ahead of this machine's, accurate to two seconds; `None` if it is not known."""


@dataclass(frozen=True)
class ServerFacts:
    """What the server's properties say about the server, as far as it shows them."""

    version: str | None
    """The release: the property `build.version`."""
    session_timeout: int | None
    """After how many seconds without a request a session ends: the property `default.session.timeout`."""


@dataclass(frozen=True)
class Diagnosis:
    """The way to HAC, up to the step that failed. What comes after that step is `None`."""

    proxy: ProxyInUse | None
    """`None` for a direct way."""
    host: ResolvedHost | None
    connection: ReachedHost | None
    certificate: ServerCertificate | None
    """`None` over plain http."""
    console: FoundConsole | None
    tabs: dict[str, str] | None
    """The consoles `scripting`, `flexsearch` and `impex import`, each `open`, `denied` (the user has no right to it) or `absent` (the
    server does not have it). `None` without `log_in`."""
    facts: ServerFacts | None
    """`None` without `log_in`, and if the user may not see the properties."""
    failed_step: str | None
    """`resolve`, `connect`, `find_console`, `login`, `open_tab` or `properties`; `None` if no step failed."""
    error: HacClientError | None
    """Why that step failed, with its hint."""

    @property
    def success(self) -> bool:
        """Whether no step failed."""
        return self.failed_step is None


def result_of(parts: Any) -> Diagnosis:
    """The result of the native half."""
    proxy, host, connection, certificate, console, tabs, facts, failed = parts
    step, error = (None, None) if failed is None else failed
    return Diagnosis(
        None if proxy is None else ProxyInUse(*proxy),
        None if host is None else ResolvedHost(host[0], host[1], tuple(host[2]), host[3]),
        None if connection is None else ReachedHost(*connection),
        None if certificate is None else _certificate(*certificate),
        None if console is None else FoundConsole(*console),
        None if tabs is None else dict(tabs),
        None if facts is None else ServerFacts(*facts),
        step,
        error,
    )


def _certificate(fingerprint: str, is_accepted: bool, contents: Any) -> ServerCertificate:
    if contents is None:
        return ServerCertificate(fingerprint, is_accepted)
    subject, issuer, names, valid_from, valid_to, is_self_signed = contents
    return ServerCertificate(fingerprint, is_accepted, subject, issuer, tuple(names), valid_from, valid_to, is_self_signed)
