"""`$input`, `$util`, `$context`, `$stageVariables`, and the overrides that two templates share."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.vtl import (
    Overrides,
    TemplateError,
    api_gateway_variables,
    compile_template,
)
from gateway.vtl.errors import JavaError
from gateway.vtl.json_path import read_path
from gateway.vtl.json_text import parse_json


def render(text: str, body: str = "", *, overrides: Overrides | None = None) -> str:
    variables = api_gateway_variables(
        body=body,
        path={"id": "p1", "both": "path"},
        querystring={"q": "a b", "both": "query"},
        header={"X-Name": "h"},
        context={"requestId": "r", "identity": {"sourceIp": "1.2.3.4"}, "authorizer": {"claims": {"sub": "u"}}},
        stage_variables={"table": "users"},
        overrides=overrides,
    )
    return compile_template(text).render(variables)


@pytest.mark.parametrize(
    ("text", "body", "expected"),
    [
        ("$input.params('id')|$input.params('q')|$input.params('X-Name')", "", "p1|a b|h"),
        ("$input.params('both')|$input.params('none')|", "", "path||"),
        ("$input.params().path.id|$input.params().querystring.get('q')", "", "p1|a b"),
        ("#foreach($t in $input.params().keySet())$t;#end", "", "path;querystring;header;"),
        ("$input.params().header.get('X-Name')", "", "h"),
        ("$input.json('$')", '{"a":[1,2.50,"x/y",null,true]}', '{"a":[1,2.5,"x/y",null,true]}'),
        ("$input.path('$.a')", '{"a":["x/y"]}', '["x\\/y"]'),
        ("$input.path('$.a.b[1]')", '{"a":{"b":[1,{"c":2}]}}', "{c=2}"),
        ("$input.path('$.a').size()", '{"a":[1,2]}', "2"),
        ("$input.path('$..c')", '{"a":{"c":1},"b":{"c":2}}', "[1,2]"),
        ("$input.path('$.none')|$input.json('$.none')", "{}", '|""'),
        ("$input.body", "raw", "raw"),
        ("$input.body|$input|$util", "", "{}|{}|{}"),
        ("$context.requestId|$context.identity.sourceIp|$context.authorizer.claims.sub", "", "r|1.2.3.4|u"),
        ("[$context.identity][$context.identity.keySet()]", "", "[][[sourceIp]]"),
        ("$stageVariables.table|$stageVariables.get('table')|$stageVariables", "", "users|users|{table=users}"),
        ("$util.escapeJavaScript('a\"b\\c/d')", "", 'a\\"b\\\\c\\/d'),
        ("$util.escapeJavaScript($input.path('$.s'))", '{"s":"é\\n\\u0001😀"}', "\\u00E9\\n\\u0001\\uD83D\\uDE00"),
        ("$util.urlEncode('a b&~*/é')|$util.urlDecode('a%20b+c')", "", "a+b%26%7E*%2F%C3%A9|a b c"),
        ("$util.base64Encode('hé')|$util.base64Decode('aMOp')", "", "aMOp|hé"),
        ("$util.parseJson('{\"a\":[1]}').a[0]", "", "1"),
        ("$util.parseJson('[1')|$util.parseJson('no JSON')|$util.parseJson(5)|$util.parseJson('5')", "", "|||5"),
        ("$util.base64Decode('_-8')|$util.base64Decode('a G\nk=')|$util.base64Decode('a!')", "", "\ufffd\ufffd|hi|"),
        (
            "#set($c = $input.body.charAt(0))$c|$c.equals('r')|#if($c == 'r')y#end|$c.class.name",
            "raw",
            "r|false|y|java.lang.Character",
        ),
        ("$input.json(\"$.l[*]['a','b']\")", '{"l":[{"a":1,"b":2}]}', '[{"a":1,"b":2}]'),
        ("$input.path('$.l[?(@.n > ''1'')].n')", '{"l":[{"n":1},{"n":2}]}', "[2]"),
        ("$util.escapeJavaScript(5)|$util.nothing('x')", "", "|"),
        ("$input.path('$')", "{a:1, 'b':two,}", "{a=1, b=two}"),
        ("$input.path('$.n')", '{"n": 12345678901234567890}', "12345678901234567890"),
        ("$input.path('$.n')|$input.path('$.e')", '{"n": 1e10, "e": 0.0001}', "1.0E10|1.0E-4"),
    ],
)
def test_renders(text: str, body: str, expected: str) -> None:
    assert render(text, body) == expected


@pytest.mark.parametrize("text", ["$input.path('$')", "$input.json('$.a')"])
def test_a_body_that_is_no_json_is_an_error(text: str) -> None:
    with pytest.raises(TemplateError, match="no JSON"):
        render(text, '{"a": ')


def test_a_template_sets_overrides_and_the_next_one_reads_them() -> None:
    overrides = Overrides()
    render(
        "#set($context.requestOverride.header.a = 'b')#set($context.requestOverride.path.id = 7)"
        '#set($context["requestOverride"].querystring.q = "$input.params(\'q\')")'
        '#set($context.requestOverride.mine = "kept")',
        overrides=overrides,
    )
    assert overrides.request_header == {"a": "b"}
    assert overrides.request_path == {"id": 7}
    assert overrides.request_querystring == {"q": "a b"}
    text = "#set($context.responseOverride.status = 201)#set($h = $context.responseOverride.header)#set($h.x = 'y')"
    assert render(text + "$context.requestOverride.mine", overrides=overrides) == "kept"
    assert overrides.response_status == 201
    assert overrides.response_header == {"x": "y"}


@pytest.mark.parametrize(
    "text",
    [
        "#set($context.responseOverride.status = 400)#set($context.responseOverride.status = 500)",
        "#set($context.requestOverride.header.a = 'b')#set($context.requestOverride.header['a'] = 'c')",
        "#set($h = $context.responseOverride.header)#set($q = $h.put('x', 'y'))#set($h.x = 'z')",
    ],
)
def test_an_override_is_set_once(text: str) -> None:
    """See: https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-override-request-response-parameters.html"""
    with pytest.raises(TemplateError, match="overrides are final"):
        render(text)


def test_each_template_of_a_transaction_may_set_an_override() -> None:
    overrides = Overrides()
    for status in (400, 409):
        render(f"#set($context.responseOverride.status = {status})", overrides=overrides)
    assert overrides.response_status == 409


def test_overrides_are_empty_where_nothing_is_set() -> None:
    overrides = Overrides()
    render("$input.json('$')", overrides=overrides)
    assert overrides.response_status is None
    assert not overrides.request_header
    assert not overrides.response_header


@pytest.mark.parametrize(("status", "expected"), [("'404'", 404), ("true", None), ("'x'", None), ("2.5", None)])
def test_the_status_is_a_number_or_nothing(status: str, expected: int | None) -> None:
    overrides = Overrides()
    render(f"#set($context.responseOverride.status = {status})", overrides=overrides)
    assert overrides.response_status == expected


BODY_PIECES = (
    *("{", "}", "[", "]", ":", ",", '"', "'", "\\", "\\u00", "\\ud800", "1", "-", ".", "e5", "null", "true", "a", "é"),
    *(" ", "\n", "\x1a", '{"a":[', '"l":[{"v":1},{"v":"a"}]', "9" * 400, "[" * 500),
)
PATH_PIECES = (
    *(
        "$",
        "@",
        ".",
        "..",
        "a",
        "l",
        "*",
        "[0]",
        "[-1]",
        "[1:",
        "]",
        "[",
        "['a','l']",
        "[?(@.v",
        " == ",
        "1)]",
        "'",
        "/",
    ),
    *("[?(@.v =~ /(a+)+$/)]", "&&", "||", "(", ")", "[(@.length-1)]", "[?]", "!", " ", "9" * 30),
)
texts = st.one_of(st.text(max_size=20), st.lists(st.sampled_from(BODY_PIECES), max_size=12).map("".join))
paths = st.one_of(st.text(max_size=8), st.lists(st.sampled_from(PATH_PIECES), max_size=8).map("".join))


def outcome(template: str, variables: dict[str, object]) -> str:
    """The output, or what the engine says is wrong."""
    try:
        return compile_template(template).render(variables)
    except TemplateError as error:
        return error.reason


@settings(max_examples=300, deadline=None)
@given(texts, paths)
def test_any_body_and_path_give_text_or_the_engines_own_error(body: str, path: str) -> None:
    text = (
        "$input.path($stageVariables.p) $input.json($stageVariables.p) $util.parseJson($stageVariables.b)"
        " $util.urlDecode($stageVariables.b) $util.base64Decode($stageVariables.b) $util.urlEncode($stageVariables.b)"
        " $util.escapeJavaScript($stageVariables.b) $util.base64Encode($stageVariables.b)"
    )
    for piece in text.split():
        variables = api_gateway_variables(
            body=body, path={}, querystring={}, header={}, context={}, stage_variables={"p": path, "b": body}
        )
        assert isinstance(outcome(piece, variables), str)


DOCUMENT = {"a": {"b": [1, 2.5], "d e": "s"}, "f": 1, "l": [{"k": "v", "p": 3}, {"k": "w", "p": 9}], "e": []}


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("$['a','f']", {"a": {"b": [1, 2.5], "d e": "s"}, "f": 1}),
        ("@.a.b", [1, 2.5]),
        ("$.l[0]k", "v"),
        ("$.l[ 0 ]", {"k": "v", "p": 3}),
        ("$.a['d e']", "s"),
        ("$.l[?(@.p>=3 && @.k=='w')].k", ["w"]),
        ("$.l[*].p", [3, 9]),
        ("$.e[*]", []),
        ("a.b[1]", 2.5),
    ],
)
def test_paths_that_jayway_reads(path: str, expected: object) -> None:
    """The expected values are Jayway 2.0.0's."""
    assert read_path(DOCUMENT, path) == expected


@pytest.mark.parametrize(
    "path", ['$.a["b"]', "$.", "$[", "$.l[", "$.l[a]", '$["a","l"]', "$a", "$.a b", "$. a", "$.l[?(@.p in [3])]", ""]
)
def test_paths_that_jayway_refuses(path: str) -> None:
    with pytest.raises(JavaError):
        read_path(DOCUMENT, path)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("{a:1}", {"a": 1}),
        ("{'a':'b'}", {"a": "b"}),
        ('{"a":1,}', {"a": 1}),
        ("[a b, c]", ["a b", "c"]),
        ('{"a":01}', {"a": 1}),
        ("[1.]", [1.0]),
        ("[,1]", [1]),
        ("{}x", {}),
        ("[1]]", [1]),
        ("abc", "abc"),
        ("[None]", ["None"]),
    ],
)
def test_bodies_that_json_smart_reads(text: str, expected: object) -> None:
    """The expected values are json-smart 2.2's."""
    assert parse_json(text) == expected


@pytest.mark.parametrize("text", ['{"a":}', '{"a" 1}', "{a", "[a", '{"a": '])
def test_bodies_that_json_smart_refuses(text: str) -> None:
    with pytest.raises(JavaError):
        parse_json(text)
