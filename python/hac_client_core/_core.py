"""What both clients have: settings, and the native client that is made of them."""

from __future__ import annotations

import os
import sys
from _thread import allocate_lock

from . import _arguments, _asked, _bridge, _native
from ._http_session import Cookie, Cookies, HttpSession
from .auth import AuthHandler, BasicAuthHandler, no_username, username_of
from .errors import HacClientError, from_native, usage
from .models import PlannedCall, SessionInfo
from .session import SessionManager

TYPE_CHECKING = False
if not TYPE_CHECKING:
    from _collections_abc import Callable

    from ._later import Literal

    # For those who evaluate annotations.
    Any = object
else:
    from collections.abc import Callable
    from typing import Any, Literal

Path = str | os.PathLike[str]

_VALIDATIONS = ("probe", "on_use")
_PROTECTIONS = ("open", "confirm", "read-only")
_AUDITS = ("on", "required")

_NO_LIMIT = "no limit"


class Core:
    """Settings and session of a client. Every setting may be changed between two calls."""

    auth_handler: AuthHandler
    environment: str
    quiet: bool

    def __init__(
        self,
        base_url: str,
        auth_handler: AuthHandler,
        environment: str = "local",
        timeout: float | None = 30,
        ignore_ssl: bool = False,
        session_persistence: bool = True,
        quiet: bool = False,
        *,
        validation: Literal["probe", "on_use"] = "probe",
        cache_dir: Path | None = None,
        ca_bundle: Path | None = None,
        pin_sha256: str | None = None,
        client_cert: Path | tuple[Path, Path] | None = None,
        proxy: str | None = None,
        gate: tuple[str, str] | None = None,
        headers: dict[str, str] | None = None,
        context_path: str | None = None,
        route: str | None = None,
        session_cookie_name: str = "JSESSIONID",
        max_in_flight: int = 8,
        protection: Literal["open", "confirm", "read-only"] = "open",
        allow_scripts: bool = False,
        confirm: str | Callable[[PlannedCall], bool] | None = None,
        data_source: str | None = None,
        audit: Literal["on", "required"] | None = None,
    ) -> None:
        """Makes a client. Nothing is sent and nothing is read before the first call.

        Args:
            base_url: HAC's address, `https://localhost:9002`. A path in it is HAC's context path. Required.
            auth_handler: Who logs in: a `BasicAuthHandler`, or a handler of your own. Required.
            environment: The label of the session in the cache, a str. Default: `local`.
            timeout: Seconds for an answer as a whole, or for each pause of rows and downloads, as an int or a float above 0. `None`:
                no limit. Connecting counts, and takes 10 seconds at most. Default: 30.
            ignore_ssl: Whether no certificate is verified. Default: `False`.
            session_persistence: Whether the session is kept on disk, for other processes and later runs. Default: `True`.
            quiet: Whether nothing is said on standard error. Default: `False`.
            validation: `probe` asks the server about a stored session before it is used, `on_use` lets the first call find out.
                Default: `probe`.
            cache_dir: The directory of the sessions. Default: `HAC_CACHE_DIR`, else `$XDG_CACHE_HOME/hac-client`, else
                `~/.cache/hac-client`.
            ca_bundle: A PEM file with the authorities that are trusted. Default: those of the system.
            pin_sha256: The SHA-256 of the one certificate that is trusted, in hex, with or without colons. Default: none.
            client_cert: A PEM file with certificate and key, or a tuple of two files. Default: none.
            proxy: The URL of a proxy, `""` for none. Default: what the environment says (`HTTPS_PROXY`, `NO_PROXY`).
            gate: Username and password for HTTP Basic authentication in front of HAC. Default: none.
            headers: A dict of headers that are sent with every request. Default: none.
            context_path: Where HAC is on its host, `/hac`. Default: it is found out.
            route: The node to use, as the value of the cookie `ROUTE`. Default: the load balancer chooses.
            session_cookie_name: The name of the session cookie, where the server renames it. Default: `JSESSIONID`.
            max_in_flight: How many calls may be under way at the same time, from 1; further ones wait. The limit spares the server,
                where each takes a thread and a database connection. Default: 8.
            protection: `open` sends everything; `confirm`: what changes the server must be confirmed; `read-only`: it is refused with
                `HacProtectedError`. Default: `open`.
            allow_scripts: Whether with `read-only` scripts may run that are rolled back. Default: `False`.
            confirm: Who confirms changes: the name of the environment, or a function that is asked for each. Default: nobody.
            data_source: That of queries that name none, such as a read-only replica. Default: the server's.
            audit: `on` records every change in the audit log; `required` refuses one that cannot be recorded. Default: none.

        Raises:
            TypeError: An argument is of the wrong type.
            HacUsageError: An argument of the right type cannot be used. It is a `ValueError`, too.
        """
        address = _arguments.text(base_url, "base_url")
        self.base_url = address.rstrip("/")
        self.auth_handler = _arguments.auth_handler(auth_handler)
        self.environment = _arguments.text(environment, "environment")
        self.timeout = timeout
        self.quiet = quiet
        self.http_session = HttpSession(Cookies(self._cookies, self._set_cookie), not ignore_ssl)
        self.http_session.headers.update(_arguments.text_pairs(headers, "headers", "header"))
        self.validation = _arguments.one_of(validation, "validation", _VALIDATIONS)
        self._persistent = bool(session_persistence)
        self._cache_dir = _arguments.optional_path(cache_dir, "cache_dir")
        self._manager: SessionManager | None = None
        self._ca_bundle = _arguments.optional_path(ca_bundle, "ca_bundle")
        self._pin = _arguments.optional_text(pin_sha256, "pin_sha256")
        self._client_cert = _arguments.certificate(client_cert, "client_cert")
        self._proxy = _arguments.optional_text(proxy, "proxy")
        self._gate = None if gate is None else _arguments.gate(gate)
        self._context_path = _arguments.optional_text(context_path, "context_path")
        self._route = _arguments.optional_text(route, "route")
        self._session_cookie = _arguments.text(session_cookie_name, "session_cookie_name")
        self._max_in_flight = _arguments.count(max_in_flight, "max_in_flight", least=1)
        self._protection = _arguments.one_of(protection, "protection", _PROTECTIONS)
        self._allow_scripts = bool(allow_scripts)
        self._confirm = _arguments.confirmation(confirm)
        self._data_source = _arguments.optional_text(data_source, "data_source")
        self._audit = None if audit is None else _arguments.one_of(audit, "audit", _AUDITS)
        self._closed = False
        self._making = (os.getpid(), allocate_lock())
        self._asking = _asked.Asking()
        self._native: _native.Client | None = None
        self._made_of: Any = None
        self._stale = False
        self._asked_username: tuple[Any, str] | None = None
        self._info: SessionInfo | None = None
        self._info_as_known: Any = None
        self._brought: dict[str, str] = {}
        # The session that the program assigned, or had before it changed the directory: it may be in no file.
        self._given_id: str | None = None
        self._setup_auth_interceptor()

    def _setup_auth_interceptor(self) -> None:
        """Called at the end of the constructor, as in hac-client-core: subclasses set `http_session.headers` here."""

    # Settings.

    @property
    def timeout(self) -> float | None:
        """Seconds for an answer to begin, and for each further piece of it; `None` for no limit."""
        return self._timeout

    @timeout.setter
    def timeout(self, seconds: float | None) -> None:
        _arguments.seconds(seconds, "timeout", _NO_LIMIT)
        self._timeout = seconds

    @property
    def protection(self) -> str:
        """How the server is protected against changes: `open`, `confirm` or `read-only`. It is the client's for its whole life."""
        return self._protection

    @property
    def ignore_ssl(self) -> bool:
        """Whether no certificate is verified."""
        return self.http_session.verify is False

    @ignore_ssl.setter
    def ignore_ssl(self, ignore: bool) -> None:
        self.http_session.verify = not ignore

    @property
    def session_manager(self) -> SessionManager | None:
        """The sessions on disk; `None` without session persistence."""
        if self._manager is None and self._persistent:
            self._manager = SessionManager(self._cache_dir)
        return self._manager

    @session_manager.setter
    def session_manager(self, manager: SessionManager | None) -> None:
        if manager is not None:
            _arguments.directory_of(manager)
        self._manager = manager
        self._persistent = manager is not None

    def _username(self) -> str:
        handler = self.auth_handler
        name = getattr(handler, "username", None)
        if isinstance(name, str):
            return name
        if self._asked_username is None or self._asked_username[0] is not handler:
            self._asked_username = (handler, username_of(handler))
        return self._asked_username[1]

    def _known_username(self) -> str:
        name = _arguments.text(self._username(), "username")
        if not name:
            raise no_username("the auth handler's username")
        return name

    def _settings(self) -> dict[str, Any]:
        handler, http = _arguments.auth_handler(self.auth_handler), self.http_session
        base_url = _arguments.text(self.base_url, "base_url")
        if base_url.lower() in ("http:", "https:"):
            # The slashes were cut off, and with them the place of the host.
            raise _without_host(base_url)
        verify = http.verify
        bundle = self._ca_bundle if isinstance(verify, bool) else _arguments.path(verify, "http_session.verify")
        cert = self._client_cert if http.cert is None else _arguments.certificate(http.cert, "http_session.cert")
        proxies = _arguments.mapping(http.proxies, "http_session.proxies")
        scheme = base_url.partition("://")[0]
        proxy = proxies.get(scheme, proxies.get("all", self._proxy))
        settings: dict[str, Any] = {
            "base_url": base_url,
            "username": self._known_username(),
            "environment": _arguments.text(self.environment, "environment"),
            "session_persistence": self._persistent,
            "cache_dir": self._cache_dir if self._manager is None else _arguments.directory_of(self._manager),
            "timeout": _arguments.seconds(self._timeout, "timeout", _NO_LIMIT),
            "validation": _arguments.one_of(self.validation, "validation", _VALIDATIONS),
            "ca_bundle": bundle,
            "ignore_ssl": verify is False,
            "pin_sha256": self._pin,
            "client_cert": cert,
            "proxy": _arguments.optional_text(proxy, "proxy"),
            "gate": self._gate,
            "headers": _arguments.text_pairs(http.headers, "headers", "header"),
            "session_cookie_name": self._session_cookie,
            "context_path": self._context_path,
            "route": self._route,
            "max_in_flight": self._max_in_flight,
            "protection": self._protection,
            "allow_scripts": self._allow_scripts,
            "confirm": self._confirm,
            "data_source": self._data_source,
            "audit": self._audit,
        }
        if type(handler) is BasicAuthHandler:
            settings["password"] = _arguments.text(handler._password, "the password")
        else:
            settings["handler"] = handler
        return settings

    # The native client.

    def _client(self) -> _native.Client:
        if self._closed:
            raise usage("the client was closed", "make a new one")
        if self._asking.on_this_thread():
            # It would wait for the call that waits for it.
            raise usage("an auth handler cannot use the client that asks it", "give it a client of its own")
        settings = self._settings()
        made_of = (os.getpid(), settings)
        if self._native is None or self._stale or made_of != self._made_of:
            # In the child of a fork, a thread that is not there may hold the lock.
            if self._making[0] != made_of[0]:
                self._making = (made_of[0], allocate_lock())
            with self._making[1]:
                if self._native is None or self._stale or made_of != self._made_of:
                    self._make(settings)
                    self._made_of, self._stale = made_of, False
        client = self._native
        assert client is not None
        self._give_session(client)
        return client

    def _make(self, settings: dict[str, Any]) -> None:
        before = self._native
        session = None
        if before is not None and self._made_of is not None and all(self._made_of[1][name] == settings[name] for name in ("base_url", "username", "environment")):
            session = before.session()
            fields = before.session_fields()
            if fields is not None and self._made_of[1]["cache_dir"] != settings["cache_dir"]:
                self._given_id = fields[0]
        given = dict(settings)
        handler, confirm = given.pop("handler", None), given.pop("confirm")
        if handler is not None:
            given.update(_asked.of_handler(handler, self._asking))
        if isinstance(confirm, str):
            given["confirm_as"] = confirm
        elif confirm is not None:
            given.update(_asked.of_confirmation(confirm, self._asking))
        client = _native.Client(_bridge.runtime(), given, before)
        for code, line, is_warning in client.take_notices():
            self._noticed(code, line, is_warning)
        if session is not None:
            client.use_session(session)
        if self._brought:
            client.bring_cookies("; ".join(f"{name}={value}" for name, value in self._brought.items()))
        self._native = client

    # The session.

    @property
    def session_info(self) -> SessionInfo | None:
        """The session in use. Assign a `SessionInfo` to use one that was made elsewhere, or `None` to begin anew."""
        if self._native is not None and not self._info_was_changed():
            known = self._native.session_fields()
            if known != self._info_as_known:
                self._info = None if known is None else SessionInfo(*known, is_authenticated=True)
                self._info_as_known = known
        return self._info

    @session_info.setter
    def session_info(self, info: SessionInfo | None) -> None:
        if info is not None and not isinstance(info, SessionInfo):
            raise TypeError(f"session_info is a SessionInfo or None, not {type(info).__name__}")
        if info is not None:
            _arguments.text(info.session_id, "session_id")
            _arguments.text(info.csrf_token, "csrf_token")
            _arguments.optional_text(info.route_cookie, "route_cookie")
        self._info = info
        if info is None:
            self._info_as_known = ()

    def _info_was_changed(self) -> bool:
        """Whether the program assigned a session, or changed a field of the present one."""
        info, known = self._info, self._info_as_known
        if info is None:
            return bool(known == ())
        return not info.is_authenticated or bool((info.session_id, info.csrf_token, info.route_cookie) != known)

    def _give_session(self, client: _native.Client) -> None:
        if not self._info_was_changed():
            return
        info = self._info
        if info is None or not info.is_authenticated:
            client.forget_session()
            self._info, self._info_as_known = None, None
            return
        import json

        # Its fields may have been changed since it was assigned.
        _arguments.text(info.session_id, "session_id")
        _arguments.text(info.csrf_token, "csrf_token")
        _arguments.optional_text(info.route_cookie, "route_cookie")
        before = client.session()
        held: dict[str, Any] = {} if before is None else json.loads(before)
        if held.get("session_id") != info.session_id:
            held = {"cookies": [], "context_path": held.get("context_path")}
        held.update(
            session_id=info.session_id,
            csrf_token=info.csrf_token,
            route_cookie=info.route_cookie,
            base_url=self.base_url,
            username=self._username(),
            environment=self.environment,
        )
        for name, value in self._brought.items():
            if name != self._session_cookie:
                _put(held["cookies"] if "cookies" in held else held.setdefault("cookies", []), name, value)
        if held.get("context_path") is None:
            held.pop("context_path", None)
        client.use_session(json.dumps(held))
        self._given_id = info.session_id
        self._info_as_known = (info.session_id, info.csrf_token, info.route_cookie)

    def _client_for_login(self) -> _native.Client:
        """The native client. It forgets a session whose file was removed: a login is to store one again."""
        client = self._client()
        fields, manager = client.session_fields(), self.session_manager
        if fields is None or manager is None or fields[0] == self._given_id:
            return client
        if manager.load_session(self.base_url, self._username(), self.environment) is None:
            client.forget_session()
            self._info, self._info_as_known = None, None
        return client

    def _cookies(self) -> list[Cookie]:
        info = self.session_info
        held: dict[str, Any] = {}
        if self._native is not None:
            import json

            held = json.loads(self._native.session() or "{}")
        cookies = [Cookie(cookie["name"], cookie["value"], cookie["path"]) for cookie in held.get("cookies", [])]
        mine = dict(self._brought)
        if info is not None:
            mine[self._session_cookie] = info.session_id
            if info.route_cookie:
                mine["ROUTE"] = info.route_cookie.partition("=")[2] or info.route_cookie
        kept = [cookie for cookie in cookies if cookie.name not in mine]
        paths = {cookie.name: cookie.path for cookie in cookies}
        return kept + [Cookie(name, value, paths.get(name, "/")) for name, value in mine.items()]

    def _set_cookie(self, name: str, value: str | None) -> None:
        _arguments.text(name, "the name of a cookie")
        _arguments.optional_text(value, f"the cookie {name}")
        info = self.session_info
        if info is not None and name == self._session_cookie:
            self.session_info = None if value is None else SessionInfo(value, info.csrf_token, info.route_cookie, True)
        elif info is not None and name == "ROUTE":
            self.session_info = SessionInfo(info.session_id, info.csrf_token, None if value is None else f"ROUTE={value}", True)
        elif value is None:
            self._brought.pop(name, None)
            self._stale = True
        else:
            self._brought[name] = value
            # The next call has to take it along.
            self._stale = True
            if info is not None:
                self._info_as_known = None

    def export_session(self) -> str | None:
        """Returns the session in use as JSON text, for `use_session` of a client elsewhere. Sends nothing.

        The text holds the session's secrets: whoever has it is logged in. `SessionManager.export_session` reads a stored session.

        Returns:
            The text; `None` before the first call, and after `logout`.
        """
        return self._client().session()

    def use_session(self, text: str) -> None:
        """Uses this session from now on: its ids, cookies and context path. Sends nothing, and does not ask whether it is alive.

        When the session has ended, the client logs in as usual. `session_info` takes a session of which only the ids are known.

        Args:
            text: JSON text of `export_session`, or of `hac session export`.

        Raises:
            HacUsageError: The text is not a session.
        """
        client = self._client()
        client.use_session(_arguments.text(text, "text"))
        fields = client.session_fields()
        self._given_id = None if fields is None else fields[0]

    # What happens during a call.

    def _take(self, what: str, *of: Any) -> None:
        if what == "notice":
            self._noticed(*of)
        elif what == "log":
            _bridge.log(*of)

    def _noticed(self, code: str, line: str, is_warning: bool) -> None:
        if code in ("reused", "adopted"):
            self._say("Using cached session")
        elif code == "logged_in":
            self._say("Authenticated successfully")
        elif is_warning:
            self._say(f"Warning: {line}")

    def _say(self, line: str) -> None:
        if not self.quiet and sys.stderr is not None:
            try:
                print(line, file=sys.stderr)
            except (OSError, ValueError):
                # Closed, or a pipe that nobody reads: no reason to give up a call.
                pass

    # The object itself.

    def close(self) -> None:
        """Ends every call that is running, and refuses further ones. The session stays alive, and stored."""
        self._closed = True
        # After a fork the native client is the parent's.
        if self._native is not None and self._made_of is not None and self._made_of[0] == os.getpid():
            self._native.close()

    def __repr__(self) -> str:
        scheme, separator, rest = str(self.base_url).rpartition("://")
        return f"<{type(self).__name__} {scheme}{separator}{rest.rpartition('@')[2]} environment={self.environment!r}>"

    def __copy__(self) -> Any:
        raise TypeError(f"a {type(self).__name__} cannot be copied: it holds a session; make a new one")

    def __deepcopy__(self, memo: Any) -> Any:
        return self.__copy__()

    def __reduce_ex__(self, protocol: Any) -> Any:
        raise TypeError(f"a {type(self).__name__} cannot be pickled: it holds a session; make a new one in the other process")


def _without_host(scheme: str) -> HacClientError:
    hint = f"write it with the host, for example {scheme}//localhost:9002"
    return from_native("config", "use the base URL", f"{scheme}// has no host", hint, True, None)


def init_of(name: str) -> Any:
    """The constructor for a class of this name: errors about arguments name the function."""
    given: Any = Core.__init__
    made = type(given)(given.__code__, given.__globals__, given.__name__, given.__defaults__, given.__closure__)
    made.__kwdefaults__, made.__annotations__, made.__doc__ = given.__kwdefaults__, given.__annotations__, given.__doc__
    made.__module__, made.__qualname__ = given.__module__, f"{name}.__init__"
    return made


def _put(cookies: list[dict[str, Any]], name: str, value: str) -> None:
    cookies[:] = [cookie for cookie in cookies if cookie["name"] != name]
    cookies.append({"name": name, "value": value, "path": "/", "secure": False})
