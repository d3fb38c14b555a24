"""The templates for common errors: whatever clients and functions say, valid JSON, and of errors the error model."""

from __future__ import annotations

import json
import random
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, quote_plus

import jsonschema_rs
import pytest
import yaml

from gateway.vtl import Overrides, api_gateway_variables, compile_template

EXAMPLE = Path(__file__).parents[2] / "examples" / "users-api"
FOLDER = EXAMPLE / "templates" / "common"
NAMES = sorted(path.stem for path in FOLDER.glob("*.vtl"))
ERROR = jsonschema_rs.Draft4Validator(
    yaml.safe_load((EXAMPLE / "docs" / "openapi.yaml").read_text("utf-8"))["components"]["schemas"]["Error"]
)
ALWAYS_ERRORS = [name for name in NAMES if name.startswith("error_") and name != "error_status"]
INPUTS = 1_000
MASK = "********"
SENSITIVE = ("password", "nationalId")
HUGE = "@@1e999@@"
"""Stands for a number that no float holds: the text of the body gets the digits."""
ODD_TEXTS = (
    "",
    " ",
    "O'Brien",
    '"quoted"',
    "\\",
    "\\'",
    "\\\\'\"",
    "a\nb\r\t\x00\x08\x1f\x7f\x85",
    "日本😀/",
    "\ud800",
    "😀" * 150,
    "x" * 199 + "😀y",
    "$x #if(true) #end ${y} ## $!z #set($a = 1) $context.requestId",
    "</script>\u2028\u2029\ufffe",
    '","password":"seen',
    '{"password": "seen"}',
    '\\",\\"nationalId\\": 1',
    "[NotFound] There is no user O'Brien",
    '[BadRequest] "a"\n\\b\x01 ü$!#',
    "[Conflict]",
    "[Validation]   \n",
    "2026-01-01T00:00:00.000Z 4f1c Task timed out after 3.00 seconds",
    "a=1&a=2&b=%zz&c=%C3%A4+%&=&&d",
    "%%%41%",
    "password=a&nationalId",
    "error",
    "NOT_FOUND",
)
ALPHABET = "'\"\\$#{}[]()&=%+!/:;,.@ \n\r\t\x00\x1f\x7fäß日😀aZ09_-"

Json = dict[str, Any]


# --- what clients and functions say


class Adversary:
    """Makes inputs of many shapes, always the same ones."""

    def __init__(self, name: str) -> None:
        self._random = random.Random(f"{name} 1")

    def text(self) -> str:
        if self._random.random() < 0.5:
            return self._random.choice(ODD_TEXTS)
        return "".join(self._random.choices(ALPHABET, k=self._random.randint(0, 60)))

    def value(self, depth: int = 0) -> Any:
        kinds: list[Callable[[], Any]] = [
            self.text,
            lambda: None,
            lambda: self._random.choice([True, False]),
            lambda: self._random.choice([0, -1, 10**400, 2**63, 1.5e-300, HUGE]),
        ]
        if depth < 3:
            kinds += [
                lambda: [self.value(depth + 1) for _ in range(self._random.randint(0, 3))],
                lambda: {self.name(): self.value(depth + 1) for _ in range(self._random.randint(0, 3))},
            ]
        return self._random.choice(kinds)()

    def name(self) -> str:
        known = ["errorMessage", "errorType", "status", "code", "message", "field", "errors", "user", *SENSITIVE]
        return self._random.choice([*known, self.text()])

    def body(self) -> Any:
        if self._random.random() < 0.1:
            return self.value()
        known: dict[str, Callable[[], Any]] = {
            "errorMessage": lambda: f"[{self._random.choice(['NotFound', 'BadRequest', 'x'])}] {self.text()}",
            "errorType": self.text,
            "stackTrace": lambda: [self.text()],
            "status": lambda: "error",
            "code": lambda: self._random.choice(["NOT_FOUND", "not found", "ValidationError", "CONFLICT"]),
            "message": self.text,
            "errors": lambda: [{"field": self.text(), "message": self.text()}] * self._random.randint(0, 4),
            "password": self.text,
            "nationalId": lambda: self._random.randint(0, 10**9),
        }
        chosen = {
            name: make() if self._random.random() < 0.7 else self.value()
            for name, make in known.items()
            if self._random.random() < 0.6
        }
        return chosen | ({self.name(): self.value()} if self._random.random() < 0.5 else {})

    def fields(self, *names: str) -> dict[str, str]:
        given = {name: self.text() for name in names if self._random.random() < 0.6}
        return given | {self.text(): self.text() for _ in range(self._random.randint(0, 2))}

    def input(self) -> Json:
        return {
            "body": json.dumps(self.body(), ensure_ascii=self._random.random() < 0.3).replace(f'"{HUGE}"', "1e999"),
            "headers": self.fields("User-Agent", "accept-language", "ACCEPT-LANGUAGE", "Authorization", "Cookie"),
            "query": self.fields("limit", "name"),
            "context": {
                "requestId": "4f1c0d5e-0000-4000-8000-000000000001",
                "stage": "dev",
                "httpMethod": "POST",
                "resourcePath": "/users/{userId}",
                "requestTimeEpoch": self._random.choice(["1714555800000", "", self.text()]),
                "identity": self.fields("userAgent", "sourceIp"),
            },
        }


def rendered(name: str, given: Json) -> tuple[str, Any]:
    """Return what the template makes of an input, as the endpoint or the client gets it, and the status it sets."""
    overrides = Overrides()
    variables = api_gateway_variables(
        body=given["body"],
        path={},
        querystring=given.get("query", {}),
        header=given.get("headers", {}),
        context=given["context"],
        stage_variables={},
        overrides=overrides,
    )
    text = compile_template((FOLDER / f"{name}.vtl").read_text("utf-8")).render(variables)
    return text.encode("utf-8", "replace").decode("utf-8"), overrides.response.get("status")


def refuse(constant: str) -> None:
    raise ValueError(constant)


def parsed(text: str) -> Any:
    return json.loads(text, parse_constant=refuse, parse_int=str, parse_float=str)


def transported(text: str) -> str:
    """Return a text as bytes carry it: half a surrogate pair cannot be written."""
    return text.encode("utf-8", "replace").decode("utf-8")


# --- every template


@pytest.mark.parametrize("name", NAMES)
def test_the_example_beside_it_is_what_the_template_does(name: str) -> None:
    example = json.loads((FOLDER / f"{name}.example.json").read_text("utf-8"))
    given = example["input"]
    if not isinstance(given["body"], str):
        given = given | {"body": json.dumps(given["body"])}
    text, status = rendered(name, given)
    assert json.loads(text) == example["output"]
    assert status == example.get("status")


def test_every_file_is_a_template_or_its_example() -> None:
    files = {path.name for path in FOLDER.iterdir()}
    assert files == {f"{name}{end}" for name in NAMES for end in (".vtl", ".example.json")} | {"README.md"}
    told = (FOLDER / "README.md").read_text("utf-8")
    assert all(f"`{name}.vtl`" in told for name in NAMES)


@pytest.mark.parametrize("name", [name for name in NAMES if name not in ALWAYS_ERRORS])
def test_it_is_valid_json_whatever_comes(name: str) -> None:
    adversary = Adversary(name)
    for _ in range(INPUTS):
        given = adversary.input()
        parsed(rendered(name, given)[0])


@pytest.mark.parametrize("name", ALWAYS_ERRORS)
def test_it_is_the_error_model_whatever_comes(name: str) -> None:
    adversary = Adversary(f"{name} model")
    for _ in range(INPUTS):
        given = adversary.input()
        answer = parsed(rendered(name, given)[0])
        assert ERROR.is_valid(answer), (given["body"], answer)
        assert answer["error"]["requestId"] == given["context"]["requestId"]


# --- what each is for


def test_errors_as_data_get_the_error_model_and_a_status_and_other_answers_pass() -> None:
    adversary, errors = Adversary("error_status"), 0
    for _ in range(INPUTS):
        given = adversary.input()
        text, status = rendered("error_status", given)
        body = parsed(given["body"])
        if isinstance(body, dict) and body.get("status") == "error":
            errors += 1
            answer = json.loads(text)
            assert ERROR.is_valid(answer), (given["body"], answer)
            known = {"VALIDATION_ERROR": 400, "NOT_FOUND": 404, "CONFLICT": 409, "TIMEOUT": 504}
            assert status == known.get(answer["error"]["code"], 502)
        else:
            assert status is None
    assert errors > INPUTS / 10


@pytest.mark.parametrize("name", ["error_raised", "error_not_found", "error_conflict", "error_validation"])
def test_a_message_for_clients_reaches_them(name: str) -> None:
    adversary = Adversary(f"{name} message")
    for _ in range(100):
        said = transported(" ".join(adversary.text().split()))[:150]
        given = adversary.input() | {"body": json.dumps({"errorMessage": f"[NotFound] {said}"})}
        told = json.loads(rendered(name, given)[0])["error"]["message"]
        if said.isascii() and said.isprintable() and said:
            assert told == said


@pytest.mark.parametrize("name", ["error_raised", "error_timeout", "error_unknown"])
def test_internals_reach_nobody(name: str) -> None:
    adversary = Adversary(f"{name} internals")
    for text in ("KeyError: 'rows'", "Traceback (most recent call last)", "connect to 10.0.0.1 failed", "NotFound] x"):
        given = adversary.input() | {
            "body": json.dumps({"errorMessage": text, "errorType": text, "stackTrace": [text]})
        }
        assert text not in rendered(name, given)[0]


def test_sensitive_fields_are_masked_at_any_depth_and_nothing_else_changes() -> None:
    adversary, seen = Adversary("fields_masked"), 0
    for _ in range(INPUTS):
        given = adversary.input()
        body = json.loads(given["body"], parse_float=str, parse_int=str)
        answer = json.loads(rendered("fields_masked", given)[0], parse_float=str, parse_int=str)
        seen += MASK in json.dumps(answer)
        if not has_odd_number(given["body"]):
            assert answer == masked(body), given["body"]
    assert seen > INPUTS / 4


def has_odd_number(text: str) -> bool:
    """Say whether a body has numbers that are written anew (1.5e-300 as 1.5E-300): equal, but not as texts."""
    return "e-300" in text or "1e999" in text


def masked(value: Any) -> Any:
    if isinstance(value, dict):
        return {transported(key): MASK if key in SENSITIVE else masked(held) for key, held in value.items()}
    if isinstance(value, list):
        return [masked(held) for held in value]
    return transported(value) if isinstance(value, str) else value


@pytest.mark.parametrize("depth", [1, 6, 7, 40])
def test_a_sensitive_value_too_deep_to_match_is_not_handed_on(depth: int) -> None:
    value: Any = "seen"
    for _ in range(depth):
        value = {"deeper": [value]} if depth % 2 else {"deeper": value}
    given = Adversary("deep").input() | {"body": json.dumps({"name": "Ada", "password": value})}
    answer = json.loads(rendered("fields_masked", given)[0])
    assert answer in (None, {"name": "Ada", "password": MASK})
    assert "seen" not in json.dumps(answer)


def test_only_allowed_headers_are_passed() -> None:
    adversary = Adversary("headers_passed")
    for _ in range(INPUTS):
        given = adversary.input()
        answer = json.loads(rendered("headers_passed", given)[0])
        allowed = ("accept-language", "user-agent", "x-request-source")
        expected = {name.lower(): value for name, value in given["headers"].items() if name.lower() in allowed}
        assert answer["headers"] == expected


def test_a_form_becomes_its_fields() -> None:
    adversary = Adversary("form_to_json")
    for _ in range(INPUTS):
        fields = {transported(adversary.text()): transported(adversary.text()) for _ in range(3)}
        form = "&".join(f"{quote_plus(name)}={quote_plus(value)}" for name, value in fields.items())
        given = adversary.input() | {"body": form}
        assert json.loads(rendered("form_to_json", given)[0]) == dict(parse_qsl(form, keep_blank_values=True))


def test_a_form_that_is_none_still_gives_json() -> None:
    adversary = Adversary("form_to_json, raw")
    for _ in range(INPUTS):
        answer = json.loads(rendered("form_to_json", adversary.input() | {"body": adversary.text()})[0])
        assert all(isinstance(value, str) for value in answer.values())


def test_metadata_holds_what_clients_say_unchanged() -> None:
    adversary = Adversary("request_metadata")
    for _ in range(INPUTS):
        given = adversary.input()
        metadata = json.loads(rendered("request_metadata", given)[0])["metadata"]
        assert metadata["userAgent"] == given["context"]["identity"].get("userAgent", "")
        assert metadata["query"] == given["query"]
