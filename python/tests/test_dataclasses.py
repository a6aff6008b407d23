"""Results are dataclasses, though the module of that name is loaded only where somebody needs it."""

from __future__ import annotations

import copy
import dataclasses
import inspect
import json
import pickle
import typing
from typing import Any

import pytest

from conftest import QUERY, run_python
from hac_client_core import (
    FlexibleSearchResult,
    GroovyScriptResult,
    HacClient,
    ImpexResult,
    PlannedCall,
    SessionInfo,
    SessionMetadata,
    UpdateParameter,
    diagnosis,
    models,
)

ALL: list[Any] = [getattr(of, name) for of in (models, diagnosis) for name in of.__all__] + [PlannedCall, SessionMetadata]
FROZEN = [PlannedCall, *(getattr(diagnosis, name) for name in diagnosis.__all__)]
FROZEN += [models.BulkImportResult, models.BulkImportStatus, models.BulkProgress, models.LintFinding, models.PagePosition]


def stock(of: Any) -> Any:
    """The same class as the standard decorator makes it."""
    members = {name: value for name, value in vars(of).items() if name in of.__annotations__}
    members |= {name: dataclasses.field(repr=False) for name in ("session_id", "csrf_token") if name in of.__annotations__}
    twin = type(of.__name__, (), {"__annotations__": of.__annotations__, "__module__": of.__module__, **members})
    return dataclasses.dataclass(frozen=of in FROZEN)(twin)


@pytest.mark.parametrize("of", ALL, ids=lambda of: str(of.__name__))
def test_a_class_has_what_the_standard_decorator_gives_it(of: Any) -> None:
    twin = stock(of)
    assert dataclasses.is_dataclass(of)
    told = [[(field.name, field.type, field.default, field.repr) for field in dataclasses.fields(one)] for one in (of, twin)]
    assert told[0] == told[1]
    assert inspect.signature(of) == inspect.signature(twin)
    assert of.__match_args__ == twin.__match_args__
    assert (of.__hash__ is None) == (twin.__hash__ is None)
    assert repr(of.__dataclass_params__) == repr(twin.__dataclass_params__)
    values = [str(number) for number, _ in enumerate(told[0])]
    one, other = of(*values), twin(*values)
    assert repr(one) == repr(other) and vars(one) == vars(other)
    assert one == of(*values) and one != of(*values[:-1], "else") and one != other
    for again in (copy.copy(one), copy.deepcopy(one), pickle.loads(pickle.dumps(one)), dataclasses.replace(one)):
        assert again == one and type(again) is of
    assert dataclasses.astuple(one) == tuple(values) and list(dataclasses.asdict(one)) == list(of.__match_args__)
    assert set(typing.get_type_hints(of)) == set(of.__match_args__)


def test_what_is_missing_is_named_as_by_a_dataclass() -> None:
    make: Any = SessionInfo
    with pytest.raises(TypeError, match=r"SessionInfo\.__init__\(\) missing 1 required positional argument: 'csrf_token'"):
        make("id")
    with pytest.raises(TypeError, match="unexpected keyword argument 'nothing'"):
        make("id", "token", nothing=1)


def test_a_dataclass_may_inherit_from_a_result() -> None:
    @dataclasses.dataclass
    class Timed(GroovyScriptResult):
        seconds: float = 0.5

    timed = Timed("out", "1")
    assert [field.name for field in dataclasses.fields(timed)][-2:] == ["execution_time_ms", "seconds"]
    assert timed == Timed("out", "1", None, False, None, 0.5) and timed != GroovyScriptResult("out", "1")

    class Plain(UpdateParameter):
        pass

    assert dataclasses.fields(Plain) == dataclasses.fields(UpdateParameter) and repr(Plain("a", "b", {})).endswith("default=None)")


def test_vars_of_a_result_are_its_fields_and_nothing_else(client: HacClient) -> None:
    def results() -> list[Any]:
        script = "INSERT_UPDATE Language;isocode[unique=true]\n;xx\n"
        return [client.execute_flexiblesearch(QUERY, 2), client.execute_groovy("return 1"), client.import_impex(script)]

    for one, other in zip(results(), results()):
        fields = [field.name for field in dataclasses.fields(one)]
        assert set(vars(one)) == set(fields) == set(one.__dict__)
        assert json.loads(json.dumps(vars(one))) == vars(one)
        assert type(one)(**vars(one)) == one and one.elapsed_ms is not None
        for again in (copy.copy(one), copy.deepcopy(one), *(pickle.loads(pickle.dumps(other, protocol)) for protocol in range(6))):
            assert set(vars(again)) == set(fields) and again.elapsed_ms in (one.elapsed_ms, other.elapsed_ms)
    result = results()[0]
    result.seen = True
    vars(result)["rows"].append(["more"])
    assert len(result.rows) == 3 and vars(result)["seen"] and copy.copy(result).seen


# Of an import that failed, as version 0.2.0 pickled it when all results were in one file.
PICKLED = (
    b"ccopy_reg\n_reconstructor\n(chac_client_core.models\nImpexResult\nc__builtin__\nobject\nNtR(dVsuccess\nI00\nsVoutput\nVo\n"
    b"sVerror\nVe\nsVvalidation_errors\n(lsV_summary\nVe\nsV_elapsed_ms\nI7\nsV_failures\n(lccopy_reg\n_reconstructor\n"
    b"(chac_client_core.models\nImpexFailure\nc__builtin__\nobject\nNtR(dVline\nI2\nsVcandidate_lines\n(lsVreason\nVr\nsVtext\nVt\n"
    b"sbasb."
)


def test_results_are_pickled_under_the_names_that_they_always_had() -> None:
    assert {of.__module__ for of in ALL if of.__name__ in models.__all__} == {"hac_client_core.models"}
    result = pickle.loads(PICKLED)
    assert result == ImpexResult(False, "o", "e", []) and result.elapsed_ms == 7
    assert result.failures == [models.ImpexFailure(2, [], "r", "t")] and type(result) is ImpexResult
    assert b"hac_client_core.models" in pickle.dumps(result) and b"_impex_results" not in pickle.dumps(result)


def test_a_planned_call_cannot_be_changed() -> None:
    call: Any = PlannedCall("write", "run the script", "http://h", "local", "admin")
    with pytest.raises(dataclasses.FrozenInstanceError, match="cannot assign to field 'doing'"):
        call.doing = "nothing"
    with pytest.raises(dataclasses.FrozenInstanceError, match="cannot delete field 'doing'"):
        del call.doing
    assert hash(call) == hash(PlannedCall("write", "run the script", "http://h", "local", "admin"))


def test_a_list_of_errors_is_made_where_none_is_given() -> None:
    assert ImpexResult(True, "").validation_errors == []
    assert FlexibleSearchResult([], [], 0) == FlexibleSearchResult([], [], 0)


def test_a_match_statement_takes_a_result_apart() -> None:
    code = """
from hac_client_core import GroovyScriptResult
match GroovyScriptResult("out", "42"):
    case GroovyScriptResult(output, value, None):
        print(output, value)
"""
    assert run_python(code).stdout == "out 42\n"
