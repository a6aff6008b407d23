"""What may differ in a command line, by the rows of docs/migrating.md.

Each row is a function that takes what hac-client-cli did and what ours did, and returns both without the difference. Everything else has to be the
same, so a row never excuses a whole line.
"""

import csv
import html
import json
import re
import tomllib
from typing import Any, Callable, NamedTuple


class Ran(NamedTuple):
    code: int
    out: str
    err: str


Pair = tuple[Ran, Ran]
SAME = Ran(0, "", "")


def both(theirs: Ran, ours: Ran, change: Callable[[str], str]) -> Pair:
    return theirs._replace(out=change(theirs.out)), ours._replace(out=change(ours.out))


def same_if(condition: bool, theirs: Ran, ours: Ran) -> Pair:
    """For a command that one of the programs does not carry out: nothing of the output can be the same."""
    return (SAME, SAME) if condition else (theirs, ours)


def parsed(text: str) -> Any:
    try:
        return json.loads(text)
    except json.JSONDecodeError:
        return None


def without_space(text: str) -> str:
    return re.sub(r"\s+", "", text)


def codes(theirs: Ran, ours: Ran) -> Pair:
    return theirs, ours._replace(code=1) if theirs.code == 1 and 2 <= ours.code <= 5 else ours


def failure_as_json(theirs: Ran, ours: Ran) -> Pair:
    said = parsed(ours.out)
    is_one = isinstance(said, dict) and said["success"] is False and {"kind", "message"} <= said["error"].keys()
    return theirs, ours._replace(out="") if is_one and not theirs.out else ours


def errors(theirs: Ran, ours: Ran) -> Pair:
    told = re.fullmatch(r"ERROR: .*\n", theirs.out) and ours.err.startswith("error: ")
    return (theirs._replace(out=""), ours._replace(code=1)) if told and ours.code == 2 else (theirs, ours)


def advice(theirs: Ran, ours: Ran) -> Pair:
    lines = theirs.out.splitlines()
    is_advice = r"No (active sessions|environments configured)|Next: .*|Add an .*|(Create|Start) (a )?session: .*|hac (session|endpoint|env) .*"
    kept = [line for line in lines if not re.fullmatch(is_advice, line.strip())]
    return theirs._replace(out="\n".join(kept).rstrip()), ours._replace(out=ours.out.rstrip())


def default(theirs: Ran, ours: Ran) -> Pair:
    """Ours makes the first environment the default."""
    ours = ours._replace(out=ours.out.replace(" (set as default)", "").replace('"is_default": true', '"is_default": false'))
    return theirs, ours


def reused(theirs: Ran, ours: Ran) -> Pair:
    return theirs, ours._replace(out=re.sub("^Session reused", "Session started", ours.out))


def tables(theirs: Ran, ours: Ran) -> Pair:
    drawn = [re.split("[│┃]", line) for line in theirs.out.splitlines() if line[:1] in ("│", "┃")]
    rows = [[cell.strip() for cell in line if cell.strip()] for line in drawn]
    printed = [re.split(r"\s{2,}", line.strip()) for line in ours.out.splitlines()]

    def is_there(cell: str, row: list[str]) -> bool:
        is_session = any(own == "STATE" or own.startswith("alive at") for own in row)
        # Instead of AUTH there is STATE, and the ages of two sessions differ.
        return cell in row or (is_session and (cell in ("AUTH", "✓") or re.fullmatch(r"(\d+m )?\d+s", cell) is not None))

    fits = len(rows) == len(printed) and all(is_there(cell, row) for cells, row in zip(rows, printed) for cell in cells)
    return (theirs, ours._replace(out=theirs.out)) if rows and fits else (theirs, ours)


def ids(theirs: Ran, ours: Ran) -> Pair:
    label = r'((?:Session ID|CSRF Token): |"(?:session_id|csrf_token)": ")'
    theirs = theirs._replace(out=re.sub(label + r"[\w-]+(\.\.\.)?", r"\1ID", theirs.out))
    return theirs, ours._replace(out=re.sub(label + r"[\w-]{1,6}\.\.\.", r"\1ID", ours.out))


def route(theirs: Ran, ours: Ran) -> Pair:
    return theirs, ours._replace(out=ours.out.replace("ROUTE=", ""))


def unquoted(theirs: Ran, ours: Ran) -> Pair:
    rows = csv.reader(ours.out.splitlines())
    return theirs, ours._replace(out="".join(",".join(row) + "\n" for row in rows))


def entities(theirs: Ran, ours: Ran) -> Pair:
    return theirs._replace(out=html.unescape(theirs.out)), ours


def null(theirs: Ran, ours: Ran) -> Pair:
    return theirs._replace(out=re.sub(r"(?<![^\t,\n])None(?![^\t,\n])", "", theirs.out)), ours


def formats(theirs: Ran, ours: Ran) -> Pair:
    is_refused = ours.code == 2 and (parsed(ours.out) or {}).get("success") is False
    return same_if(theirs.code == 0 and parsed(theirs.out) is not None and is_refused, theirs, ours)


def log(theirs: Ran, ours: Ran) -> Pair:
    def joined(text: str) -> str:
        said = parsed(text)
        if not isinstance(said, dict):
            return without_space(text)
        return json.dumps({**said, "log": without_space(said["log"])})

    return both(theirs, ours, joined)


def start(theirs: Ran, ours: Ran) -> Pair:
    return theirs._replace(out=re.sub(r"^Starting system update\.\.\.\n(  .*\n)*(?=\{)", "", theirs.out)), ours


def follow(theirs: Ran, ours: Ran) -> Pair:
    whole = [json.loads(line) for line in theirs.out.splitlines()]
    lines = [json.loads(line) for line in ours.out.splitlines()]
    if not whole or not lines or "\n".join(line["line"] for line in lines[:-1]) != lines[-1]["log"]:
        return theirs, ours
    whole[-1].pop("timestamp")
    return log(theirs._replace(out=json.dumps(whole[-1])), ours._replace(out=json.dumps(lines[-1])))


def first(theirs: Ran, ours: Ran) -> Pair:
    """Of a parameter without one selected value, theirs sends the first value or nothing, and ours what the server preselected."""
    return both(theirs, ours, lambda text: re.sub(r">>> (Create geocoding cron job|Languages|Manufacturer) = .*\n", "", text))


def param(theirs: Ran, ours: Ran) -> Pair:
    """Theirs sends a parameter without the prefix of its extension, and the server ignores it."""
    return theirs, ours._replace(out=re.sub(r">>> Import Core Data = yes.*\n", "", ours.out))


def extension(theirs: Ran, ours: Ran) -> Pair:
    return theirs, ours._replace(out=re.sub(r"Create project data of samplestore\n(>>> .*\n)+", "", ours.out))


def refused(*words: str) -> Callable[[Ran, Ran], Pair]:
    """Theirs does it; ours exits with 2, prints nothing, and says this."""

    def differ(theirs: Ran, ours: Ran) -> Pair:
        told = all(word in ours.err for word in words)
        return same_if(theirs.code == 0 and ours.code == 2 and not ours.out and told, theirs, ours)

    return differ


def fixed(failure: str, printed: str) -> Callable[[Ran, Ran], Pair]:
    """Theirs fails with this; ours prints that, and what theirs prints before it fails."""

    def differ(theirs: Ran, ours: Ran) -> Pair:
        works = ours.out.startswith(theirs.out) and re.search(printed, ours.out) is not None
        return same_if(theirs.code == 1 and failure in theirs.err and works, theirs, ours)

    return differ


def data(theirs: Ran, ours: Ran) -> Pair:
    """Theirs shows one of the selected values, and none of a text."""

    def as_theirs(own: str, other: str) -> str:
        return other if other in ("None", "") else own.split("+")[0]

    def merged(other: Any, own: Any) -> Any:
        if isinstance(other, dict) and isinstance(own, dict):
            is_text = other.get("selected", "") is None and not own.get("values")
            return {**{key: merged(other.get(key), value) for key, value in own.items()}, **({"selected": None} if is_text else {})}
        if isinstance(other, list) and isinstance(own, list) and len(other) == len(own):
            return [merged(one, two) for one, two in zip(other, own)]
        return own

    if parsed(theirs.out) is not None:
        return theirs, ours._replace(out=json.dumps(merged(parsed(theirs.out), parsed(ours.out))))
    lines = []
    for other, own in zip(theirs.out.splitlines(), ours.out.splitlines()):
        cells, others = own.split("\t"), other.split("\t")
        if len(cells) == len(others) == 3:
            cells[1] = as_theirs(cells[1], others[1])
        elif len(cells) == len(others) == 2:
            pairs = [(one.partition("="), two.partition("=")) for one, two in zip(cells[1].split(","), others[1].split(","))]
            cells[1] = ",".join(f"{one[0]}={as_theirs(one[2], two[2])}" for one, two in pairs)
        lines.append("\t".join(cells))
    return theirs, ours._replace(out="".join(line + "\n" for line in lines))


def example(theirs: Ran, ours: Ran) -> Pair:
    try:
        environments = tomllib.loads(ours.out)["environments"].values()
    except (tomllib.TOMLDecodeError, KeyError):
        return theirs, ours
    return same_if(theirs.code == ours.code == 0 and all(its["endpoints"] for its in environments), theirs, ours)


def question(theirs: Ran, ours: Ran) -> Pair:
    return theirs._replace(out=theirs.out.removeprefix("Clear all sessions? [y/N]: ")), ours


def modes(theirs: Ran, ours: Ran) -> Pair:
    return fixed("Failed to parse Impex import response", "^Import finished successfully\n$")(theirs, ours)


ROWS: dict[str, Callable[[Ran, Ran], Pair]] = {
    "codes": codes,
    "json": failure_as_json,
    "errors": errors,
    "advice": advice,
    "default": default,
    "reused": reused,
    "tables": tables,
    "ids": ids,
    "route": route,
    "csv": unquoted,
    "entities": entities,
    "null": null,
    "formats": formats,
    "log": log,
    "start": start,
    "follow": follow,
    "first": first,
    "param": param,
    "extension": extension,
    "unknown": refused("the server has no"),
    "nothing": refused("nothing is selected"),
    "drop": refused("--yes-i-mean"),
    "password": refused("HAC_PASSWORD"),
    "modes": modes,
    "data": data,
    "config": fixed("object has no attribute", "(?i)shop|local|valid|issues"),
    "example": example,
    "ci": fixed("Expecting value", "^Session imported for 'shop/hac'\n"),
    "question": question,
    "labels": fixed("not found in configuration", "^No active session for environment 'shop'\n$"),
}
