"""Every argument is looked at here, before anything is made of it or sent.

A value of the wrong type is a `TypeError`; one of the right type that cannot be used is a `HacUsageError`, which is a
`ValueError` too. Both are sentences that name the argument.
"""

from __future__ import annotations

import os

# Every Python has loaded it; collections.abc loads all of collections.
from _collections_abc import Mapping

from .errors import HacUsageError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from .models import PlannedCall

# HAC's numbers are Java's.
INT_MAX = 2**31 - 1
LONG_MAX = 2**63 - 1

_DEEPEST_JSON = 100


def _is(value: Any, *types: type[Any]) -> bool:
    # Type checkers learn nothing of it: what is looked at here is of any type at all.
    return isinstance(value, types)


def _of_type(value: Any) -> str:
    return type(value).__name__


def text(value: Any, name: str) -> str:
    """A str that can be sent as UTF-8."""
    if not isinstance(value, str):
        extra = ": decode it first" if isinstance(value, (bytes, bytearray)) else ""
        raise TypeError(f"{name} is a str, not {_of_type(value)}{extra}")
    if not value.isascii():
        try:
            value.encode()
        except UnicodeEncodeError as error:
            raise HacUsageError(f"{name} has a lone surrogate at position {error.start}, which cannot be sent") from None
    # Of a member of an enumeration that is a str, too: its value.
    return str.__str__(value)


def optional_text(value: Any, name: str) -> str | None:
    """A str, or `None`."""
    return None if value is None else text(value, name)


def one_of(value: Any, name: str, choices: tuple[str, ...]) -> str:
    """One of a few words."""
    word = text(value, name)
    if word not in choices:
        listed = ", ".join(repr(choice) for choice in choices[:-1])
        raise HacUsageError(f"{name} is {listed} or {choices[-1]!r}, not {word!r}")
    return word


def validation_mode(value: Any) -> str:
    """How strictly ImpEx is validated, in the library's words."""
    mode = text(value, "validation_mode").lower().removeprefix("import_")
    if mode not in ("strict", "relaxed"):
        raise HacUsageError(f"validation_mode is 'import_strict' or 'import_relaxed', not {value!r}")
    return mode


def path(value: Any, name: str) -> str:
    """A path of this system."""
    if not _is(value, str) and not hasattr(value, "__fspath__"):
        raise TypeError(f"{name} is a path or a str, not {_of_type(value)}")
    plain: Any = value if _is(value, str) else value.__fspath__()
    if not isinstance(plain, str):
        raise TypeError(f"{name} is a path of {_of_type(plain)}, not of str")
    if not plain:
        raise HacUsageError(f"{name} is empty: name a file or a directory")
    try:
        encoded = os.fsencode(plain)
    except UnicodeEncodeError as error:
        raise HacUsageError(f"{name} has a lone surrogate at position {error.start}, which no file name has") from None
    if b"\0" in encoded:
        raise HacUsageError(f"{name} has a NUL character, which no file name has")
    return str.__str__(plain)


def optional_path(value: Any, name: str) -> str | None:
    """A path, or `None`."""
    return None if value is None else path(value, name)


def count(value: Any, name: str, least: int = 0, most: int = INT_MAX) -> int:
    """A whole number."""
    if _is(value, bool) or not hasattr(value, "__index__"):
        raise TypeError(f"{name} is an int, not {_of_type(value)}")
    number = int(value.__index__())
    if number < least:
        needed = "cannot be negative" if least == 0 else f"has to be at least {least}"
        raise HacUsageError(f"{name} is {_shown(number)}, but {needed}")
    if number > most:
        raise HacUsageError(f"{name} is {_shown(number)}, but can be {most} at most")
    return number


def seconds(value: Any, name: str, none: str = "") -> float | None:
    """A time in seconds, more than 0. `none` says what `None` means, where it may be given."""
    if value is None and none:
        return None
    or_none = " or None" if none else ""
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        one = ": give one number, which is the limit for connecting and for the answer" if isinstance(value, tuple) else ""
        raise TypeError(f"{name} is a number of seconds{or_none}, not {_of_type(value)}{one}")
    try:
        number = float(value)
    except OverflowError:
        number = float("inf")
    if not number > 0:
        more = f"; None means {none}" if none else ""
        raise HacUsageError(f"{name} is {_shown(value)}, but has to be more than 0 seconds{more}")
    return number


def _shown(number: int | float) -> str:
    # Python itself refuses to write out an int of thousands of digits.
    return f"a number of {number.bit_length()} bits" if isinstance(number, int) and number.bit_length() > 256 else str(number)


def mapping(value: Any, name: str) -> dict[Any, Any]:
    """A dict; `None` is an empty one."""
    if value is None:
        return {}
    if not _is(value, Mapping):
        raise TypeError(f"{name} is a dict, not {_of_type(value)}")
    return dict(value)


def text_pairs(value: Any, name: str, of: str) -> list[tuple[str, str]]:
    """A dict of str; `of` is what its entries are called: `header`."""
    pairs = mapping(value, name)
    return [(text(key, f"the name of a {of} in {name}"), text(entry, f"the {of} {key} in {name}")) for key, entry in pairs.items()]


def mask(columns: Any, key: Any) -> dict[str, Any] | None:
    """Columns to mask, each with the way, and the key; `None` for none."""
    wanted = text_pairs(columns, "mask", "column")
    for name, way in wanted:
        one_of(way, f"the mask of {name}", ("hash", "fake"))
    text_of_key = optional_text(key, "mask_key")
    return {"columns": wanted, "key": text_of_key} if wanted else None


def texts(value: Any, name: str) -> list[str]:
    """A list of str; `None` is an empty one."""
    if value is None:
        return []
    if _is(value, str, bytes, bytearray) or not hasattr(value, "__iter__"):
        raise TypeError(f"{name} is a list of str, not {_of_type(value)}")
    return [text(item, f"an entry of {name}") for item in value]


def pair(value: Any, name: str, of: str) -> tuple[Any, Any]:
    """Two values; `of` says which."""
    if not _is(value, tuple, list):
        raise TypeError(f"{name} is {of}, not {_of_type(value)}")
    values: list[Any] = list(value)
    if len(values) != 2:
        raise HacUsageError(f"{name} is {of}, and has 2 entries, not {len(values)}")
    return values[0], values[1]


def confirmation(confirm: Any) -> str | Callable[[PlannedCall], bool] | None:
    """Who confirms changes."""
    if confirm is None or callable(confirm):
        return confirm  # type: ignore[no-any-return]
    return text(confirm, "confirm")


def auth_handler(given: Any) -> Any:
    """Something that can be asked for credentials."""
    if not callable(getattr(given, "get_initial_credentials", None)):
        raise TypeError(f"auth_handler has no get_initial_credentials(): it is a {type(given).__name__}, not an AuthHandler")
    return given


def certificate(given: Any, name: str) -> tuple[str, str] | None:
    """The files of certificate and key, which may be one."""
    if given is None:
        return None
    if isinstance(given, (str, os.PathLike)):
        both = path(given, name)
        return both, both
    pem, key = pair(given, name, "a PEM file, or two of them: certificate and key")
    return path(pem, f"the certificate in {name}"), path(key, f"the key in {name}")


def gate(given: Any) -> tuple[str, str]:
    """A username and a password."""
    username, password = pair(given, "gate", "a username and a password")
    return text(username, "the username in gate"), text(password, "the password in gate")


def directory_of(manager: Any) -> str | None:
    """Where a manager keeps its sessions; `None` for the default."""
    from .session import SessionManager

    if isinstance(manager, SessionManager):
        return manager._chosen
    return path(getattr(manager, "cache_dir", None), "the cache_dir of session_manager")


def callback(value: Callable[..., Any] | None, name: str) -> None:
    """Something to call, or `None`."""
    if value is not None and not callable(value):
        raise TypeError(f"{name} is a function or None, not {_of_type(value)}")


def as_json(value: Any, name: str) -> str:
    """The value as JSON."""
    import json

    try:
        if _depth(value) > _DEEPEST_JSON:
            raise HacUsageError(f"{name} is nested more than {_DEEPEST_JSON} levels deep")
        return text(json.dumps(value, ensure_ascii=False, allow_nan=False), name)
    except (TypeError, ValueError, RecursionError) as error:
        if isinstance(error, HacUsageError):
            raise
        raise HacUsageError(f"{name} is not JSON: {error}") from None


def _depth(value: Any) -> int:
    """How deep lists and dicts are nested, without recursion; more than the limit is not counted."""
    # By identity: what is held in many places is looked at once.
    level: dict[int, Any] = {0: value}
    depth = 0
    while level and depth <= _DEEPEST_JSON:
        level = {
            id(item): item
            for held in level.values()
            if _is(held, list, tuple, dict)
            for item in (held.values() if _is(held, dict) else held)
            if _is(item, list, tuple, dict)
        }
        depth += 1
    return depth


def params(value: Any) -> list[tuple[str, str, str]]:
    """Name, type and text of each parameter of a script or a query."""
    return [(text(name, "the name of a parameter"), *_param(name, held)) for name, held in mapping(value, "params").items()]


def _param(name: str, value: Any) -> tuple[str, str]:
    what = f"the parameter {name}"
    if isinstance(value, str):
        return "string", text(value, what)
    if isinstance(value, bool):
        return "bool", "true" if value else "false"
    if isinstance(value, int):
        if not -LONG_MAX - 1 <= value <= LONG_MAX:
            raise HacUsageError(f"{what} is too large for a number of 64 bits: give it as a str")
        return ("int" if -INT_MAX - 1 <= value <= INT_MAX else "long"), str(int(value))
    if isinstance(value, float):
        return "decimal", _decimal(value, what)
    if isinstance(value, (list, tuple, dict)):
        return "json", as_json(value, what)
    kind = type(value).__name__
    if kind == "Decimal":
        return "decimal", _decimal(value, what)
    if kind == "datetime":
        return "date", _moment(value, what)
    raise TypeError(f"{what} is of type {kind}: give a str, bool, int, float, Decimal, datetime, list or dict")


def _decimal(value: Any, what: str) -> str:
    is_float = isinstance(value, float)
    if value - value != 0 if is_float else not value.is_finite():
        raise HacUsageError(f"{what} is {value}, which is no number to a query or a script")
    if is_float:
        value = float(value)
        return format(value, "f") if "e" in repr(value) else repr(value)
    # Written out, it has as many zeros.
    if abs(value.adjusted()) > 1000 or len(value.as_tuple().digits) > 1000:
        raise HacUsageError(f"{what} has more than 1000 digits: give it as a str")
    return format(value, "f")


def _moment(value: Any, what: str) -> str:
    try:
        moment = value if value.tzinfo is not None else value.astimezone()
    except (OverflowError, OSError, ValueError) as error:
        raise HacUsageError(f"{what} has no time zone, and is no time of this system's: {error}") from None
    return text(moment.isoformat(), what)
