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


def test_every_asynchronous_method_documents_itself_as_the_other_does() -> None:
    methods = [name for name, of in vars(hac_client_core.HacClient).items() if inspect.isfunction(of) and not name.startswith("_")]
    for name in methods:
        ours = inspect.getdoc(getattr(hac_client_core.AsyncHacClient, name)) or ""
        theirs = inspect.getdoc(getattr(hac_client_core.HacClient, name)) or ""
        if name == "iter_rows":
            ours, theirs = (text.partition("Args:")[2] for text in (ours, theirs))
        assert ours == theirs and ours, f"{name}: python3 scripts/async_docs.py --update"


def test_every_call_documents_what_it_returns_and_each_argument() -> None:
    for name, method in vars(hac_client_core.HacClient).items():
        if name.startswith("_") or not inspect.isfunction(method):
            continue
        text = inspect.getdoc(method) or ""
        hints = typing.get_type_hints(method)
        assert "Returns:" in text or hints.get("return") is type(None), name
        for argument in list(inspect.signature(method).parameters)[1:]:
            assert f"    {argument}: " in text, (name, argument)


def test_every_public_class_can_be_imported_from_the_package() -> None:
    for name in MODULES:
        if name in ("auth", "testing"):
            continue
        module = importlib.import_module(f"hac_client_core.{name}")
        for of in getattr(module, "__all__", []):
            assert getattr(hac_client_core, of) is getattr(module, of) and of in hac_client_core.__all__, of
    with pytest.raises(AttributeError, match="has no attribute 'nonsense'"):
        hac_client_core.nonsense  # noqa: B018
