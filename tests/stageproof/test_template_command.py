"""`stageproof template render` and `check` at a terminal."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from typer.testing import CliRunner

from stageproof.commands.template import app

if TYPE_CHECKING:
    from tests.stageproof.conftest import Run


def test_renders_a_template(tmp_path: Path) -> None:
    (tmp_path / "t.vtl").write_text(
        "$input.path('$.a') $input.params('id') $context.stage $stageVariables.v", encoding="utf-8"
    )
    (tmp_path / "b.json").write_text('{"a": 1}', encoding="utf-8")
    (tmp_path / "c.json").write_text('{"stage": "prod"}', encoding="utf-8")
    (tmp_path / "s.json").write_text('{"v": "x"}', encoding="utf-8")
    options = ["--body", str(tmp_path / "b.json"), "--context", str(tmp_path / "c.json"), "--params", "path.id=7"]
    result = CliRunner().invoke(
        app, ["render", str(tmp_path / "t.vtl"), *options, "--stage-variables", str(tmp_path / "s.json")]
    )
    assert (result.exit_code, result.output) == (0, "1 7 prod x")


def test_a_rejected_template_is_told_with_its_place(stageproof: Run, tmp_path: Path) -> None:
    (tmp_path / "t.vtl").write_text("a\n#if(", encoding="utf-8")
    rendered = stageproof("template", "render", "t.vtl")
    assert (rendered.code, rendered.error.split(": ")[:2]) == (2, ["t.vtl", "line 2, column 5"])
    checked = stageproof("template", "check", "t.vtl")
    assert (checked.code, checked.out.split(": ")[:2]) == (2, ["t.vtl:2:5", "rejected"])


def test_checks_a_template(tmp_path: Path) -> None:
    good, fragile, wrong = tmp_path / "good.vtl", tmp_path / "fragile.vtl", tmp_path / "wrong.vtl"
    good.write_text("{\"a\": $input.json('$.a')}", encoding="utf-8")
    fragile.write_text('{"a": "$input.path(\'$.a\')"}', encoding="utf-8")
    wrong.write_text("#if($x)", encoding="utf-8")
    codes = [CliRunner().invoke(app, ["check", str(path)]).exit_code for path in (good, fragile, wrong)]
    assert codes == [0, 1, 2]
    assert "fragile.vtl:1:8: unescaped-interpolation" in CliRunner().invoke(app, ["check", str(fragile)]).output
