"""Random templates on our engine and on Apache Velocity 1.7 on the JVM: the same output, or the same rejection.

Needs a JDK and the Debian packages `velocity` and `libjsonpath-java`; skipped without them. The number of templates is
taken from VTL_TEMPLATES (600 by default), the seed from VTL_SEED.
"""

import json
import os
import random
import re
import shutil
import subprocess
from collections.abc import Callable, Sequence
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest

from gateway.vtl import TemplateError, compile_template
from gateway.vtl.errors import JavaError
from gateway.vtl.json_path import PathNotFound, read_path
from gateway.vtl.json_text import parse_json
from gateway.vtl.printing import json_text

DATA = Path(__file__).parents[2] / "data" / "vtl"
JARS = Path("/usr/share/java")
NEEDED = ("velocity", "json-path", "json-smart", "commons-collections3", "commons-lang")
ALSO = ("accessors-smart", "asm", "slf4j-api", "slf4j-nop", "oro")
IDENTITY = re.compile(r"@[0-9a-f]+")
VARIABLES: dict[str, Any] = {
    "s": "Hello World",
    "e": "",
    "n": 7,
    "z": 0,
    "neg": -3,
    "t": True,
    "f": False,
    "d": 2.5,
    "big": 3000000000,
    "l": ["a", "b", "c"],
    "el": [],
    "mixed": [1, "x/y", None, True, {"k": [1.5]}, [2]],
    "m": {"k": "v", "n": {"x": "y"}, "l": [1, 2]},
    "u": "a/b\"c'é",
    "num": "42",
}


PATH_FRAGMENTS = (
    *(".store", ".book", ".title", ".price", ".num", ".v", ".l", ".a", ".n", "['store']", "['v','w']", "[0]", "[-1]"),
    *("[*]", ".*", "..", "..price", "[0:2]", "[-2:]", "[:1]", "[0,1]", "[(@.length-1)]", "[?(@.v)]", "[?(!@.isbn)]"),
    *("[?(@.price < 10)]", "[?(@.w == 'a')]", "[?(@.v > 1 && @.w)]", "[?(@.isbn || @.v != null)]", "[?(@ > 2)]"),
    *("[?(@.title =~ /.*o.*/i)]", "[?(@.price <= $.expensive)]", "[?]", ".length()", " ", "[", "]", "'", ".", "x"),
)
BODY_FRAGMENTS = (
    *("{", "}", "[", "]", ":", ",", '"', "'", "a", "b c", "1", "-1", "1.5", "1e3", "true", "null", '"k"', "'q'", " "),
    *("\n", "\\", "\\n", "é", ".", "-", "/", "x", "01", '"a":', '"b":1', '{"a":', "[1,", "\\u0041", "\\x"),
)


class Grammar:
    """Draws one template."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)
        self.depth = 0

    def pick(self, *choices: Callable[[], str] | str) -> str:
        choice = self.random.choice(choices)
        return choice if isinstance(choice, str) else choice()

    def blank(self) -> str:
        return self.pick("", "", "", " ", "\n", "  \n", "\t", "\n  ")

    def many(self, least: int, most: int) -> str:
        return "".join(self.statement() + self.blank() for _ in range(self.random.randint(least, most)))

    def body(self) -> str:
        self.depth += 1
        result = self.blank() + self.many(0, 3 if self.depth < 4 else 1)
        self.depth -= 1
        return result

    def statement(self) -> str:
        simple = (self.text, self.text, self.printed, self.printed, self.set, self.set_part, self.odd, self.escaped)
        if self.depth >= 4:
            return self.pick(*simple)
        blocks = (self.conditional, self.conditional, self.loop, self.loop, self.define, self.macro, self.evaluate)
        return self.pick(*simple, *simple, *blocks)

    def text(self) -> str:
        return self.pick(
            "text",
            "a b",
            '"q"',
            "{",
            "}",
            '{"a": ',
            ",",
            "é",
            "x.y",
            "5%",
            ".",
            "(",
            ")",
            "[",
            "]",
            "$5",
            "a#b",
            "#1",
            "'",
            "%",
            ":",
        )

    def odd(self) -> str:
        return self.pick(
            "## c\n",
            "##",
            "#* c *#",
            "#** f *#",
            "#[[ $x #if ]]#",
            "$",
            "#",
            "\\",
            "\\\\",
            "$!",
            "$\\!s",
            "# ",
            "$ ",
            "#foo",
            "#foo($s)",
            "#stop",
            "#break",
            "$${s}",
            "#$s",
            "$!$s",
            "#{foo}",
            "${",
            "$[",
            "$!{",
            "#@x",
            "#end",
            "#else",
            "$s#set($q=1)w",
            "$s#*c*#w",
            "#literal()$x #set($x=1)#end",
            "#include('x')",
            "$s.##c\n",
            "$s.l#c",
            "#set ($w = 3)",
            "#{set}($w=4)",
            "#if",
            "#foreach",
            "# #",
            "$s$",
            "$true",
            "$m.true",
            "$_x",
            "$a-b",
            "$s-",
            "$n-1",
            "#evaluate",
            "#macro(x y)z#end",
            "#x()",
        )

    def escaped(self) -> str:
        slashes = "\\" * self.random.randint(1, 4)
        return slashes + self.pick(
            "$s",
            "${s}",
            "$!s",
            "$!{s}",
            "$nope",
            "$m.k",
            "#if(true)",
            "#end",
            "#set($x = 1)",
            "#foo",
            "#foreach",
            "#",
            "$",
            "$m.put('a',1)",
            "#{else}",
            "#m1()",
            "x",
            "#stop",
        )

    def variable(self) -> str:
        return self.pick(
            "s",
            "e",
            "n",
            "z",
            "neg",
            "t",
            "f",
            "d",
            "big",
            "l",
            "el",
            "mixed",
            "m",
            "u",
            "num",
            "nope",
            "v1",
            "v2",
            "v3",
            "i",
            "b1",
        )

    def printed(self) -> str:
        inner = self.reference_inner()
        return self.pick("$", "$", "$!") + inner if self.random.random() < 0.7 else self.pick("${", "$!{") + inner + "}"

    def reference(self) -> str:
        inner = self.reference_inner()
        return self.pick(f"${inner}", f"${inner}", f"$!{inner}", f"${{{inner}}}", f"$!{{{inner}}}")

    def reference_inner(self) -> str:
        kind = self.random.random()
        if kind < 0.35:
            return self.variable()
        if kind < 0.45:
            return "foreach." + self.pick("index", "count", "hasNext", "first", "last", "parent.count", "nope")
        if kind < 0.5:
            return self.pick("velocityCount", "velocityHasNext")
        if kind < 0.6:
            return self.variable() + self.pick(
                ".k", ".n.x", ".l", ".zz", ".x.y", ".empty", ".class", ".length", ".size", ".l[1]"
            )
        if kind < 0.7:
            return (
                self.variable() + f"[{self.pick('0', '1', '-1', '7', '$z', chr(34) + 'k' + chr(34), self.parameter)}]"
            )
        return self.variable() + "." + self.call()

    def call(self) -> str:
        a = self.parameter
        return self.pick(
            "length()",
            "size()",
            "isEmpty()",
            "toString()",
            "trim()",
            "toUpperCase()",
            "toLowerCase()",
            "keySet()",
            "values()",
            "entrySet()",
            "get(0)",
            "get(1)",
            "get('k')",
            "nometh()",
            "hashCode()",
            "substring(0,3)",
            "substring(2)",
            "replaceAll('o','0')",
            "replace('o','L')",
            "indexOf('o')",
            "lastIndexOf('o')",
            "split(' ').size()",
            "matches('[A-Z].*')",
            "charAt(1)",
            "intValue()",
            "add('x')",
            "add(0,'y')",
            "remove('a')",
            "remove(0)",
            "clear()",
            "equalsIgnoreCase('42')",
            "compareTo('b')",
            "subList(0,1)",
            "getClass().getName()",
            "iterator().next()",
            "doubleValue()",
            "booleanValue()",
            "parseInt('12')",
            "containsKey('k')",
            "concat('z')",
            "replaceFirst('(l+)','<$1>')",
            "replaceAll('[aeiou]','\\\\$0')",
            "format('%05d|%s',7,'x')",
            "remove('k')",
            "containsValue('v')",
            "getOrDefault('q','d')",
            "putAll({'z':1})",
            "addAll([1,2])",
            "toString().length()",
            "codePointAt(0)",
            "longValue()",
            "charAt(0)",
            "charAt(0).equals('H')",
            "toCharArray()[1]",
            "split('')",
            "split('o', 2)[1]",
            "format('%s|%5.1f|%x', $l, 2.25, 255)",
            "join('-', $l)",
            "length('x')",
            "size(1)",
            "keySet().remove('k')",
            "values().contains('v')",
            "entrySet().iterator().next().value",
            "replace('k', 'w')",
            "remove('k', 'v')",
            "addAll(1, ['p'])",
            "retainAll(['a', 1])",
            "removeAll($m.l)",
            "toHexString(255)",
            "compareTo(2)",
            "max(1, 2)",
            "toString(10)",
            "equals(7)",
            "putIfAbsent('k', 1)",
            "toArray().size()",
            "matches('(?i)hello.*')",
            "valueOf($n)",
            lambda: f"contains({a()})",
            lambda: f"equals({a()})",
            lambda: f"put('w',{a()})",
            lambda: f"get({a()})",
            lambda: f"startsWith({a()})",
            lambda: f"endsWith({a()})",
            lambda: f"indexOf({a()})",
            lambda: f"set(0,{a()})",
            lambda: f"concat({a()})",
            lambda: f"compareTo({a()})",
        )

    def string(self) -> str:
        return self.pick(
            '"$s"',
            '"a${n}b"',
            "'y'",
            '"42"',
            '""',
            "''",
            '"x#if(true)1#end"',
            '"$nope"',
            '"""q"""',
            "'it''s'",
            '"\\\\$s"',
            '"$m.k."',
            "'$s'",
            '"$"',
            '"#"',
            '"a ## b"',
            '"\\u0041$e"',
            '"$!{s}-"',
            '"$l"',
            '"#set($v3=9)"',
            '"#foo"',
            '"$s.length()"',
            '"x\n"',
            '"$5"',
        )

    def parameter(self) -> str:
        if self.random.random() < 0.1 and self.depth < 4:
            self.depth += 1
            result = self.pick(
                lambda: f"[{self.parameter()}, {self.parameter()}]",
                lambda: f"{{'a':{self.parameter()}}}",
                "[1..3]",
                "{}",
                "[]",
            )
            self.depth -= 1
            return result
        return self.pick(self.reference, self.string, "1", "-2", "0", "2.5", "true", "false", "10", "1.0", "[$z..$n]")

    def operand(self) -> str:
        if self.random.random() < 0.2 and self.depth < 4:
            self.depth += 1
            result = f"({self.expression()})"
            self.depth -= 1
            return result
        return self.parameter()

    def expression(self) -> str:
        kind = self.random.random()
        if kind < 0.4:
            return self.operand()
        if kind < 0.5:
            return self.pick("!", "! ", "not ") + self.operand()
        gap = self.pick(" ", " ", " ", "")
        word = self.pick(" eq ", " ne ", " lt ", " gt ", " le ", " ge ", " and ", " or ")
        operator = self.pick("==", "!=", "<", ">", "<=", ">=", "&&", "||", "+", "-", "*", "/", "%")
        return self.operand() + (word if self.random.random() < 0.2 else gap + operator + gap) + self.operand()

    def set(self) -> str:
        target = self.pick("$v1", "$v2", "$v3", "$!v1", "${v2}", "$i", "$s", "$n")
        return f"{self.pick('', '  ')}#set({self.blank()}{target} = {self.expression()}{self.blank()})"

    def set_part(self) -> str:
        target = self.pick(
            "$m.new",
            "$m['a b']",
            "$m.n.x",
            "$l[0]",
            "$l[9]",
            "$nope.x",
            "$s.x",
            "$m.k.x",
            "$l[-1]",
            "$mixed[$z]",
            "$v1.x",
            "$m.l[1]",
        )
        return f"#set({target} = {self.expression()})"

    def conditional(self) -> str:
        result = f"#if({self.expression()})" + self.body()
        for _ in range(self.pick("0", "0", "1").count("1")):
            result += f"#elseif({self.expression()})" + self.body()
        if self.random.random() < 0.4:
            result += self.pick("#else ", "#{else}", "#else\n", "#else") + self.body()
        return result + self.pick("#end", "#{end}", "#end\n", "#end ")

    def loop(self) -> str:
        source = self.pick(
            "$l",
            "$m",
            "$el",
            "$nope",
            "[1..3]",
            "[3..1]",
            "$m.keySet()",
            "$m.entrySet()",
            "$m.values()",
            "[0..$z]",
            "$m.l",
            '["x","y"]',
            "$mixed",
            "$s",
            "{'p':1}",
            self.reference,
        )
        ends = ("#break", "#break($foreach)", "#if($i == 'b')#break($foreach.parent)#end", "#stop")
        stop = self.pick("", "", "", "", *ends, "#if($foreach.index==1)#break#end")
        return (
            f"#foreach($i in {source})"
            + self.pick("$i", "", "$velocityCount", "$foreach.count")
            + self.body()
            + stop
            + self.pick("#end", "#{end}", "#end\n")
        )

    def define(self) -> str:
        return f"#define($b1){self.body()}#end" + self.pick("", "$b1", "$b1$b1")

    def macro(self) -> str:
        call = self.pick(
            "#m1()",
            "#m1($s)",
            "#m1($s 'x')",
            "#m1('a', $n, 3)",
            '#m1("$s")',
            "#m1([1,2])",
            "#m1($v1)",
            "#@m1($s)in#end",
            "#{m1}($m.k)",
        )
        parameters = self.pick("", " $p", " $p $v1", " $s")
        inner = self.pick("$p", "[$p]", "$p#set($p='changed')$p", "$!bodyContent", "$v1", "$s#set($v1=8)", "#break", "")
        definition = f"#macro(m1{parameters}){self.blank()}{inner}{self.body()}#end"
        return self.pick(definition + call, call + definition, definition)

    def evaluate(self) -> str:
        inner = self.many(1, 2).replace("'", "''")
        return f"#evaluate({self.pick(self.string, self.reference, lambda: chr(39) + inner + chr(39))})"


def template(seed: int) -> str:
    """The template of a seed."""
    grammar = Grammar(seed)
    return grammar.many(1, 6)


def ours(text: str) -> str | None:
    """Our output, None for a rejection."""
    try:
        return IDENTITY.sub("@", compile_template(text).render(deepcopy(VARIABLES)))
    except TemplateError:
        return None


@pytest.fixture(scope="module")
def velocity(
    tmp_path_factory: pytest.TempPathFactory,
) -> Callable[[list[dict[str, Any]]], list[dict[str, Any]]]:
    """Renders on the JVM."""
    missing = [name for name in NEEDED if not (JARS / f"{name}.jar").is_file()]
    if missing or shutil.which("javac") is None:
        pytest.skip(
            f"needs javac and the Debian packages velocity and libjsonpath-java (missing: {missing or 'javac'})"
        )
    classes = tmp_path_factory.mktemp("classes")
    path = os.pathsep.join(str(JARS / f"{name}.jar") for name in NEEDED + ALSO)
    subprocess.run(
        ["javac", "-nowarn", "-cp", path, "-d", str(classes), str(DATA / "jvm" / "Reference.java")], check=True
    )

    def render(requests: list[dict[str, Any]]) -> list[dict[str, Any]]:
        lines = "".join(json.dumps(request) + "\n" for request in requests)
        command = ["java", "-Xss2m", "-Dfile.encoding=UTF-8", "-cp", os.pathsep.join((path, str(classes))), "Reference"]
        done = subprocess.run(command, input=lines, capture_output=True, text=True, check=True)
        return [json.loads(line) for line in done.stdout.splitlines()]

    return render


@pytest.mark.jvm
def test_random_templates_render_as_velocity_renders_them(
    velocity: Callable[[list[dict[str, Any]]], list[dict[str, Any]]],
) -> None:
    count = int(os.environ.get("VTL_TEMPLATES", "600"))
    first = int(os.environ.get("VTL_SEED", "20250101"))
    templates = [template(first + number) for number in range(count)]
    answers = velocity([{"template": text, "variables": VARIABLES} for text in templates])
    different = []
    for text, answer in zip(templates, answers, strict=True):
        expected = IDENTITY.sub("@", answer["output"]) if "output" in answer else None
        got = ours(text)
        if got != expected:
            different.append({"template": text, "velocity": expected, "error": answer.get("error"), "ours": got})
    report = os.environ.get("VTL_REPORT")
    if report:
        Path(report).write_text(json.dumps(different, indent=1), encoding="utf-8")
    share = 1 - len(different) / count
    assert share >= 0.995, f"{share:.2%} of {count} are the same; the first that differs: {different[0]}"


def drawn(first: int, fragments: Sequence[str], begins: Sequence[str]) -> list[str]:
    """Texts strung together from fragments."""
    draw = random.Random(first)
    return [
        draw.choice(begins) + "".join(draw.choice(fragments) for _ in range(draw.randint(1, 6))) for _ in range(4000)
    ]


def failing(answer: dict[str, Any]) -> str:
    """What of a failure is compared: that it is one, and whether it only means that nothing was found."""
    return "not found" if answer["error"].startswith("PathNotFound") else "refused"


@pytest.mark.jvm
def test_random_paths_find_what_jayway_finds(
    velocity: Callable[[list[dict[str, Any]]], list[dict[str, Any]]],
) -> None:
    document = json.loads((DATA / "jsonpath_probes.json").read_text(encoding="utf-8"))["body"]
    paths = drawn(int(os.environ.get("VTL_SEED", "1")), PATH_FRAGMENTS, ("$", "$", "$", "@", ""))
    answers = velocity([{"template": "", "path": path, "body": json.dumps(document)} for path in paths])
    different = []
    for path, answer in zip(paths, answers, strict=True):
        try:
            got = json_text(read_path(document, path), escape_slash=False)
        except PathNotFound:
            got = "not found"
        except JavaError:
            got = "refused"
        if got != (answer["output"] if "output" in answer else failing(answer)):
            different.append((path, got, answer))
    assert different == []


@pytest.mark.jvm
def test_random_bodies_are_read_as_json_smart_reads_them(
    velocity: Callable[[list[dict[str, Any]]], list[dict[str, Any]]],
) -> None:
    bodies = drawn(int(os.environ.get("VTL_SEED", "1")), BODY_FRAGMENTS, ("", "[", "{a:", '{"a":'))
    answers = velocity([{"template": "", "parse": body} for body in bodies])
    different = []
    for body, answer in zip(bodies, answers, strict=True):
        try:
            got: str | None = json_text(parse_json(body), escape_slash=False)
        except JavaError:
            got = None
        if got != answer.get("output"):
            different.append((body, got, answer))
    assert different == []
