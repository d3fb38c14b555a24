"""``junit.xml``: one test case a verdict, for what shows test results in CI."""

from __future__ import annotations

from pathlib import Path
from xml.etree import ElementTree as ET

from contracts.judgement import Judgement
from contracts.verdict import Finding, Outcome, Verdict
from reports.files import write_text
from reports.view.run_facts import api_name
from reports.view.text import visible
from reports.view.words import answer_words, step_title, topic_name


def render_junit(judgement: Judgement) -> str:
    """Return the XML of a judgement: broken is a failure; undetermined, not applicable and waived are skipped.

    See: https://github.com/jenkinsci/xunit-plugin, ``junit-10.xsd``: the strictest of the schemas in use
    """
    summary = judgement.summary
    counts = {
        "tests": str(len(judgement.verdicts) + len(judgement.internal_errors)),
        "failures": str(summary["broken"]),
        "errors": str(len(judgement.internal_errors)),
    }
    skipped = str(summary["undetermined"] + summary["not_applicable"] + summary["waived"])
    root = ET.Element("testsuites", {"name": "stageproof", **counts})
    name = _clean(f"{api_name(judgement)} {judgement.manifest.stage}")
    started_at = judgement.manifest.started_at.strftime("%Y-%m-%dT%H:%M:%S")
    suite = ET.SubElement(root, "testsuite", {"name": name, **counts, "skipped": skipped, "timestamp": started_at})
    for verdict in judgement.verdicts:
        _case(suite, verdict, judgement)
    for error in judgement.internal_errors:
        case = ET.SubElement(suite, "testcase", {"classname": _class_name(error.rule), "name": _clean(error.subject)})
        ET.SubElement(case, "error", {"message": "the rule raised"}).text = _clean(error.details)
    ET.indent(root)
    return '<?xml version="1.0" encoding="utf-8"?>\n' + ET.tostring(root, encoding="unicode") + "\n"


def write_junit(judgement: Judgement, path: Path) -> None:
    """Write ``junit.xml``.

    Raises:
        StageproofError: If the file cannot be written.
    """
    write_text(path, render_junit(judgement))


def _case(suite: ET.Element, verdict: Verdict, judgement: Judgement) -> None:
    case = ET.SubElement(
        suite, "testcase", {"classname": _class_name(verdict.rule), "name": _clean(verdict.subject), "time": "0"}
    )
    message = {"message": _clean(verdict.message)}
    if verdict.waived:
        reason = f"waived until {verdict.waived.expires_on:%Y-%m-%d}: {verdict.waived.reason}"
        ET.SubElement(case, "skipped", {"message": _clean(reason)})
    elif verdict.outcome is Outcome.BROKEN:
        ET.SubElement(case, "failure", {**message, "type": verdict.severity.value}).text = _details(verdict, judgement)
    elif verdict.outcome is Outcome.UNDETERMINED:
        ET.SubElement(case, "skipped", {"message": _clean(_undetermined(verdict))})
    elif verdict.outcome is Outcome.NOT_APPLICABLE:
        ET.SubElement(case, "skipped", {"message": _clean(f"not applicable: {verdict.message}")})


def _class_name(code: str) -> str:
    return _clean(f"{topic_name(code)}/{code}")


def _undetermined(verdict: Verdict) -> str:
    remedies = dict.fromkeys(finding.remedy for finding in verdict.findings if finding.remedy)
    return "; ".join((f"undetermined: {verdict.message}", *remedies))


def _details(verdict: Verdict, judgement: Judgement) -> str:
    rule = judgement.rules.get(verdict.rule)
    lines = [
        f"{verdict.rule}: {rule.title if rule else ''}",
        step_title(verdict.step),
        *(_finding_line(finding) for finding in verdict.findings),
        *((f"Why: {rule.why}", f"Fix: {rule.fix}", f"See: {rule.source_url}") if rule else ()),
    ]
    if verdict.evidence:
        lines.append(f"Exchanges: {', '.join(verdict.evidence[:10])}")
    return _clean("\n".join(lines))


def _finding_line(finding: Finding) -> str:
    told = answer_words(finding.answered_by or "", finding.reached_backend)
    return f"{finding.message} ({told})" if told else finding.message


def _clean(text: str) -> str:
    """Name every control and unpaired character: XML 1.0 forbids them, even escaped."""
    return visible(text)
