"""How many mapping templates are evaluated a second: ours, airspeed-ext, and the JVM's Velocity 1.7 where it is.

Run it as `python benchmarks/templates.py`. The three templates use plain variables only, which all engines know.
Templates are compiled before the clock starts; compiling is measured on its own.
"""

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from time import perf_counter
from typing import Any

from gateway.vtl import compile_template
from gateway.vtl.template import Template

JARS = Path("/usr/share/java")
JAR_NAMES = (
    "velocity",
    "commons-collections3",
    "commons-lang",
    "json-path",
    "json-smart",
    "accessors-smart",
    "asm",
    "slf4j-api",
    "slf4j-nop",
    "oro",
)
JAVA_SOURCE = Path(__file__).parent / "Templates.java"

VARIABLES: dict[str, Any] = {
    "name": "Ada",
    "user": {"id": 7, "name": "Ada Lovelace", "active": True, "address": {"city": "London", "zip": "N1"}},
    "roles": ["admin", "editor", "viewer"],
    "orders": [
        {
            "id": number,
            "total": number * 10,
            "currency": "EUR",
            "lines": [{"sku": f"s{line}", "count": line} for line in range(3)],
        }
        for number in range(20)
    ],
    "stage": "prod",
}
SMALL = '{"greeting": "Hello $name"}'
MEDIUM = """#set($root = $user)
{
  "id": $root.id,
  "name": "$root.name.toUpperCase()",
  "city": "$!root.address.city",
#if($root.active && $stage == "prod")
  "status": "ACTIVE",
#else
  "status": "INACTIVE",
#end
  "roles": [#foreach($role in $roles)"$role"#if($foreach.hasNext), #end#end],
  "orders": [
#foreach($order in $orders)
    {"id": $order.id, "total": "$order.total $order.currency"}#if($foreach.hasNext),#end

#end
  ]
}
"""
LARGE = (
    MEDIUM
    + """#set($sum = 0)
#foreach($order in $orders)
#foreach($line in $order.lines)
#set($sum = $sum + $line.count)
#if($line.count > 1)
{"order": $order.id, "sku": "$line.sku.replace('s', 'SKU-')", "count": $line.count, "sum": $sum}
#elseif($line.count == 1)
{"order": $order.id, "sku": "$line.sku", "index": $foreach.index}
#else
{"order": $order.id, "none": true}
#end
#end
#end
"""
    + "".join(f'"field{number}": "$user.address.city $stage $!nothing",\n' for number in range(40))
)
TEMPLATES = {"small": SMALL, "medium": MEDIUM, "large": LARGE}


def per_second(call: Callable[[], object], seconds: float) -> float:
    """Calls a second: the best of three rounds."""
    call()
    best = 0.0
    for _ in range(3):
        count, begin = 0, perf_counter()
        while (elapsed := perf_counter() - begin) < seconds / 3:
            call()
            count += 1
        best = max(best, count / elapsed)
    return best


def compile_ms(text: str) -> float:
    """Milliseconds to compile a template anew: the best of two hundred."""
    times = []
    for _ in range(200):
        begin = perf_counter()
        Template(text)
        times.append(perf_counter() - begin)
    return min(times) * 1000


def airspeed_ext(text: str) -> Callable[[], object] | None:
    """airspeed-ext's rendering of a template, None where it is not installed."""
    try:
        import airspeed
    except ImportError:
        return None
    template = airspeed.Template(text)
    return lambda: template.merge(VARIABLES)


def velocity_on_jvm() -> dict[str, float]:
    """Evaluations a second of Velocity 1.7 on the JVM by template; empty where it is absent."""
    jars = [JARS / f"{name}.jar" for name in JAR_NAMES]
    if shutil.which("javac") is None or not all(jar.is_file() for jar in jars):
        return {}
    path = os.pathsep.join(map(str, jars))
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run(["javac", "-nowarn", "-cp", path, "-d", folder, str(JAVA_SOURCE)], check=True)
        request = json.dumps({"variables": VARIABLES, "templates": TEMPLATES})
        command = ["java", "-cp", os.pathsep.join((path, folder)), "Templates"]
        done = subprocess.run(command, input=request, capture_output=True, text=True, check=True)
    return dict(json.loads(done.stdout))


def main() -> int:
    """Measure, print a table, and fail where a goal is missed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=3.0, help="how long each engine runs a template")
    seconds = parser.parse_args().seconds
    jvm = velocity_on_jvm()
    goals = {"small": 2.0, "medium": 8.0, "large": 8.0}
    missed = False
    heads = f"{'characters':>12}{'compile ms':>12}{'ours/s':>12}{'airspeed-ext/s':>16}{'times':>8}{'JVM/s':>12}"
    print(f"{'template':10}{heads}")
    for name, text in TEMPLATES.items():
        template = compile_template(text)
        ours = per_second(lambda template=template: template.render(VARIABLES), seconds)  # type: ignore[misc]  # bound now
        other = airspeed_ext(text)
        theirs = per_second(other, seconds) if other is not None else 0.0
        times = ours / theirs if theirs else 0.0
        missed = missed or (bool(theirs) and times < goals[name])
        took = compile_ms(text)
        missed = missed or (name == "medium" and took > 1)
        speeds = f"{ours:12,.0f}{theirs:16,.0f}{times:8.1f}{jvm.get(name, 0):12,.0f}"
        print(f"{name:10}{len(text):12,}{took:12.2f}{speeds}")
    return int(missed)


if __name__ == "__main__":
    sys.exit(main())
