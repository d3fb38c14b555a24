"""Compiling and rendering: errors with a place, variables that stay as they are, random text that never surprises."""

import random
from concurrent.futures import ThreadPoolExecutor

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.errors import StageproofError
from gateway.vtl import Limits, TemplateError, compile_template

FRAGMENTS = (
    *(
        "$",
        "${",
        "}",
        "#",
        "#if(",
        "#end",
        "#else",
        "#foreach($i in ",
        "#set($x = ",
        ")",
        "(",
        "[",
        "]",
        "..",
        '"',
        "'",
        "\\",
        "\n",
    ),
    *(
        "$a",
        "$a.b",
        ".c(",
        "$!",
        "##",
        "#*",
        "*#",
        "#[[",
        "]]#",
        "1",
        "-2",
        "true",
        "==",
        "&&",
        "+",
        ",",
        ":",
        "#macro(m $p)",
        "#m(1)",
    ),
    *(
        "#define($d)",
        "#evaluate(",
        "#stop",
        "#break",
        "é",
        "\t",
        "text ",
        "{",
        "$a[0]",
        "$foreach.index",
        ".split('(')",
        ".get('b')",
    ),
)


@pytest.mark.parametrize(
    ("text", "line", "column"),
    [
        ("#if($x)", 1, 8),
        ("a\n #macro()x#end", 2, 2),
        ("ab\n#set($x = )", 2, 11),
        ("ab\n  $l.get(7)", 2, 3),
        ("$", 1, 1),
        ("x\n\n#end", 3, 1),
        ("#foreach($i in [1..2])\n#set($y = $l[5])\n#end", 2, 1),
        ("#set($s = 'a')\n#if($s.substring(3) == 'x')#end", 2, 1),
    ],
)
def test_an_error_tells_its_place(text: str, line: int, column: int) -> None:
    with pytest.raises(TemplateError) as caught:
        compile_template(text).render({"l": [1]})
    assert (caught.value.line, caught.value.column) == (line, column)
    assert isinstance(caught.value, StageproofError)
    assert f"line {line}, column {column}" in str(caught.value)


def test_an_error_holds_the_offending_text() -> None:
    with pytest.raises(TemplateError) as caught:
        compile_template("a #if($x) b #elseif c")
    assert caught.value.text == "c"
    with pytest.raises(TemplateError) as caught:
        compile_template("$l.get(9) x\ny").render({"l": []})
    assert caught.value.text == "$l.get(9) x"


def test_the_variables_given_are_not_changed() -> None:
    variables: dict[str, object] = {"m": {"a": [1]}, "l": [{"b": 1}]}
    text = "#set($x=$m.put('k',1))#set($l[0].b=2)#set($x=$m.a.add(2))#set($m.z='y')$m $l"
    first = compile_template(text).render(variables)
    assert variables == {"m": {"a": [1]}, "l": [{"b": 1}]}
    assert compile_template(text).render(variables) == first == '{a=[1,2], k=1, z=y} [{"b":2}]'


def test_the_same_text_is_compiled_once() -> None:
    assert compile_template("x $a") is compile_template("x $a")


def test_a_template_renders_in_many_threads() -> None:
    template = compile_template("#foreach($i in [1..50])$i$x#if($foreach.hasNext),#end#end")
    with ThreadPoolExecutor(4) as pool:
        results = list(pool.map(lambda number: template.render({"x": number}), range(40)))
    assert results == [",".join(f"{item}{number}" for item in range(1, 51)) for number in range(40)]


def test_limits_can_be_given() -> None:
    template = compile_template("#foreach($i in [1..50])x#end")
    with pytest.raises(TemplateError, match="more than 10 items"):
        template.render({}, limits=Limits(range_items=10))


def test_a_loop_ends_in_silence_after_a_thousand_rounds() -> None:
    """As Velocity 1.7 ends it with `directive.foreach.maxloops`."""
    text = "#foreach($i in [1..1200])$i#if($foreach.hasNext),#end#end"
    assert compile_template(text).render({}) == "".join(f"{number}," for number in range(1, 1001))
    nested = "#foreach($i in [1..5])#foreach($j in [1..5])$j#end;#end"
    assert compile_template(nested).render({}, limits=Limits(iterations=3)) == "123;123;123;"


@settings(max_examples=300, deadline=None)
@given(st.lists(st.sampled_from(FRAGMENTS), max_size=14).map("".join))
def test_any_text_renders_or_is_rejected(text: str) -> None:
    failure: TemplateError | None = None
    try:
        compile_template(text).render({"a": {"b": "x"}})
    except TemplateError as error:
        failure = error
    assert failure is None or (failure.reason and 0 <= failure.line <= text.count("\n") + 1)


@settings(max_examples=200, deadline=None)
@given(st.text(alphabet=st.characters(exclude_characters="$#\\", exclude_categories=["Cs"])))
def test_plain_text_renders_as_itself(text: str) -> None:
    assert compile_template(text).render({}) == text


@settings(max_examples=100, deadline=None)
@given(st.integers())
def test_statements_in_plain_and_in_dynamic_code_give_the_same(seed: int) -> None:
    """A template that is compiled with local variables renders as one that keeps them in a map, as macros need it."""
    chosen = random.Random(seed)
    pieces = [
        "#set($x = $n + 1)$x",
        "#foreach($i in $l)$i$foreach.index$velocityCount#if($foreach.hasNext),#end#end",
        "#foreach($e in $m.entrySet())$e.key=$e.value#if($e.value == 1)#break#end#end$!e",
        "#if($x == 8 && $n >= 7)a#elseif($s == 'x')b#{else}c#end",
        '#set($s = "$s-$n")$s.length()',
        "#foreach($i in [1..3])#foreach($j in $l)$i$j$foreach.parent.count#end$i#end$i$j",
    ]
    text = "".join(chosen.choice(pieces) for _ in range(5))
    variables = {"n": 7, "l": ["a", "b"], "m": {"k": 2, "o": 1, "p": 3}, "s": "x"}
    dynamic = "#macro(unused)#end" + text
    assert compile_template(text).render(variables) == compile_template(dynamic).render(variables)
