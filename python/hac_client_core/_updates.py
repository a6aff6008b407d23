"""Updates: what is asked for, as the native half and HAC take it, and what the server offers."""

from __future__ import annotations

from . import _arguments
from .errors import HacProtocolError
from .models import ProjectData, UpdateData, UpdateParameter

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, TypedDict

    class Wishes(TypedDict):
        """An update or an initialization, for the native half."""

        initialize: bool
        schema: bool
        drop_tables: bool
        clear_hmc: bool
        essential_data: bool
        project_data: bool
        localize_types: bool
        extensions: list[str]
        patches: list[str]
        parameters: list[tuple[str, str]]


def wishes(
    initialize: bool,
    schema: bool,
    drop_tables: bool,
    clear_hmc: bool,
    essential_data: bool,
    project_data: bool,
    localize_types: bool,
    extensions: Any,
    patches: Any,
    parameters: Any,
) -> Wishes:
    """An update as it is asked for, looked at."""
    return {
        "initialize": bool(initialize),
        "schema": bool(schema),
        "drop_tables": bool(drop_tables),
        "clear_hmc": bool(clear_hmc),
        "essential_data": bool(essential_data),
        "project_data": bool(project_data),
        "localize_types": bool(localize_types),
        "extensions": _arguments.texts(extensions, "extensions"),
        "patches": _arguments.texts(patches, "patches"),
        "parameters": _arguments.text_pairs(parameters, "parameters", "parameter"),
    }


def update_data(parts: Any) -> UpdateData:
    is_initializing, projects = parts
    return UpdateData(
        is_initializing,
        [
            ProjectData(
                name,
                description,
                [
                    UpdateParameter(of, label, dict(values), legacy, multi_select, default)
                    for of, label, values, legacy, multi_select, default in parameters
                ],
            )
            for name, description, parameters in projects
        ],
    )


def pending_patches(answer: Any) -> dict[str, list[dict[str, Any]]]:
    """The patches as the server names them, each with a name and with whether it is required."""

    def patch(of: Any) -> dict[str, Any]:
        return {**of, "hash": of["hash"], "name": of.get("name") or of["hash"], "required": bool(of.get("required"))}

    try:
        return {extension: [patch(of) for of in found or ()] for extension, found in answer.items()}
    except (AttributeError, LookupError, TypeError):
        raise HacProtocolError("Failed to fetch pending patches: the server's answer is not a list of patches by extension") from None


def update_request(
    patches: dict[str, str] | None,
    all_parameters: dict[str, Any] | None,
    pending: dict[str, list[dict[str, Any]]],
    run_schema_update: bool,
    **tasks: bool,
) -> str:
    """The request of an update as HAC's page sends it, with those of the pending patches that are required."""
    required: dict[str, list[str]] = {}
    for extension, found in pending.items():
        hashes = [patch["hash"] for patch in found if patch["required"]]
        if hashes:
            required[extension] = hashes
    parameters: dict[str, Any] = _arguments.mapping(all_parameters, "all_parameters")
    for name, value in _arguments.mapping(patches, "patches").items():
        parameters[name] = [value]
    as_lists: dict[str, Any] = {name: value if issubclass(type(value), list) else [value] for name, value in parameters.items()}
    request: dict[str, Any] = {
        **{name: bool(wanted) for name, wanted in tasks.items()},
        "initMethod": "UPDATE" if run_schema_update else None,
        "allParameters": parameters,
        "patches": required,
        "parametersAsStringMap": {"initmethod": ["update"], **as_lists},
    }
    return _arguments.as_json(request, "the request of the update")
