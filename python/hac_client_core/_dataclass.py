"""Dataclasses whose fields are made when somebody asks for them.

The standard module loads `inspect`, `ast` and `re`: more memory and time in every process than a call to HAC takes. A class of this
decorator has the same methods, and is a dataclass for everybody who looks: `dataclasses.fields`, `asdict`, `replace`, a subclass.
"""

from __future__ import annotations

import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

__all__ = ["Result", "dataclass", "field"]


class Result:
    """Knows more than its fields: what was measured, for example. `vars(result)` has the fields alone."""

    __slots__ = ("__dict__", "__weakref__", "_more")

    if TYPE_CHECKING:
        _more: dict[str, Any]

    def _know(self, **more: Any) -> None:
        self._more = {**self._all_known(), **more}

    def _known(self, name: str, default: Any = None) -> Any:
        return self._all_known().get(name, default)

    def _all_known(self) -> dict[str, Any]:
        try:
            # A class may have a __getattr__ of its own for what is not there.
            known: dict[str, Any] = object.__getattribute__(self, "_more")
        except AttributeError:
            return {}
        return known

    def __getstate__(self) -> dict[str, Any]:
        return {**self.__dict__, **{f"_{name}": value for name, value in self._all_known().items()}}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update({name: value for name, value in state.items() if not name.startswith("_")})
        more = {name[1:]: value for name, value in state.items() if name.startswith("_")}
        if more:
            self._know(**more)


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
    """What `dataclasses.dataclass` makes of a class without factories and without a parent that has fields."""

    def finish(cls: Any) -> Any:
        return _finished(cls, frozen)

    return finish if cls is None else finish(cls)


def _finished(cls: Any, frozen: bool) -> Any:
    own: dict[str, Any] = {**vars(cls)}
    names = tuple(cls.__annotations__)
    hidden = frozenset(name for name in names if isinstance(own.get(name), _Hidden))
    for name in hidden:
        delattr(cls, name)
    shown = [name for name in names if name not in hidden]
    defaults = {name: own[name] for name in names if name in own and name not in hidden}

    def __repr__(self: Any) -> str:
        return f"{type(self).__qualname__}({', '.join([f'{name}={getattr(self, name)!r}' for name in shown])})"

    def values(self: Any) -> tuple[Any, ...]:
        return tuple([getattr(self, name) for name in names])

    def __eq__(self: Any, other: Any) -> Any:
        return values(self) == values(other) if other.__class__ is self.__class__ else NotImplemented

    def __hash__(self: Any) -> int:
        return hash(values(self))

    def __setattr__(self: Any, name: str, value: Any) -> None:
        raise _frozen("assign to", name)

    def __delattr__(self: Any, name: str) -> None:
        raise _frozen("delete", name)

    def __replace__(self: Any, /, **changes: Any) -> Any:
        import dataclasses

        return dataclasses.replace(self, **changes)

    constructor = _constructor(cls.__module__, names, defaults, frozen, "__post_init__" in own)
    constructor.__annotations__ = {**cls.__annotations__, "return": None}
    methods: dict[str, Any] = {"__init__": constructor, "__repr__": __repr__, "__eq__": __eq__}
    if sys.version_info >= (3, 13):
        methods["__replace__"] = __replace__
    if frozen:
        methods.update(__hash__=__hash__, __setattr__=__setattr__, __delattr__=__delattr__)
    for name, method in methods.items():
        if name not in own:
            method.__qualname__ = f"{cls.__qualname__}.{name}"
            setattr(cls, name, method)
    attributes: dict[str, Any] = {"__match_args__": names}
    if not frozen:
        attributes["__hash__"] = None
    for name in ("__dataclass_fields__", "__dataclass_params__"):
        attributes[name] = _Stock(cls, name, hidden, frozen)
    for name, attribute in attributes.items():
        setattr(cls, name, attribute)
    return cls


def _constructor(module: str, names: tuple[str, ...], defaults: dict[str, Any], frozen: bool, ends_with_own: bool) -> Any:
    arguments = ", ".join(f"{name}=defaults[{name!r}]" if name in defaults else name for name in names)
    assign = "set(self, {0!r}, {0})" if frozen else "self.{0} = {0}"
    lines = [assign.format(name) for name in names]
    if ends_with_own:
        lines.append("self.__post_init__()")
    body = "".join(f"\n  {line}" for line in lines)
    made: dict[str, Any] = {}
    # In the class's own module: annotations are evaluated there.
    exec(f"def make(defaults, set):\n def __init__(self, {arguments}):{body}\n return __init__", vars(sys.modules[module]), made)
    return made["make"](defaults, object.__setattr__)


def _frozen(what: str, name: str) -> Exception:
    import dataclasses

    return dataclasses.FrozenInstanceError(f"cannot {what} field {name!r}")
