"""Sessions on disk."""

from __future__ import annotations

import os
import time

from . import _arguments, _bridge, _native
from .errors import HacCacheError, usage
from .models import SessionInfo

TYPE_CHECKING = False
if not TYPE_CHECKING:
    from ._dataclass import dataclass, field
    from ._later import Later

    # For those who evaluate annotations.
    pathlib = Later("pathlib")
    Any = object
else:
    import pathlib
    from dataclasses import dataclass, field
    from typing import Any

__all__ = ["CopiedRequest", "LastKnown", "SessionManager", "SessionMetadata"]


@dataclass
class SessionMetadata:
    """A session that is stored. Its secrets are left out of `repr`."""

    session_id: str = field(repr=False)
    csrf_token: str = field(repr=False)
    route_cookie: str | None
    environment: str
    base_url: str
    username: str
    created_at: float
    last_used_at: float
    is_authenticated: bool = True

    @property
    def age_seconds(self) -> float:
        """Seconds since the login."""
        return max(0.0, time.time() - self.created_at)

    @property
    def idle_seconds(self) -> float:
        """Seconds since the last use."""
        return max(0.0, time.time() - self.last_used_at)

    @property
    def created_at_formatted(self) -> str:
        """The time of the login, as `2026-11-23 10:15:00` in local time."""
        return _formatted(self.created_at)

    @property
    def last_used_at_formatted(self) -> str:
        """The time of the last use, as `2026-11-23 10:15:00` in local time."""
        return _formatted(self.last_used_at)


@dataclass(frozen=True)
class LastKnown:
    """What is known of a stored session from its last answer."""

    state: str
    """`alive`, `ended`, or `unknown` for one that was not used since it was stored."""
    at: float | None
    """When that was known, in seconds since 1970 UTC, accurate to five seconds; `None` for `unknown`."""


@dataclass(frozen=True)
class CopiedRequest:
    """A request that was copied from a browser, with the session that the browser is logged in with.

    Browsers offer it in the network view of their developer tools as "Copy as cURL". Its secrets are left out of `repr`.
    """

    base_url: str
    """Without the path of the page, and without the context path if that is `/hac`."""
    session_id: str = field(repr=False)
    route_cookie: str | None = field(repr=False)
    """`ROUTE=` and the node, or `None`."""
    csrf_token: str | None = field(repr=False)
    """`None` for a request for a page: those that a page sends have one."""

    @classmethod
    def from_curl(cls, text: str, session_cookie: str = "JSESSIONID") -> CopiedRequest:
        """Parses a curl command in the spelling of Unix shells or of the Windows command prompt.

        Args:
            text: The command.
            session_cookie: The name of the session cookie, where the server renames it. Default: `JSESSIONID`.

        Raises:
            HacUsageError: It is no command of curl, or lacks the URL or the session. The text never repeats a value.
        """
        copied = _native.read_curl(_arguments.text(text, "text"), _arguments.text(session_cookie, "session_cookie"))
        base_url, session_id, route, token = copied
        return cls(base_url, session_id, None if route is None else f"ROUTE={route}", token)

    def session_info(self) -> SessionInfo:
        """Returns the session, for `client.session_info = ...` of a client of the same server.

        Raises:
            HacUsageError: The request has no CSRF token.
        """
        if self.csrf_token is None:
            raise usage(
                "the copied request has no CSRF token",
                "copy one that a page of HAC sends, such as that of a query that you run there; requests for pages have none",
            )
        return SessionInfo(self.session_id, self.csrf_token, self.route_cookie, True)


def _key(base_url: str, username: str, environment: str) -> tuple[str, str, str]:
    """Whose session it is."""
    return (
        _arguments.text(base_url, "base_url"),
        _arguments.text(username, "username"),
        _arguments.text(environment, "environment"),
    )


def _fields(session: SessionMetadata) -> tuple[str, str, str | None, str, str, str, float, float, bool]:
    if not isinstance(session, SessionMetadata):
        raise TypeError(f"session is a SessionMetadata, not {type(session).__name__}")
    return (
        _arguments.text(session.session_id, "session_id"),
        _arguments.text(session.csrf_token, "csrf_token"),
        _arguments.optional_text(session.route_cookie, "route_cookie"),
        _arguments.text(session.environment, "environment"),
        _arguments.text(session.base_url, "base_url"),
        _arguments.text(session.username, "username"),
        float(session.created_at),
        float(session.last_used_at),
        bool(session.is_authenticated),
    )


def _formatted(seconds: float) -> str:
    try:
        return time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(seconds))
    except (OverflowError, OSError, ValueError):
        return "unknown"


class SessionManager:
    """Lists, loads, saves and removes the sessions of a directory.

    Without `cache_dir` it is the directory of the clients: `HAC_CACHE_DIR`, else `$XDG_CACHE_HOME/hac-client`, else
    `~/.cache/hac-client`. The directory is made if it is not there.
    """

    def __init__(self, cache_dir: pathlib.Path | str | os.PathLike[str] | None = None) -> None:
        self._use(_arguments.optional_path(cache_dir, "cache_dir"))
        folder = self.cache_dir
        if not folder.is_dir():
            # Nobody else may look into it, from the first moment on.
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)

    def _use(self, chosen: str | None) -> None:
        self._native = _native.Sessions(chosen)
        # What a client is made with: `None` for the default directory.
        self._chosen = chosen

    @property
    def cache_dir(self) -> pathlib.Path:
        """The directory. A client whose `session_manager` this is takes another one from its next call on."""
        from pathlib import Path

        return Path(self._native.cache_dir())

    @cache_dir.setter
    def cache_dir(self, directory: pathlib.Path | str | os.PathLike[str]) -> None:
        self._use(_arguments.path(directory, "cache_dir"))

    def load_session(self, base_url: str, username: str, environment: str) -> SessionMetadata | None:
        """The stored session of a user in an environment; `None` if there is no usable one."""
        found = self._native.load(*_key(base_url, username, environment))
        return None if found is None else SessionMetadata(*found)

    def save_session(
        self,
        base_url: str,
        username: str,
        environment: str,
        session_id: str,
        csrf_token: str,
        route_cookie: str | None = None,
    ) -> None:
        """Stores a session in place of what is stored for this user and environment.

        As in hac-client-core, nothing is raised if the directory cannot be written: `logging` gets a warning.
        """
        base_url, username, environment = _key(base_url, username, environment)
        _arguments.text(session_id, "session_id")
        _arguments.text(csrf_token, "csrf_token")
        route_cookie = _arguments.optional_text(route_cookie, "route_cookie")
        now = time.time()
        try:
            # For the same session id, what is stored keeps the time of its login.
            before = self._native.load(base_url, username, environment)
            created_at = before[6] if before is not None and before[0] == session_id else now
            if route_cookie:
                route_cookie = route_cookie if "=" in route_cookie else f"ROUTE={route_cookie}"
            fields = (session_id, csrf_token, route_cookie or None, environment, base_url.rstrip("/"), username, created_at, now, True)
            self._native.save(fields)
        except HacCacheError as error:
            _bridge.warn(error)

    def touch_session(self, base_url: str, username: str, environment: str) -> None:
        """Notes that a session was used now, at most once in five seconds.

        As in hac-client-core, nothing is raised if the directory cannot be written: `logging` gets a warning.
        """
        try:
            self._native.touch(*_key(base_url, username, environment))
        except HacCacheError as error:
            _bridge.warn(error)

    def remove_session(self, base_url: str, username: str, environment: str) -> None:
        """Removes a stored session. On the server it stays alive until it expires; `HacClient.logout` ends it there."""
        self._native.remove(*_key(base_url, username, environment))

    def list_sessions(self) -> list[SessionMetadata]:
        """All stored sessions, the last used first."""
        return [SessionMetadata(*fields) for fields in self._native.list()]

    def export_session(self, base_url: str, username: str, environment: str) -> str | None:
        """A stored session as JSON text with its secrets, context path and cookies; `None` if there is none.

        The text is for `import_session` or `HacClient.use_session` on another machine: whoever has it is logged in.
        """
        return self._native.export(*_key(base_url, username, environment))

    def import_session(self, text: str) -> SessionMetadata:
        """Stores a session that `export_session` or `hac session export` wrote, in place of what is stored for its user.

        The server is not asked whether it is alive. Returns the session. Raises `HacUsageError` if the text is not a session, and
        `HacCacheError` if the directory cannot be written.
        """
        return SessionMetadata(*self._native.import_session(_arguments.text(text, "text")))

    def last_known(self, session: SessionMetadata) -> LastKnown:
        """What is known of a stored session from its last answer, without asking the server."""
        return LastKnown(*self._native.last_known(_fields(session)))

    def trust(self, session: SessionMetadata) -> dict[str, Any]:
        """How the client that stored a session trusted its server, as arguments of `HacClient`: `{"pin_sha256": "..."}` for example.

        Empty for the authorities of the system, and where nothing is noted.
        """
        found = self._native.trust(_fields(session))
        if found is None:
            return {}
        name, value = found
        return {name: True if name == "ignore_ssl" else value}

    def clear_all_sessions(self) -> int:
        """Removes all stored sessions, and returns how many there were."""
        return self._native.clear()

    def __repr__(self) -> str:
        return f"SessionManager(cache_dir={str(self.cache_dir)!r})"
