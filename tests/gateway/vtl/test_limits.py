"""Hostile templates: each ends within a second with a clear error or an output, and within 200 MB."""

import subprocess
import sys
from pathlib import Path
from time import process_time

import pytest

from gateway.vtl import TemplateError, api_gateway_variables, compile_template

HOSTILE = {
    "endless-range": "#foreach($i in [1..2000000000])x#end",
    "long-loops": "#set($l = [1..50000])" + "#foreach($a in $l)" * 3 + "x" + "#end" * 3,
    "twelve-loops": "#set($l = [1..20])" + "".join(f"#foreach($v{n} in $l)" for n in range(12)) + "$v1" + "#end" * 12,
    "growing-while-walked": "#set($l=[1])#foreach($i in $l)#set($x=$l.add($i))#end",
    "doubling-string": "#set($s='ab')#foreach($i in [1..60])#set($s=\"$s$s\")#end$s",
    "doubling-by-plus": "#set($s='ab')#foreach($i in [1..60])#set($s=$s+$s)#end$s",
    "doubling-list": "#set($l=[1,2])#foreach($i in [1..60])#set($x=$l.addAll($l))#end$l.size()",
    "doubling-concat": "#set($s='ab')#foreach($i in [1..60])#set($s=$s.concat($s))#end$s.length()",
    "billion-laughs": "#set($l=['lol'])#foreach($i in [1..60])#set($l=[$l,$l,$l])#end$l",
    "list-in-itself": "#set($l=[1])#set($x=$l.add([$l]))$l",
    "map-in-itself": "#set($m={})#set($m.a={'b':$m})$m",
    "hash-of-itself": "#set($m={})#set($m.a={'b':$m})$m.hashCode()",
    "equal-to-itself": "#set($a=[1])#set($b=[1])#set($x=$a.add($a))#set($x=$b.add($b))#if($a==$b)y#end",
    "catastrophic-regex": "#set($s='aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa!')$s.matches('(a+)+$')",
    "catastrophic-replace": "#set($s='aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa!')$s.replaceAll('(a|aa)+$','x')",
    "many-slow-regexes": "#foreach($i in [1..99])#set($s='aaaaaaaaaaaaaaaaaaaaaaaaaaaa!')$s.matches('(a|aa)+')#end",
    "huge-repeat": "$s.repeat(2000000000)",
    "huge-format": "$s.format('%2000000000d', 1)",
    "huge-replacement": "#set($s=$s.repeat(1000000))$s.replace('x',$s)",
    "huge-replace-all": "#set($s=$s.repeat(100000))$s.replaceAll('x',$s)",
    "big-integers": "#set($n=9)#foreach($i in [1..100])#set($n=$n*$n)#end$n",
    "deep-if": "#if(true)" * 20000 + "#end" * 20000,
    "deep-parentheses": "#set($x=" + "(" * 50000 + "1" + ")" * 50000 + ")",
    "deep-lists": "#set($x=" + "[" * 50000 + "]" * 50000 + ")",
    "deep-maps": "#set($x=" + "{'a':" * 20000 + "1" + "}" * 20000 + ")",
    "deep-not": "#if(" + "!" * 100000 + "true)x#end",
    "deep-arguments": "$s.concat(" * 20000 + "'x'" + ")" * 20000,
    "deep-strings": '"' * 100000,
    "long-sum": "#set($x=1" + " + 1" * 50000 + ")",
    "300-kilobytes": "$s.length() " * 25000,
    "300-kilobytes-of-sets": "#set($x=1)" * 30000,
    "too-large": "x" * 400000,
    "recursive-macro": "#macro(a)#a()#a()#end#a()",
    "recursive-define": "#define($d)$d$d$d#end$d$d$d",
    "recursive-evaluate": "#set($t='#evaluate($t)#evaluate($t)')#evaluate($t)",
    "many-evaluates": '#foreach($i in [1..100000])#evaluate("x$i")#end',
    "wide-output": "#set($s=$s.repeat(1000000))" + "#foreach($i in [1..10000])$s$s$s$s#end",
    "many-ranges": '#set($m={})#foreach($i in [1..10000])#set($m["k$i"]=[1..90000])#end',
    "many-splits": "#set($s=$s.repeat(1000000))#set($m={})#foreach($i in [1..1000])#set($m[\"k$i\"]=$s.split('x'))#end",
    "unclosed-comment": "#*" * 100000,
    "unclosed-references": "${" * 100000,
    "backslashes": "\\" * 200000,
    "dollars": "$" * 200000,
    "blanks": " " * 250000 + "#set($x=1)",
    "hashes": "#" * 200000,
    "long-identifiers": "$" + "a" * 200000,
    "long-number": "#set($x=" + "9" * 200000 + ")$x",
    "deep-path": "$input.path('$" + ".a" * 20000 + "')",
    "slow-path": "$input.path('$..*..*..*..*')",
    "deep-body": "$input.path('$.deep')",
    "slow-contains": "#set($l=[1..90000])#foreach($i in $l)$l.contains(-1)#end",
    "slow-equality": "#set($l=[1..90000])#set($k=[1..90000])#foreach($i in $l)#if($l == $k)#end#end",
    "slow-print": "#set($l=[1..90000])#foreach($i in $l)$l.toString().length()#end",
    "slow-keys": "#set($m={})#foreach($i in [1..90000])#set($m[$i]=$i)#end#foreach($i in $m)$m.get(0)#end",
}
BODY = '{"a": {"b": [1, 2, 3, {"c": [1, [2, [3, {"d": {}}]]]}]}, "deep": ' + "[" * 3000 + "]" * 3000 + "}"
SECONDS = 1.0


def variables() -> dict[str, object]:
    given = api_gateway_variables(body=BODY, path={}, querystring={}, header={}, context={}, stage_variables={})
    return {**given, "s": "x"}


def peak_megabytes() -> int:
    """The peak of this program alone: getrusage would begin with the peak of the process that started it."""
    status = Path("/proc/self/status").read_text(encoding="ascii")
    peak = next(line for line in status.splitlines() if line.startswith("VmHWM:"))
    return int(peak.split()[1]) // 1024


def run(text: str) -> str:
    """How it ends: `error`, or `output`."""
    try:
        compile_template(text).render(variables())
    except TemplateError as error:
        return "a broken error" if "\n" in str(error) else "error"
    return "output"


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_template_ends_within_a_second(name: str) -> None:
    begin = process_time()
    assert run(HOSTILE[name]) in ("error", "output")
    assert process_time() - begin < SECONDS


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="the peak of memory is read from Linux's /proc")
def test_hostile_templates_stay_within_200_megabytes() -> None:
    done = subprocess.run(
        [sys.executable, __file__], capture_output=True, text=True, check=True, cwd=Path(__file__).parents[3]
    )
    worst = max(done.stdout.split("\n"), key=lambda line: int(line.split()[1]) if line else 0)
    assert int(worst.split()[1]) < 200, worst


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("endless-range", "A range has more than 100,000 items"),
        ("catastrophic-replace", "needs more than 0.25 seconds"),
        ("deep-if", "levels deep"),
        ("too-large", "more than 307,200 characters"),
        ("recursive-macro", "Max calling depth of 20"),
        ("long-loops", "runs longer than 0.7 seconds"),
        ("doubling-string", "makes more than 32,000,000 characters"),
    ],
)
def test_the_error_says_which_limit(name: str, reason: str) -> None:
    with pytest.raises(TemplateError, match=reason):
        compile_template(HOSTILE[name]).render(variables())


if __name__ == "__main__":
    for name, text in HOSTILE.items():
        begin = process_time()
        end = run(text)
        print(name, peak_megabytes(), end, f"{process_time() - begin:.2f}")  # noqa: T201 - read by the test
