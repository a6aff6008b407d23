"""What people reach for in `client.http_session`: cookies, headers, certificates."""

from __future__ import annotations

# Every Python has loaded it; collections.abc loads all of collections.
from _collections_abc import MutableMapping

from .auth import Headers

TYPE_CHECKING = False
if not TYPE_CHECKING:
    from ._dataclass import dataclass
else:
    from collections.abc import Callable, Iterator
    from dataclasses import dataclass
    from typing import Any


@dataclass(frozen=True)
class Cookie:
    """A cookie of the session."""

    name: str
    value: str
    path: str = "/"

    def __repr__(self) -> str:
        return f"<Cookie {self.name} for {self.path}>"


class Cookies(MutableMapping[str, str]):
    """The cookies that are sent to HAC. To set the session's own makes it another session."""

    def __init__(self, read: Callable[[], list[Cookie]], write: Callable[[str, str | None], None]) -> None:
        self._read = read
        self._write = write

    def get(self, name: str, default: Any = None, domain: str | None = None, path: str | None = None) -> Any:
        """The value of a cookie. All of them belong to HAC's host, so `domain` is left aside."""
        for cookie in self._read():
            if cookie.name == name and path in (None, cookie.path):
                return cookie.value
        return default

    def set(self, name: str, value: str | None, **kwargs: Any) -> None:
        """Sets a cookie; `None` removes it."""
        self._write(name, value)

    def get_dict(self, domain: str | None = None, path: str | None = None) -> dict[str, str]:
        """Names and values."""
        return {cookie.name: cookie.value for cookie in self._read() if path in (None, cookie.path)}

    def __getitem__(self, name: str) -> str:
        value = self.get(name)
        if value is None:
            raise KeyError(name)
        return str(value)

    def __setitem__(self, name: str, value: str) -> None:
        self._write(name, value)

    def __delitem__(self, name: str) -> None:
        if name not in self:
            raise KeyError(name)
        self._write(name, None)

    def __contains__(self, name: object) -> bool:
        return any(cookie.name == name for cookie in self._read())

    def __iter__(self) -> Iterator[Any]:
        return iter(self._read())

    def __len__(self) -> int:
        return len(self._read())

    def keys(self) -> Any:
        """The names."""
        return [cookie.name for cookie in self._read()]

    def values(self) -> Any:
        """The values."""
        return [cookie.value for cookie in self._read()]

    def items(self) -> Any:
        """Names and values."""
        return [(cookie.name, cookie.value) for cookie in self._read()]

    def update(self, other: Any = (), /, **more: Any) -> None:
        """Sets several cookies."""
        pairs: Any = other.items() if hasattr(other, "items") else other
        for name, value in [*pairs, *more.items()]:
            self._write(name, value)

    def clear(self, domain: str | None = None, path: str | None = None, name: str | None = None) -> None:
        """Removes a cookie, or all of them."""
        for cookie in self._read():
            if name in (None, cookie.name):
                self._write(cookie.name, None)

    def __repr__(self) -> str:
        return f"<Cookies[{', '.join(self.keys())}]>"


class HttpSession:
    """The settings of the connection that programs change by hand."""

    def __init__(self, cookies: Cookies, verify: bool | str) -> None:
        self.cookies = cookies
        self.headers: MutableMapping[str, str] = Headers()
        """Sent with every request."""
        self.verify: bool | str = verify
        """`False`: no certificate is verified. A path: the authorities that are trusted."""
        self.cert: str | tuple[str, str] | None = None
        """The certificate of this client: one file, or certificate and key."""
        self.proxies: dict[str, str] = {}
        """The proxy, by the scheme of the base URL."""

    def close(self) -> None:
        """Closes nothing: connections end two seconds after their last use."""

    def __repr__(self) -> str:
        return "<HttpSession>"
