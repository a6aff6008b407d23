"""Names in annotations that are loaded when somebody evaluates them: `typing.get_type_hints`, `inspect.signature(eval_str=True)`."""

from __future__ import annotations


class Literal:
    """`typing.Literal`, which is loaded when an annotation with it is evaluated."""

    def __class_getitem__(cls, words: tuple[str, ...]) -> object:
        from typing import Literal

        return Literal[words]


class Later:
    """A module in annotations. It is imported when one of its names is read."""

    def __init__(self, module: str) -> None:
        self._module = module

    def __getattr__(self, name: str) -> object:
        import importlib

        try:
            return getattr(importlib.import_module(self._module), name)
        except ImportError:
            # A package that nobody has to install.
            return object
