"""The function of the notes-api keeps its contract by itself: an HTTP API validates nothing."""

from __future__ import annotations

import importlib.util
import json
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
import yaml

from gateway.http_api_openapi import read_http_api

EXAMPLE = Path(__file__).parents[2] / "examples" / "notes-api"


def _module(name: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(f"notes_{name}", EXAMPLE / "lambda" / name / "handler.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


NOTES, AUTHORIZER = _module("notes"), _module("authorizer")


def _ask(route_key: str, **event: Any) -> tuple[int, Any]:
    answer = NOTES.handler({"routeKey": route_key, **event}, None)
    return answer["statusCode"], json.loads(answer["body"])


def test_every_route_of_the_document_is_served() -> None:
    document = yaml.safe_load((EXAMPLE / "docs" / "openapi.yaml").read_text(encoding="utf-8"))
    for route in read_http_api(document).routes:
        assert route.integration is not None
        assert route.integration.infers_responses
        status, body = _ask(route.route_key, pathParameters={"noteId": "n1"}, headers={"x-workspace": "garden"})
        assert status in {200, 415}, body


@pytest.mark.parametrize(
    ("query", "headers", "status"),
    [
        ("tag=tools&tag=seeds", {"x-workspace": "garden"}, 200),
        ("limit=1", {"x-workspace": "garden"}, 200),
        ("limit=11", {"x-workspace": "garden"}, 400),
        ("limit=1&limit=2", {"x-workspace": "garden"}, 400),
        ("tag=other", {"x-workspace": "garden"}, 400),
        ("", {"x-workspace": "G"}, 400),
        ("", {"X-Workspace": "garden"}, 400),
    ],
)
def test_notes_are_listed_by_header_and_query(query: str, headers: dict[str, str], status: int) -> None:
    assert _ask("GET /notes", rawQueryString=query, headers=headers)[0] == status


@pytest.mark.parametrize(("note_id", "status"), [("n2", 200), ("n9", 404), ("x", 400), ("n٣", 400)])
def test_a_note_is_read_by_its_id(note_id: str, status: int) -> None:
    assert _ask("GET /notes/{noteId}", pathParameters={"noteId": note_id})[0] == status


@pytest.mark.parametrize(
    ("body", "content_type", "status"),
    [
        ('{"text": "a<b"}', "application/json; charset=utf-8", 200),
        ('{"text": "a"}', "text/plain", 415),
        ('{"text": ""}', "application/json", 400),
        ('{"text": "a", "more": 1}', "application/json", 400),
        ("[", "application/json", 400),
        (None, "application/json", 400),
    ],
)
def test_a_text_is_rendered(body: str | None, content_type: str, status: int) -> None:
    answer = _ask("POST /notes/rendered", body=body, headers={"content-type": content_type})
    assert answer[0] == status
    if status == 200:
        assert answer[1] == {"html": "<p>a&lt;b</p>"}


@pytest.mark.parametrize(("source", "expected"), [(["Bearer allow"], True), (["Bearer no"], False), (None, False)])
def test_the_authorizer_knows_one_token(source: list[str] | None, expected: bool) -> None:
    assert AUTHORIZER.handler({"identitySource": source}, None)["isAuthorized"] is expected
