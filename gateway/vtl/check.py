"""What is wrong or fragile in a mapping template."""

import json
import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Any

from gateway.vtl import nodes
from gateway.vtl.errors import TemplateError, position
from gateway.vtl.parser import parse
from gateway.vtl.shapes import Reader, is_escaped
from gateway.vtl.template import compile_template
from gateway.vtl.variables import api_gateway_variables

_NASTY = "a\"b\\c\nd'e"
_QUOTE = re.compile(r'\\.|"', re.DOTALL)


class Fault(Enum):
    """What kind of thing a finding is."""

    REJECTED = "rejected"
    FAILS = "fails"
    INVALID_JSON = "invalid-json"
    UNESCAPED = "unescaped-interpolation"
    APOSTROPHE = "apostrophe"
    COMMA = "missing-comma-guard"
    PARAMETER = "undefined-parameter"
    VARIABLE = "undefined-variable"


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One thing that is wrong or fragile: what, where, and the mend; line 0 stands for the whole template."""

    fault: Fault
    line: int
    column: int
    message: str
    mend: str


def check_template(text: str, *, parameters: Collection[str] | None = None) -> Sequence[Finding]:
    """What is wrong or fragile in a mapping template.

    Args:
        text: The template.
        parameters: The names of the path, query string and header parameters that the method declares; None where they
            are not known, so that none is missed.
    """
    try:
        statements = parse(text)
        compile_template(text)
    except TemplateError as error:
        mend = "Velocity 1.7 rejects the template, and so does API Gateway; correct it there."
        return [Finding(fault=Fault.REJECTED, line=error.line, column=error.column, message=error.reason, mend=mend)]
    reader = Reader(statements)
    inspection = _Inspection(text, reader)
    inspection.statements(statements, in_loop=False)
    inspection.names(parameters)
    inspection.tries()
    return sorted(inspection.findings, key=lambda finding: (finding.line, finding.column))


class _Inspection:
    def __init__(self, text: str, reader: Reader) -> None:
        self._text = text
        self._reader = reader
        self._in_string = False
        self.findings: list[Finding] = []

    def _find(self, fault: Fault, offset: int, message: str, mend: str) -> None:
        line, column = position(self._text, offset) if offset >= 0 else (0, 0)
        self.findings.append(Finding(fault=fault, line=line, column=column, message=message, mend=mend))

    def statements(self, statements: Sequence[nodes.Statement], *, in_loop: bool) -> None:
        """Walk over what is output, knowing whether a JSON string is open."""
        for statement in statements:
            if isinstance(statement, nodes.Text):
                quotes = sum(match.group() == '"' for match in _QUOTE.finditer(statement.text))
                self._in_string ^= quotes % 2 == 1
            elif isinstance(statement, nodes.Reference):
                self._reference(statement)
            elif isinstance(statement, nodes.If):
                self._if(statement, in_loop=in_loop)
            elif isinstance(statement, nodes.Directive) and statement.block is not None:
                if statement.name == "foreach":
                    self._commas(statement)
                self.statements(statement.block, in_loop=in_loop or statement.name == "foreach")

    def _if(self, statement: nodes.If, *, in_loop: bool) -> None:
        before = after = self._in_string
        for _, body in statement.branches:
            self._in_string = before
            self.statements(body, in_loop=in_loop)
            after = self._in_string
        self._in_string = before
        self.statements(statement.otherwise, in_loop=in_loop)
        self._in_string = after

    def _reference(self, node: nodes.Reference) -> None:
        if node.runt or node.escaped or not self._in_string:
            return
        shown = node.literal
        if node.root == "util" and is_escaped(node):
            names = [part.name for part in node.parts if isinstance(part, nodes.Call)]
            if "escapeJavaScript" in names and not {"replaceAll", "replace"} & set(names):
                mend = 'Put .replaceAll("\\\\\'","\'") behind it.'
                self._find(Fault.APOSTROPHE, node.offset, f"{shown} turns ' into \\', which is invalid JSON", mend)
        elif node.offset in self._reader.client_values:
            mend = f'Write $util.escapeJavaScript({shown}).replaceAll("\\\\\'","\'"), or $input.json(…) without quotes.'
            self._find(Fault.UNESCAPED, node.offset, f"{shown} stands unescaped inside of a JSON string", mend)

    def _commas(self, loop: nodes.Directive) -> None:
        block = loop.block or ()
        texts = [statement.text for statement in block if isinstance(statement, nodes.Text)]
        if texts and texts[-1].rstrip().endswith(",") and not self._in_string:
            mend = "Write the comma as #if($foreach.hasNext),#end."
            self._find(Fault.COMMA, loop.offset, "The loop puts a comma behind its last item too", mend)

    def names(self, parameters: Collection[str] | None) -> None:
        """Parameters and variables that nothing gives a value."""
        for name, offset in self._reader.parameters if parameters is not None else ():
            if name not in (parameters or ()):
                mend = "Declare it in the method request, or correct its name; it is always empty now."
                self._find(Fault.PARAMETER, offset, f"The parameter {name!r} is not declared", mend)
        for name, offset in self._reader.unknown:
            mend = "Set it, or correct its name; API Gateway renders it as nothing."
            self._find(Fault.VARIABLE, offset, f"Nothing sets the variable ${name}", mend)

    def tries(self) -> None:
        """Render the template for bodies of several kinds, and read the output as JSON."""
        kinds: Sequence[tuple[str, Any, str]] = (
            ("two items in each list", self._reader.body.sample("x", 2), "x"),
            ("an empty body", {}, ""),
            ("empty lists", self._reader.body.sample("x", 0), "x"),
            ("quotes, backslashes and newlines in strings", self._reader.body.sample(_NASTY, 1), _NASTY),
        )
        for name, body, parameter in kinds:
            self._try(name, json.dumps(body), parameter)

    def _try(self, name: str, body: str, parameter: str) -> None:
        given = {known: parameter for known, _ in self._reader.parameters if parameter}
        variables = api_gateway_variables(
            body=body, path=given, querystring={}, header={}, context={}, stage_variables={}
        )
        try:
            output = compile_template(self._text).render(variables)
        except TemplateError as error:
            offset = -1
            self._find(
                Fault.FAILS, offset, f"With {name} the template fails: {error}", "Guard what may be absent with #if."
            )
            return
        if not output.lstrip().startswith(("{", "[")):
            return
        try:
            json.loads(output)
        except ValueError as error:
            mend = "Escape what is interpolated, and guard what may be absent."
            self._find(Fault.INVALID_JSON, -1, f"With {name} the output is no JSON: {error}", mend)
