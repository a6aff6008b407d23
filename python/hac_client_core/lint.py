"""Mistakes in ImpEx, found without importing it."""

from __future__ import annotations

import os

from . import _arguments, _native
from .errors import HacUsageError
from .models import LintFinding

TYPE_CHECKING = False
if not TYPE_CHECKING:
    # For those who evaluate annotations.
    Any = object
else:
    from typing import Any

__all__ = ["lint_impex"]

_NAME_IT = 'name its encoding: encoding="ISO-8859-1" for example'


def lint_impex(impex_content: str | os.PathLike[str], *, encoding: str | None = None) -> list[LintFinding]:
    """Finds mistakes in ImpEx without a server, in the order of the text. Nothing is imported.

    HAC's validation looks at headers, quotes and brackets only. This also finds rows with more cells than there are columns, rows without
    a header, macros that are not defined, unknown modes, misspelt modifiers, columns that occur twice, and headers without a unique
    column or without rows. `HacClient.lint_impex` also finds types and attributes that the server does not have.

    Args:
        impex_content: The script as a str, or a file by its `Path`.
        encoding: The encoding of the file. Default: UTF-8, or UTF-16 if the file begins with its byte order mark.

    Returns:
        The findings, 10,000 at most. An empty list if there are none.

    Raises:
        HacUsageError: The file cannot be read, or is not text of this encoding.
    """
    return findings(_native.lint_impex(text_of(impex_content, encoding)))


def findings(parts: Any) -> list[LintFinding]:
    """The findings of the native half."""
    return [LintFinding(*part) for part in parts]


def text_of(source: Any, encoding: Any) -> str:
    """The script itself."""
    name = _arguments.optional_text(encoding, "encoding")
    if not isinstance(source, os.PathLike):
        return _arguments.text(source, "impex_content")
    path = _arguments.path(source, "impex_content")
    try:
        with open(path, "rb") as file:
            content = file.read()
    except OSError as error:
        raise _refused(path, error.strerror or str(error), "name a file with ImpEx") from error
    if name is None:
        name = "utf-16" if content[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8"
    try:
        decoded = content.decode(name)
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise _refused(path, f"it is not valid {name.upper()} (line {line})", _NAME_IT) from None
    except (LookupError, ValueError):
        raise _refused(path, f"{name!r} is not a known encoding", _NAME_IT) from None
    return _arguments.text(decoded, "impex_content")


def _refused(path: str, why: str, hint: str) -> HacUsageError:
    error = HacUsageError(f"Cannot read the ImpEx from {path}: {why}\nhint: {hint}")
    error.hint = hint
    return error
