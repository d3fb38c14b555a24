from __future__ import annotations

import shutil
import subprocess

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from contracts.evidence import HttpRequest
from gateway.messages import Headers
from reports.view.curl import curl, quoted

BASH = shutil.which("bash")
needs_bash = pytest.mark.skipif(BASH is None, reason="bash is absent")


def request_of(
    body: bytes = b"", *, http_method: str = "POST", url: str = "https://x/dev", **headers: str
) -> HttpRequest:
    named = [(name.replace("_", "-"), value) for name, value in headers.items()]
    return HttpRequest(http_method=http_method, url=url, headers=Headers(named), body=body)


def arguments_of(command: str) -> list[bytes]:
    """What the shell hands to curl."""
    script = f'curl() {{ for word in "$@"; do printf \'%s\\0\' "$word"; done; }}\n{command}'
    ran = subprocess.run([str(BASH), "-c", script], capture_output=True, check=True, timeout=20)
    return ran.stdout.split(b"\0")[:-1]


def test_a_request_as_a_command() -> None:
    request = request_of(b'{"a": 1}', Host="x", Content_Type="application/json", X_Empty="", User_Agent="s")
    assert curl(request) == (
        "curl -sS -i -g --path-as-is -X POST -H 'Content-Type: application/json' -H 'X-Empty;' -H 'User-Agent: s'"
        " -H Accept: --data-raw '{\"a\": 1}' --url https://x/dev"
    )


def test_the_trace_id_of_the_run_is_not_sent_again() -> None:
    assert "Trace" not in curl(request_of(X_Amzn_Trace_Id="Root=1-a-b;Sampled=1"))


def test_head_is_asked_as_head() -> None:
    assert "--head" in curl(request_of(http_method="HEAD"))
    assert "-X" not in curl(request_of(http_method="HEAD"))


@needs_bash
def test_a_body_that_is_no_text_comes_through_base64() -> None:
    script = f"curl() {{ cat; }}\n{curl(request_of(bytes(range(256))))}"
    ran = subprocess.run([str(BASH), "-c", script], capture_output=True, check=True, timeout=20)
    assert ran.stdout == bytes(range(256))


def test_a_large_body_is_left_to_a_file() -> None:
    command = curl(request_of(b"x" * 9_000))
    assert "--data-binary @body" in command
    assert len(command) < 300


def test_a_header_that_curl_would_read_from_a_file_is_left_out() -> None:
    request = HttpRequest(http_method="GET", url="https://x", headers=Headers([("@/etc/passwd", "x"), ("a b", "c")]))
    assert "passwd" not in curl(request)
    assert "a b" not in curl(request)


@needs_bash
@settings(max_examples=15, deadline=None)
@given(st.lists(st.text(alphabet=st.characters(exclude_characters="\x00", exclude_categories=["Cs"])), max_size=30))
def test_the_shell_hands_over_every_word_as_it_is(words: list[str]) -> None:
    command = " ".join(["curl", *map(quoted, words)])
    assert "\x1b" not in command
    assert arguments_of(command) == [word.encode() for word in words]


@needs_bash
@pytest.mark.parametrize(
    "nasty", ["$(id)", "`id`", "a'b\"c", "'; id #", "\n; id", "\u202e'\\", "@/etc/passwd", "-o /x"]
)
def test_nothing_in_a_request_is_run_by_the_shell(nasty: str) -> None:
    request = request_of(nasty.encode(), http_method=nasty, url=f"https://x/{nasty}", X_A=nasty)
    told = arguments_of(curl(request))
    assert [f"https://x/{nasty}".encode(), nasty.encode()] == [told[-1], told[told.index(b"--data-raw") + 1]]
    assert f"X-A: {nasty}".encode() in told
