"""What a call asks of the program: credentials, changed headers, a confirmation."""

from __future__ import annotations

from _thread import get_ident

from . import _arguments
from .auth import changed_headers, changes_requests, credentials_of
from .models import PlannedCall

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any


class Asking:
    """The threads on which the program is being asked."""

    def __init__(self) -> None:
        self._threads: set[int] = set()

    def on_this_thread(self) -> bool:
        """Whether this thread is one of them."""
        return get_ident() in self._threads

    def __enter__(self) -> None:
        self._threads.add(get_ident())

    def __exit__(self, *_: object) -> None:
        self._threads.discard(get_ident())


def of_handler(handler: Any, asking: Asking) -> dict[str, Any]:
    """What an auth handler of the program is asked, for the native half."""

    def ask_credentials() -> tuple[str, str, list[tuple[str, str]]]:
        with asking:
            username, password, fields = credentials_of(handler)
        return (
            _arguments.text(username, "j_username"),
            _arguments.text(password, "j_password"),
            [(_arguments.text(name, "the name of a field"), _arguments.text(value, name)) for name, value in fields],
        )

    def apply_auth(method: str, url: str, headers: list[tuple[str, str]], body: bytes | None) -> list[tuple[str, str]]:
        with asking:
            changed = changed_headers(handler, method, url, headers, body)
        return [
            (_arguments.text(name, "the name of a header"), _arguments.text(value, f"the header {name}")) for name, value in changed
        ]

    asked: dict[str, Any] = {"ask_credentials": ask_credentials}
    if changes_requests(handler):
        asked["apply_auth"] = apply_auth
    return asked


def of_confirmation(confirm: Callable[[PlannedCall], bool], asking: Asking) -> dict[str, Any]:
    """What a function of the program is asked that confirms changes, for the native half."""

    def ask_confirmation(call_class: str, doing: str, base_url: str, environment: str, username: str) -> bool:
        with asking:
            return bool(confirm(PlannedCall(call_class, doing, base_url, environment, username)))

    return {"ask_confirmation": ask_confirmation}
