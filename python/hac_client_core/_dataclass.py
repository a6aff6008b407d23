"""Dataclasses whose fields are made when somebody asks for them.

The standard module loads `inspect`, `ast` and `re`: more memory and time in every process than a call to HAC takes. A class of this
decorator has the same methods, and is a dataclass for everybody who looks: `dataclasses.fields`, `asdict`, `replace`, a subclass.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

__all__ = ["dataclass", "field"]


class _Hidden:
    """A field that `repr` leaves out."""


class _Stock:
    """An attribute that the standard module makes, until somebody reads it."""

    def __init__(self, of: type[Any], name: str, hidden: frozenset[str], frozen: bool) -> None:
        self._of, self._name, self._hidden, self._frozen = of, name, hidden, frozen

    def __get__(self, instance: object, owner: type[Any]) -> Any:
        import dataclasses

        of = self._of
        members: dict[str, Any] = {"__module__": of.__module__, "__annotations__": of.__annotations__}
        members.update({name: vars(of)[name] for name in of.__annotations__ if name in vars(of)})
        members.update({name: dataclasses.field(repr=False) for name in self._hidden})
        twin: Any = dataclasses.dataclass(frozen=self._frozen)(type(of.__name__, (), members))
        of.__dataclass_params__ = twin.__dataclass_params__
        of.__dataclass_fields__ = twin.__dataclass_fields__
        return getattr(of, self._name)


def field(*, repr: bool) -> Any:
    """A field that `repr` leaves out."""
    assert not repr
    return _Hidden()


def dataclass(cls: Any = None, /, *, frozen: bool = False) -> Any:
    """What `dataclasses.dataclass` makes of a class with fields that are not made by a factory."""
    if cls is None:
        return lambda cls: dataclass(cls, frozen=frozen)
    names = tuple(cls.__annotations__)
    hidden = frozenset(name for name in names if isinstance(vars(cls).get(name), _Hidden))
    for name in hidden:
        delattr(cls, name)
    shown = [name for name in names if name not in hidden]

    def __repr__(self: Any) -> str:
        return f"{type(self).__qualname__}({', '.join([f'{name}={getattr(self, name)!r}' for name in shown])})"

    def values(self: Any) -> tuple[Any, ...]:
        return tuple([getattr(self, name) for name in names])

    def __eq__(self: Any, other: Any) -> Any:
        return values(self) == values(other) if other.__class__ is self.__class__ else NotImplemented

    def __hash__(self: Any) -> int:
        return hash(values(self))

    def __replace__(self: Any, /, **changes: Any) -> Any:
        import dataclasses

        return dataclasses.replace(self, **changes)

    methods: dict[str, Any] = {
        "__init__": _constructor(cls, names, frozen),
        "__repr__": __repr__,
        "__eq__": __eq__,
        "__replace__": __replace__,
    }
    if frozen:
        methods.update(__hash__=__hash__, __setattr__=_refused("assign to"), __delattr__=_refused("delete"))
    for name, method in methods.items():
        if name not in vars(cls):
            method.__qualname__ = f"{cls.__qualname__}.{name}"
            setattr(cls, name, method)
    if not frozen:
        cls.__hash__ = None
    cls.__match_args__ = names
    for name in ("__dataclass_fields__", "__dataclass_params__"):
        setattr(cls, name, _Stock(cls, name, hidden, frozen))
    return cls


def _constructor(cls: Any, names: tuple[str, ...], frozen: bool) -> Any:
    defaults = {name: vars(cls)[name] for name in names if name in vars(cls)}
    arguments = ", ".join(f"{name}=defaults[{name!r}]" if name in defaults else name for name in names)
    assign = "set(self, {0!r}, {0})" if frozen else "self.{0} = {0}"
    lines = [assign.format(name) for name in names]
    if hasattr(cls, "__post_init__"):
        lines.append("self.__post_init__()")
    made: dict[str, Any] = {"defaults": defaults, "set": object.__setattr__}
    exec(f"def __init__(self, {arguments}):\n " + "\n ".join(lines), made)
    constructor = made["__init__"]
    constructor.__annotations__ = {**cls.__annotations__, "return": None}
    return constructor


def _refused(what: str) -> Any:
    def refuse(self: Any, name: str, *value: Any) -> None:
        from dataclasses import FrozenInstanceError

        raise FrozenInstanceError(f"cannot {what} field {name!r}")

    return refuse
