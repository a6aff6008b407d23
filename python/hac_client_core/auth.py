"""Who logs in, and with what."""

from __future__ import annotations

from abc import ABC, abstractmethod

# Every Python has loaded it; collections.abc loads all of collections.
from _collections_abc import Mapping, MutableMapping

TYPE_CHECKING = False
if not TYPE_CHECKING:
    # For those who evaluate annotations.
    from _collections_abc import Iterable, Iterator

    Any = R = object
else:
    from collections.abc import Iterable, Iterator
    from typing import Any, TypeVar

    R = TypeVar("R")

__all__ = ["AuthHandler", "BasicAuthHandler", "Headers", "Request"]


class Headers(MutableMapping[str, str]):
    """The headers of a request. Their names are compared without regard to case."""

    def __init__(self, pairs: Iterable[tuple[str, str]] = ()) -> None:
        self._pairs: dict[str, tuple[str, str]] = {}
        for name, value in pairs:
            held = self._pairs.get(name.lower())
            self._pairs[name.lower()] = (name, value if held is None else f"{held[1]}, {value}")

    def __getitem__(self, name: str) -> str:
        return self._pairs[name.lower()][1]

    def __setitem__(self, name: str, value: str) -> None:
        self._pairs[name.lower()] = (name, value)

    def __delitem__(self, name: str) -> None:
        del self._pairs[name.lower()]

    def __iter__(self) -> Iterator[str]:
        return iter([name for name, _ in self._pairs.values()])

    def __len__(self) -> int:
        return len(self._pairs)

    def __contains__(self, name: object) -> bool:
        return isinstance(name, str) and name.lower() in self._pairs

    def __repr__(self) -> str:
        return f"Headers({', '.join(self)})"


class Request:
    """A request that is about to leave, as `AuthHandler.apply_auth` sees it.

    `headers` may be changed. `method`, `url` and `body` cannot.
    """

    __slots__ = ("_body", "_method", "_url", "headers")

    def __init__(self, method: str, url: str, headers: Headers, body: bytes | None) -> None:
        self._method = method
        self._url = url
        self._body = body
        self.headers: MutableMapping[str, str] = headers

    @property
    def method(self) -> str:
        """`GET` or `POST`."""
        return self._method

    @property
    def url(self) -> str:
        """Where the request goes."""
        return self._url

    @property
    def body(self) -> bytes | None:
        """The body; `None` where there is none, and for a file that is read while it is sent."""
        return self._body

    def __repr__(self) -> str:
        return f"<Request [{self._method}]>"


class AuthHandler(ABC):
    """Says who logs in, and may change every request.

    The user's name is the handler's attribute `username`, if it has one, else the `j_username` of
    `get_initial_credentials()`, which is then asked once when the client is first used.
    """

    @abstractmethod
    def apply_auth(self, request: Any) -> Any:
        """Called for every request before it leaves, those of a login included.

        `request` has `method`, `url`, `headers` and `body`. Changed headers are sent, `Cookie` and `User-Agent` too.
        """

    @abstractmethod
    def get_initial_credentials(self) -> dict[str, str]:
        """Called for each login. Returns `j_username` and `j_password`; further entries go into the login form."""


class BasicAuthHandler(AuthHandler):
    """A username and a password that are known beforehand."""

    def __init__(self, username: str, password: str) -> None:
        self.username = username
        self._password = password

    def apply_auth(self, request: R) -> R:
        """Changes nothing: HAC knows the session by its cookie."""
        return request

    def get_initial_credentials(self) -> dict[str, str]:
        """The two fields of the login form."""
        return {"j_username": self.username, "j_password": self._password}

    def __repr__(self) -> str:
        return f"BasicAuthHandler(username={self.username!r})"


def username_of(handler: Any) -> str:
    """The user whose session it is."""
    name = getattr(handler, "username", None)
    if isinstance(name, str):
        return name
    return credentials_of(handler)[0]


def credentials_of(handler: Any) -> tuple[str, str, list[tuple[str, str]]]:
    """Asks the handler, and sees that the answer can be posted."""
    given = _not_later("get_initial_credentials", handler.get_initial_credentials())
    if not issubclass(type(given), Mapping):
        raise TypeError(f"get_initial_credentials() returned {_a(given)}, not a dict with j_username and j_password")
    fields: dict[Any, Any] = dict(given)
    missing = [name for name in ("j_username", "j_password") if fields.get(name) is None]
    if missing:
        from .errors import without_credentials

        raise without_credentials(
            f"get_initial_credentials() returned no {' and no '.join(missing)}",
            'return both, {"j_username": "...", "j_password": "..."}: they are the fields of HAC\'s login form',
        )
    for name, value in fields.items():
        if not isinstance(name, str) or not isinstance(value, str):
            raise TypeError(f"get_initial_credentials() returned {_a(value)} for {name!r}, not a str")
    username, password = fields.pop("j_username"), fields.pop("j_password")
    if not username:
        raise no_username("j_username of get_initial_credentials()")
    return username, password, list(fields.items())


def no_username(where: str) -> Exception:
    """The error of a login without a user."""
    from .errors import without_credentials

    return without_credentials("the username is empty", f"give the user's name as {where}")


def _not_later(name: str, answer: Any) -> Any:
    """What the handler answered, unless it is still to be awaited."""
    if not hasattr(answer, "__await__"):
        return answer
    if hasattr(answer, "close"):
        # Python would warn of what nobody awaited.
        answer.close()
    raise TypeError(
        f"{name}() of the auth handler is a coroutine (async def), which nothing awaits: write it as def; "
        "AsyncHacClient calls it on a thread of its own, so that it may block"
    )


def _a(value: object) -> str:
    return "None" if value is None else f"a value of type {type(value).__name__}"


def changed_headers(
    handler: Any, method: str, url: str, pairs: list[tuple[str, str]], body: bytes | None
) -> list[tuple[str, str]]:
    """Has the handler look at a request; returns the headers to send."""
    request = Request(method, url, Headers(pairs), body)
    answer = _not_later("apply_auth", handler.apply_auth(request))
    headers = getattr(answer, "headers", None)
    if headers is None:
        headers = request.headers
    # As with requests, None takes a header away.
    return [(_text(name), _text(value)) for name, value in headers.items() if value is not None]


def _text(value: Any) -> str:
    return value.decode("latin-1") if isinstance(value, bytes) else str(value)


def changes_requests(handler: object) -> bool:
    """Whether `apply_auth` may do something."""
    method = getattr(type(handler), "apply_auth", None)
    return method is not None and method is not BasicAuthHandler.apply_auth
