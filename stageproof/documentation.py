"""Generates the pages that say what the source says: rules, coverage, configuration, recording, the model's choices.

``python -m stageproof.documentation`` writes them; ``--check`` fails when a page on disk differs.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from contracts.catalogue import CATALOGUE
from contracts.recording_tables import TABLES
from contracts.rule import HTTP_ONLY, REST_ONLY, TOPICS, PerOperation, PerResource, PerStage, Rule
from contracts.rule_parameter import RuleParameter
from stageproof.configuration_page import configuration_page
from stageproof.source_pages import choices_page, columns_page

DOCS = Path(__file__).resolve().parent.parent / "docs"
MODES = DOCS / "failure_modes.json"
_SHORT = 40
_SETTINGS = """## Settings

```toml
[rules]
profile = "strict"                 # or "default", "lenient"
off = ["AL006"]                    # these do not judge
severity = { OB003 = "note" }      # stands above the profile

[rules.parameters.LM003]
limit_bytes = 8192
```

| profile | an error | a warning | a note |
| --- | --- | --- | --- |
| `strict`: for an API that others build on | error | error | warning |
| `default` | error | warning | note |
| `lenient`: for a first night, or a stage of no one's yet | error | note | does not judge |

Every broken verdict makes the exit code 1, whatever its severity; a waiver or `off` lets it pass.

These rules have parameters:
"""
NOTHING_PLANTED: Mapping[str, Sequence[str]] = {}


def pages(
    rules: Iterable[Rule], modes: Mapping[str, str], planted: Mapping[str, Sequence[str]] = NOTHING_PLANTED
) -> dict[str, str]:
    """Return the pages of the rules by their paths below ``docs``.

    Args:
        rules: The catalogue.
        modes: Names of the known failure modes by id.
        planted: Ids of the faults that can be planted, by failure mode.
    """
    rules = tuple(rules)
    made = {f"rules/{rule.code}.md": _rule_page(rule, modes) for rule in rules}
    made["rules/README.md"] = _index_page(rules)
    made["coverage.md"] = _coverage_page(rules, modes, planted)
    return made


def reference_pages() -> dict[str, str]:
    """Return the reference of configuration, recording and the gateway model's choices, by path below ``docs``."""
    from contracts.expectations import Expectations
    from gateway import choices

    return {
        "configuration.md": configuration_page(Expectations),
        "gateway-choices.md": choices_page(choices),
        "recording-columns.md": columns_page(TABLES),
    }


def load_modes(path: Path = MODES) -> dict[str, str]:
    """Read the names of the known failure modes by id."""
    return {mode["id"]: mode["name"] for mode in json.loads(path.read_text(encoding="utf-8"))["modes"]}


def planted_faults() -> dict[str, list[str]]:
    """Return the ids of the sandbox's faults by the failure mode they plant."""
    from sandbox.faults.catalogue import ALL_FAULTS

    planted: dict[str, list[str]] = {}
    for fault in ALL_FAULTS:
        planted.setdefault(fault.failure_mode, []).append(fault.fault_id)
    return planted


def _rule_page(rule: Rule, modes: Mapping[str, str]) -> str:
    found = (
        "\n".join(f"- `{mode}`: {modes.get(mode, mode)}" for mode in rule.failure_modes) or "- none of the known ones"
    )
    explained = ", ".join(f"[{code}]({code}.md)" for code in rule.explained_by)
    cause = (
        f"\n## Reported at its cause\n\nNot reported where {explained} is broken on the same subject.\n"
        if explained
        else ""
    )
    return f"""# {rule.code}: {rule.title}

| | |
| --- | --- |
| Topic | {TOPICS[rule.topic]} |
| Severity | {rule.severity.value} |
| Step | {rule.step.value.replace("_", " ")} |
| Judges | {_scope(rule)}{_kinds(rule)} |
| Source | <{rule.source_url}> |

## Why

{rule.why}

## Fix

{rule.fix}

## Failure modes

{found}
{_parameters(rule)}{cause}"""


def _parameters(rule: Rule) -> str:
    if not rule.parameters:
        return ""
    rows = [
        " | ".join(
            (f"| `{parameter.name}`", parameter.takes, _default(parameter), f"{_in_a_cell(parameter.meaning)} |")
        )
        for parameter in rule.parameters
    ]
    return "\n".join(
        [
            "",
            "## Parameters",
            "",
            f"Set in `stageproof.toml` under `[rules.parameters.{rule.code}]`.",
            "",
            "| parameter | what it takes | default | meaning |",
            "| --- | --- | --- | --- |",
            *rows,
            "",
        ]
    )


def _default(parameter: RuleParameter[Any]) -> str:
    """Return the default as it would stand in the file, with its unit."""
    is_text = isinstance(parameter.default, str)
    written = f"'{parameter.default}'" if is_text else json.dumps(parameter.default, ensure_ascii=False)
    unit = f" {parameter.unit}" if parameter.unit else ""
    return _in_a_cell(f"`{written}`{unit}")


def _in_a_cell(text: str) -> str:
    return text.replace("|", chr(92) + "|")


def _scope(rule: Rule) -> str:
    if isinstance(rule.judge, PerStage):
        return "the stage"
    if isinstance(rule.judge, PerResource):
        return "each resource"
    return "each operation" if isinstance(rule.judge, PerOperation) else "each request, gathered by operation"


def _kinds(rule: Rule) -> str:
    """Say at which APIs a rule judges, where that is not REST APIs alone."""
    if rule.api_kinds == REST_ONLY:
        return ""
    return ", of HTTP APIs only" if rule.api_kinds == HTTP_ONLY else ", of REST and HTTP APIs"


def _index_page(rules: tuple[Rule, ...]) -> str:
    lines = [
        "# Rules",
        "",
        f"{len(rules)} rules. `stageproof rules CODE` shows one at a terminal. How to set them: [settings](#settings).",
        "",
    ]
    for topic, name in TOPICS.items():
        chosen = [rule for rule in rules if rule.topic == topic]
        if not chosen:
            continue
        lines += [f"## {name}", "", "| rule | severity | title |", "| --- | --- | --- |"]
        lines += [f"| [{rule.code}]({rule.code}.md) | {rule.severity.value} | {rule.title} |" for rule in chosen]
        lines.append("")
    lines += [_SETTINGS, "| rule | parameter | what it takes | default |", "| --- | --- | --- | --- |"]
    lines += [
        f"| [{rule.code}]({rule.code}.md) | `{parameter.name}` | {parameter.takes} | {_short_default(parameter)} |"
        for rule in rules
        for parameter in rule.parameters
    ]
    return "\n".join([*lines, ""])


def _short_default(parameter: RuleParameter[Any]) -> str:
    """Return the default where it is short, else where it is told whole."""
    written = _default(parameter)
    return written if len(written) <= _SHORT else f"[see there]({parameter.rule}.md#parameters)"


def _coverage_page(rules: tuple[Rule, ...], modes: Mapping[str, str], planted: Mapping[str, Sequence[str]]) -> str:
    by_mode = {mode: [rule.code for rule in rules if mode in rule.failure_modes] for mode in modes}
    covered = sum(1 for codes in by_mode.values() if codes)
    proved = sum(1 for mode in modes if planted.get(mode))
    summary = (
        f"{covered} of {len(modes)} known failure modes have a rule; {proved} have a planted fault that the fault"
        " matrix (`tox -e faults`) finds. What no rule can see: [unobservable](unobservable.md)."
    )
    lines = ["# Coverage", "", summary, ""]
    lines += ["| failure mode | what goes wrong | rules | planted fault |", "| --- | --- | --- | --- |"]
    for mode, codes in by_mode.items():
        links = ", ".join(f"[{code}](rules/{code}.md)" for code in codes) or "none yet"
        faults = ", ".join(f"`{fault_id}`" for fault_id in planted.get(mode, ()))
        lines.append(f"| `{mode}` | {modes[mode].replace('|', chr(92) + '|')} | {links} | {faults} |")
    return "\n".join([*lines, ""])


def main(arguments: list[str]) -> int:
    """Write the pages, or with ``--check`` compare them with what is on disk."""
    made = pages(CATALOGUE, load_modes(), planted_faults()) | reference_pages()
    stale = [name for name, text in made.items() if not _same(DOCS / name, text)]
    orphans = [path for path in sorted((DOCS / "rules").glob("*.md")) if f"rules/{path.name}" not in made]
    if "--check" in arguments:
        for name in [*stale, *(str(path.relative_to(DOCS)) for path in orphans)]:
            sys.stderr.write(f"docs/{name} is out of date: run python -m stageproof.documentation\n")
        return 1 if stale or orphans else 0
    for name in stale:
        (DOCS / name).parent.mkdir(parents=True, exist_ok=True)
        (DOCS / name).write_text(made[name], encoding="utf-8")
    for path in orphans:
        path.unlink()
    sys.stdout.write(f"{len(made)} pages, {len(stale)} written\n")
    return 0


def _same(path: Path, text: str) -> bool:
    return path.is_file() and path.read_text(encoding="utf-8") == text


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
