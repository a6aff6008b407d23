"""What the calls for the platform and for monitoring return. People have these classes from `models`, which is their module for pickles too."""

from __future__ import annotations

from . import _arguments

TYPE_CHECKING = False
if not TYPE_CHECKING:
    from ._dataclass import dataclass

    # For those who evaluate annotations.
    Any = object
else:
    from dataclasses import dataclass
    from typing import Any

__all__ = [
    "Acknowledgement",
    "FoundHac",
    "Logger",
    "LoggerChange",
    "PkAnalysis",
    "Property",
    "PropertyChange",
]


@dataclass
class Property:
    """A configuration property."""

    key: str
    value: str

    @property
    def is_masked(self) -> bool:
        """Whether the server shows asterisks in place of the value."""
        return bool(self.value) and set(self.value) == {"*"}


@dataclass
class PropertyChange:
    """What the server made of a new value."""

    success: bool
    action: str
    has_edited: bool | None
    previous: str | None = None
    """The value before, where `replace_property` could read it."""


@dataclass
class FoundHac:
    """Where HAC's login page was found."""

    context_path: str
    node: str | None


@dataclass
class Logger:
    """A logger of the server."""

    name: str
    parent: str | None
    level: str | None


@dataclass
class LoggerChange:
    """What the server made of a new level."""

    success: bool
    logger_name: str
    level_name: str
    previous: str | None = None
    """The level before, where `replace_log_level` could read it."""


@dataclass
class Acknowledgement:
    """What the server answered to a change that returns nothing."""

    answer: Any
    """Its JSON, such as `{"success": True}`. What is in it depends on the release."""

    @property
    def success(self) -> bool:
        """Whether the answer is a JSON object that reports no failure."""
        answer: Any = self.answer
        return _arguments._is(answer, dict) and not any(_says_failure(str(key).lower(), value) for key, value in answer.items())


def _says_failure(key: str, value: Any) -> bool:
    if key == "success":
        return value is not True and str(value).lower() != "true"
    if key in ("error", "errors", "exception", "exceptions"):
        return bool(value.strip() if isinstance(value, str) else value)
    return isinstance(value, str) and "fail" in value.lower()


@dataclass
class PkAnalysis:
    """What is encoded in a PK."""

    pk: str
    """The text that was analyzed."""
    fields: dict[str, Any]
    """The server's own names and values: `pkTypeCode`, `pkComposedTypeCode`, `pkCreationDate`, `pkAsHex`, `bits` and so on."""

    @property
    def failure(self) -> str | None:
        """Why the text is not a PK; `None` if it is one."""
        exception: Any = self.fields.get("possibleException")
        if exception is None:
            known = any(self.fields.get(name) is not None for name in ("pkTypeCode", "pkComposedTypeCode", "pkAsHex"))
            return None if known else "the server returned nothing about it"
        if _arguments._is(exception, dict):
            exception = exception.get("message") or exception.get("localizedMessage")
        return str(exception or "").strip() or "the server gave no reason"

    @property
    def success(self) -> bool:
        """Whether the text is a PK."""
        return self.failure is None

    @property
    def type_code(self) -> int | None:
        """The type code of the deployment, such as 1 for `Product`."""
        code: Any = self.fields.get("pkTypeCode")
        return code if isinstance(code, int) else None

    @property
    def composed_type(self) -> str | None:
        """The code of the type, such as `Product`."""
        code: Any = self.fields.get("pkComposedTypeCode")
        return code if isinstance(code, str) else None
