from __future__ import annotations

from xml.etree import ElementTree as ET

from hypothesis import given
from hypothesis import strategies as st

from contracts.verdict import Outcome
from reports.junit import render_junit
from tests.reports.goldens import golden
from tests.reports.judgements import calm, faulty, judgement, verdict


def test_outcomes_are_failures_skips_and_passes() -> None:
    root = ET.fromstring(render_junit(faulty()))
    suite = root.find("testsuite")
    assert suite is not None
    assert {name: suite.get(name) for name in ("tests", "failures", "errors", "skipped")} == {
        "tests": "41",
        "failures": "5",
        "errors": "1",
        "skipped": "11",
    }
    kinds = [child.tag for case in suite for child in case]
    assert {kind: kinds.count(kind) for kind in kinds} == {"failure": 5, "skipped": 11, "error": 1}
    first = suite[0]
    assert (first.get("classname"), first.get("name")) == ("Method request/MQ002", "POST /users")
    assert "Attach the request validator" in (first[0].text or "")


def test_a_skip_says_why() -> None:
    root = ET.fromstring(render_junit(faulty()))
    told = {message.get("message", "") for message in root.iter("skipped")}
    assert "waived until 2026-12-31: nobody calls it from a browser" in told
    assert any("allow logs:FilterLogEvents" in message for message in told)


@given(st.text(alphabet=st.characters()))
def test_the_xml_is_valid_for_any_text(text: str) -> None:
    night = judgement([verdict("MQ001", text, Outcome.BROKEN, message=text)])
    assert ET.fromstring(render_junit(night).encode()).find("testsuite/testcase/failure") is not None


def test_the_file_is_as_it_was() -> None:
    assert render_junit(calm()) == golden("calm.junit.xml")


ALLOWED = {
    "testsuites": {"name", "time", "tests", "failures", "errors"},
    "testsuite": {"name", "tests", "failures", "errors", "time", "skipped", "timestamp", "hostname", "id", "package"},
    "testcase": {"name", "classname", "time"},
    "failure": {"type", "message"},
    "error": {"type", "message"},
    "skipped": {"type", "message"},
}
"""What the schema of Jenkins's xUnit plugin, the strictest in use, allows: https://github.com/jenkinsci/xunit-plugin"""


def test_no_strict_reader_meets_an_attribute_that_it_does_not_know() -> None:
    root = ET.fromstring(render_junit(faulty()))
    unknown = {(node.tag, name) for node in root.iter() for name in set(node.keys()) - ALLOWED.get(node.tag, set())}
    assert unknown == set()
    assert {node.tag for node in root.iter()} == set(ALLOWED)


def test_names_tell_test_cases_apart() -> None:
    """A viewer of test results takes cases with the same names as one."""
    cases = list(ET.fromstring(render_junit(faulty())).iter("testcase"))
    assert len({(case.get("classname"), case.get("name")) for case in cases}) == len(cases)
