"""Mistakes in ImpEx, with and without a server."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path

import pytest

from hac_client_core import AsyncHacClient, BasicAuthHandler, HacClient, HacUsageError, LintFinding, lint_impex
from hac_client_core.testing import Simulator

MISTAKES = "$catalog=shop\nINSERT_UPDATE Language; isocode[unique=true]; activ\n; é ; $catlog\n; fr ; Français; France\n"


def places(findings: list[LintFinding]) -> list[tuple[str, str, int, int]]:
    return [(found.severity, found.code, found.line, found.column) for found in findings]


def test_mistakes_are_found_without_a_server() -> None:
    findings = lint_impex(MISTAKES)
    assert places(findings) == [("warning", "undefined-macro", 3, 7), ("error", "too-many-cells", 4, 17)]
    assert findings[0].message == "the macro $catlog is not defined" and findings[0].help == "did you mean $catalog?"
    # Characters, not bytes: there are two that are two bytes.
    assert [MISTAKES[found.start : found.end].strip() for found in findings] == ["$catlog", "France"]
    assert lint_impex("INSERT_UPDATE Language;isocode[unique=true]\n;fr\n") == [] == lint_impex("")
    with pytest.raises(AttributeError):
        findings[0].line = 1  # type: ignore[misc]


def test_a_file_is_read_in_its_encoding(tmp_path: Path) -> None:
    file = tmp_path / "mistakes.impex"
    for encoding, named in (("utf-8", None), ("utf-8-sig", None), ("utf-16", None), ("latin-1", "ISO-8859-1"), ("cp1252", "windows-1252")):
        file.write_bytes(MISTAKES.replace("\n", "\r\n").encode(encoding))
        assert places(lint_impex(file, encoding=named)) == places(lint_impex(MISTAKES)), encoding
    file.write_bytes(MISTAKES.encode("latin-1"))
    with pytest.raises(HacUsageError, match=r"mistakes\.impex: it is not valid UTF-8 \(line 3\)") as caught:
        lint_impex(file)
    assert caught.value.hint == 'name its encoding: encoding="ISO-8859-1" for example'


def test_what_cannot_be_read_is_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(HacUsageError, match=r"missing\.impex: No such file"):
        lint_impex(tmp_path / "missing.impex")
    with pytest.raises(HacUsageError, match="Cannot read the ImpEx from"):
        lint_impex(tmp_path)
    (tmp_path / "a.impex").write_text("INSERT Title;code\n")
    for unknown in ("klingon", "hex", "a\0b"):
        with pytest.raises(HacUsageError, match="is not a known encoding"):
            lint_impex(tmp_path / "a.impex", encoding=unknown)
    with pytest.raises(TypeError, match="impex_content is a str, not bytes: decode it first"):
        lint_impex(b"x")  # type: ignore[arg-type]
    with pytest.raises(HacUsageError, match="lone surrogate at position 1"):
        lint_impex("x\ud800")


def test_with_a_server_unknown_types_and_attributes_are_found_too(client: HacClient, simulator: Simulator, tmp_path: Path) -> None:
    findings = client.lint_impex(MISTAKES)
    assert ("error", "unknown-attribute", 2, 47) in places(findings) and len(findings) == 3
    unknown = next(found for found in findings if found.code == "unknown-attribute")
    assert unknown.message == "Language has no attribute activ" and MISTAKES[unknown.start : unknown.end].strip() == "activ"
    assert simulator.summary()["executed"] == 0
    simulator.clear_ledger()
    file = tmp_path / "mistakes.impex"
    file.write_text(MISTAKES, encoding="utf-8")
    assert client.lint_impex(file, online=False) == lint_impex(MISTAKES)
    assert simulator.ledger() == []


def test_a_coroutine_finds_the_same(client: HacClient, simulator: Simulator) -> None:
    async def main() -> tuple[list[LintFinding], list[LintFinding]]:
        async with AsyncHacClient(simulator.url, BasicAuthHandler("admin", simulator.password), quiet=True) as other:
            return await other.lint_impex(MISTAKES), await other.lint_impex(MISTAKES, online=False)

    online, offline = asyncio.run(main())
    assert online == client.lint_impex(MISTAKES) and offline == lint_impex(MISTAKES)


def test_the_place_of_a_finding_far_behind_other_characters_is_counted_in_characters() -> None:
    text = "INSERT Title;code;name\n" + ";é\U0001f600;ä\n" * 1000 + ";a;b;cé\n"
    (found,) = lint_impex(text)
    assert text[found.start : found.end] == "cé" and found.line == 1002
    assert os.linesep not in text[found.start : found.end]
