"""What `HacClient.plan_copy` and `HacClient.write_copy` return."""

from __future__ import annotations

from .errors import HacUsageError

TYPE_CHECKING = False
if not TYPE_CHECKING:
    from ._dataclass import dataclass

    # For those who evaluate annotations.
    Any = object
else:
    from dataclasses import dataclass
    from typing import Any

    from . import _native

__all__ = ["CopyColumn", "CopyPlan", "CopyResult", "NotCopied"]


@dataclass(frozen=True)
class CopyColumn:
    """A column of a copy."""

    attribute: str
    language: str | None
    """The ISO code of the language; `None` for an attribute that has one value for all languages."""
    kind: str
    """What its values are: `text`, `boolean`, `time`, `number`, or `reference` for the key of another item."""
    is_unique: bool
    """Whether an import finds rows by it."""
    header: str
    """As it stands in the header: `catalogVersion(catalog(id),version)[unique=true]`."""


@dataclass(frozen=True)
class NotCopied:
    """An attribute that is not copied, and why."""

    attribute: str
    reason: str


@dataclass(frozen=True)
class CopyPlan:
    """How rows are copied: which attributes become columns, and which do not. For `HacClient.write_copy`.

    A plan that was pickled and read back can be shown, but not written.
    """

    type_code: str
    """The code of the type whose rows are copied."""
    header: str
    """The header of the rows: `INSERT_UPDATE Product;code[unique=true];name[lang=en]`."""
    columns: tuple[CopyColumn, ...]
    """The columns, in the order of the header."""
    left_out: tuple[NotCopied, ...]

    def __getstate__(self) -> dict[str, Any]:
        return {name: value for name, value in self.__dict__.items() if name != "_plan"}


@dataclass(frozen=True)
class CopyResult:
    """Rows that were written as ImpEx."""

    rows: int
    """How many."""
    dangling: dict[str, int]
    """The attributes that name items that do not exist or have no key, and how many of their values do. They are empty in the ImpEx."""
    elapsed_ms: int


def plan_of(parts: Any) -> CopyPlan:
    """A plan of the native half."""
    native, type_code, header, columns, left_out = parts
    plan = CopyPlan(
        type_code,
        header,
        tuple([CopyColumn(*column) for column in columns]),
        tuple([NotCopied(*attribute) for attribute in left_out]),
    )
    plan.__dict__["_plan"] = native
    return plan


def native_of(plan: Any) -> _native.Plan:
    """The native half of a plan."""
    if not isinstance(plan, CopyPlan):
        raise TypeError(f"plan is a CopyPlan, not {type(plan).__name__}")
    native: _native.Plan | None = plan.__dict__.get("_plan")
    if native is None:
        raise HacUsageError("cannot copy: the plan is not one that plan_copy() returned in this process")
    return native


def result_of(parts: Any) -> CopyResult:
    """The result of the native half."""
    return CopyResult(*parts)
