"""What tools read of the package: types that can be evaluated, documentation of every call."""

from __future__ import annotations

import importlib
import inspect
import pkgutil
import typing
from collections.abc import Iterator
from typing import Any

import pytest

import hac_client_core
from conftest import run_python

MODULES = [module.name for module in pkgutil.iter_modules(hac_client_core.__path__) if not module.name.startswith("_")]


def of_module(module: Any) -> Iterator[tuple[str, Any]]:
    """Every public class and function, and their public members."""
    names = getattr(module, "__all__", None) or [name for name in vars(module) if name[0] not in "_"]
    for name in names:
        found = getattr(module, name)
        if not callable(found):
            continue
        yield name, found
        if inspect.isclass(found):
            for member_name, member in inspect.getmembers_static(found) if hasattr(inspect, "getmembers_static") else inspect.getmembers(found):
                function: Any = member.fget if isinstance(member, property) else getattr(member, "__func__", member)
                shown = not member_name.startswith("_") or member_name in ("__init__", "__enter__", "__exit__", "__aenter__", "__aexit__")
                if shown and inspect.isfunction(function):
                    yield f"{name}.{member_name}", function


ALL = [
    pytest.param(found, id=f"{of}.{name}")
    for of, module in [("hac_client_core", hac_client_core), *((name, importlib.import_module(f"hac_client_core.{name}")) for name in MODULES)]
    for name, found in of_module(module)
    if str(getattr(found, "__module__", "")).startswith("hac_client_core")
]


@pytest.mark.parametrize("found", ALL)
def test_the_types_of_everything_public_can_be_evaluated(found: Any) -> None:
    typing.get_type_hints(found)
    if not (inspect.isclass(found) and issubclass(found, BaseException)):
        inspect.signature(found, eval_str=True)


def test_types_of_arguments_and_results_are_what_they_are_called() -> None:
    hints = typing.get_type_hints(hac_client_core.HacClient.plan_copy)
    assert hints["return"] is hac_client_core.CopyPlan and hints["what"] is str
    assert typing.get_type_hints(hac_client_core.HacClient.diagnosis)["return"] is hac_client_core.Diagnosis
    assert typing.get_type_hints(hac_client_core.AsyncHacClient.execute_groovy)["return"] is hac_client_core.GroovyScriptResult
    assert typing.get_type_hints(hac_client_core.HacClient.__init__)["auth_handler"] is hac_client_core.AuthHandler


def test_to_evaluate_types_is_all_that_loads_modules_for_them() -> None:
    loaded = run_python("import sys; before = set(sys.modules); import hac_client_core; print(*(set(sys.modules) - before))")
    assert not {"typing", "pathlib", "dataclasses", "inspect", "hac_client_core.copies", "hac_client_core.rows"} & set(loaded.stdout.split())
