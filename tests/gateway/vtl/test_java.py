"""Java's methods, printing and regular expressions; the expected values are Java 17's."""

import pytest

from gateway.vtl import TemplateError, compile_template
from gateway.vtl.check import Fault, check_template
from gateway.vtl.java_regex import matches, replace, split
from gateway.vtl.printing import java_double

VARIABLES = {"s": "Hello", "n": 7, "d": 2.5, "t": True, "l": ["b", "a"], "m": {"k": "v"}, "u": "ÄÖ", "e": "a😀b"}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("$s.substring(1) $s.substring(1,3) $s.charAt(0)", "ello el H"),
        ("$s.replace('l','L') $s.replaceAll('l+','<$0>') $s.replaceFirst('l','_')", "HeLLo He<ll>o He_lo"),
        ("$s.indexOf('l') $s.lastIndexOf('l') $s.indexOf('z') $s.indexOf('l',3)", "2 3 -1 3"),
        ("$s.compareTo('Help') $s.equalsIgnoreCase('hELLO') $s.hashCode()", "-4 true 69609650"),
        ("$s.format('%05d|%-4s|%.2f|%x|%,d', 42, 'a', 3.14159, 255, 1234567)", "00042|a   |3.14|ff|1,234,567"),
        (
            "$s.class.name $n.getClass().getSimpleName() $l.class $m.class",
            "java.lang.String Integer class net.minidev.json.JSONArray class java.util.LinkedHashMap",
        ),
        ("$n.compareTo(8) $n.doubleValue() $d.intValue() $n.parseInt('12') $t.booleanValue()", "-1 7.0 2 12 true"),
        ("$l.size() $l.get(0) $l.contains('a') $l.indexOf('a') $l.isEmpty() $l.subList(0,1)", "2 b true 1 false [b]"),
        (
            "$m.keySet() $m.values() $m.entrySet() $m.containsKey('k') $m.get('q') $m.getOrDefault('q','d')",
            "[k] [v] [k=v] true  d",
        ),
        ("#set($x=$m.put('a',1))$x$m.remove('k')$m $m.size()", "v{a=1} 1"),
        ("#set($x=$m.putIfAbsent('k',2))$m #set($k=$m.keySet())#set($m.z=1)$k", "{k=v}[k, z]"),
        ("#set($l2=['q'])$l2.addAll($l) $l2 $l2.remove(0) $l2.remove('a') $l2", "true [q, b, a] q true [b]"),
        ("#set($i=$l.iterator())#foreach($x in $i)$x#end$i.hasNext()", "bafalse"),
        ("#set($x=5/2)$x #set($x=-7%3)$x #set($x=5/2.0)$x #set($x=1.5*2)$x", "2-12.53.0"),
        ("$u.toLowerCase() $s.toUpperCase().concat('!') $s.trim().length()", "äö HELLO! 5"),
        ("$s.length()$s.size()$s.nothing", "5"),
        ("$e.length() $e.indexOf('b') $e.substring(1,3) $e.substring(3) $e.charAt(1)$e.charAt(2)|", "4 3 😀 b 😀|"),
        ("$e.codePointAt(1) $e.compareTo('a￿') $e.startsWith('b',3) $e.toCharArray().size()", "128512 -10178 true 4"),
    ],
)
def test_methods(text: str, expected: str) -> None:
    assert compile_template(text).render(VARIABLES) == expected


@pytest.mark.parametrize(
    "text",
    [
        "$s.substring(9)",
        "$l.get(2)",
        "$l[2]",
        "$s.matches('(')",
        "$s.matches('a{')",
        "$s.length('x')",
        "$s.join('-', [1])",
        "$s.format('%.3d', 5)",
        "$n.parseInt('x')",
        "$s.compareTo(1)",
        "$s.replaceAll('l','$9')",
        "#foreach($x in $l)#set($y=$l.add(1))#end",
        "$s.format('%d','x')",
        "#include('a')",
        "$s[-1]",
    ],
)
def test_what_java_throws_is_an_error(text: str) -> None:
    with pytest.raises(TemplateError):
        compile_template(text).render(VARIABLES)


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (1.0, "1.0"),
        (10000000.0, "1.0E7"),
        (123456789.0, "1.23456789E8"),
        (0.001, "0.001"),
        (0.0001, "1.0E-4"),
        (-0.0, "-0.0"),
        (1e-05, "1.0E-5"),
        (9999999.0, "9999999.0"),
        (float("inf"), "Infinity"),
        (float("nan"), "NaN"),
        (1.5e300, "1.5E300"),
    ],
)
def test_doubles_print_as_java_prints_them(value: float, shown: str) -> None:
    assert java_double(value) == shown


@pytest.mark.parametrize(
    ("text", "pattern", "expected"),
    [
        ("a\nb", "a.b", False),
        ("ab", "a", False),
        ("é", "\\w", False),
        ("a+b", "\\Qa+b\\E", True),
        ("5", "\\p{Digit}", True),
        ("aab", "a*+ab", False),
        ("d", "[a-z&&[^c]]", True),
        ("c", "[a-z&&[^c]]", False),
        ("A", "(?i)a", True),
        ("a\nb", "(?s)a.b", True),
        ("bcd", "[[:alpha:]]+", False),
        ("\x01\x1b", "\\cA\\e", True),
        ("oo", "(?<y>o)\\k<y>", True),
        ("aB", "\\p{javaLowerCase}\\p{javaUpperCase}", True),
    ],
)
def test_matches(text: str, pattern: str, expected: bool) -> None:
    assert matches(text, pattern) is expected


def test_replace_and_split() -> None:
    assert replace("abc12", "([a-z])(\\d)", "$2\\$$1") == "ab1$c2"
    assert replace("aaa", "x*", "-") == "-a-a-a-"
    assert replace("a1b2", "(?<n>\\d)", "<${n}>") == "a<1>b<2>"
    assert split("a,b,,", ",") == ["a", "b"]
    assert split("a,b,,", ",", -1) == ["a", "b", "", ""]
    assert split("a,b,c", ",", 2) == ["a", "b,c"]
    assert split("ab", "", -1) == ["a", "b", ""]
    assert split("ab", "$", 2) == ["ab", ""]
    assert split("abc", "") == ["a", "b", "c"]
    assert split("", ",") == [""]


@pytest.mark.parametrize(
    ("text", "faults"),
    [
        ('{"a": "$util.escapeJavaScript($input.path(\'$.a\')).replaceAll("\\\\\'","\'")"}', set()),
        ("{\"a\": $input.json('$.a')}", set()),
        ('#set($r = $input.path(\'$\')){"a": "$r.a"}', {Fault.UNESCAPED, Fault.INVALID_JSON}),
        ('{"a": "$util.escapeJavaScript($input.path(\'$.a\'))"}', {Fault.APOSTROPHE, Fault.INVALID_JSON}),
        ("[#foreach($i in $input.path('$.l'))1,#end]", {Fault.COMMA, Fault.INVALID_JSON}),
        ("[#foreach($i in $input.path('$.l'))1#if($foreach.hasNext),#end#end]", set()),
        ("$input.params('x')", {Fault.PARAMETER}),
        ("$input.params('known') $other", {Fault.VARIABLE}),
        ("#if($x", {Fault.REJECTED}),
        ("$input.path('$.l').get(5)", {Fault.FAILS}),
        ('{"a": "$context.requestId", "b": "$stageVariables.c"}', set()),
    ],
)
def test_the_check_finds_what_is_fragile(text: str, faults: set[Fault]) -> None:
    findings = check_template(text, parameters=["known"])
    assert {finding.fault for finding in findings} == faults
    assert all(finding.message and finding.mend for finding in findings)
