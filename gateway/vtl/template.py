"""A compiled mapping template."""

from collections.abc import Collection, Mapping
from functools import lru_cache
from types import TracebackType
from typing import Any, NoReturn

from gateway.vtl.compiler import Compiler
from gateway.vtl.errors import JavaError, TemplateError, position
from gateway.vtl.limits import DEFAULT_LIMITS, MAXIMUM_TEMPLATE_CHARACTERS, Limits
from gateway.vtl.parser import parse
from gateway.vtl.runtime import BreakBlock, BreakLoop, Evaluated, Runtime, StopTemplate
from gateway.vtl.utf16 import joined
from gateway.vtl.values import JavaList

_FAILURES = (JavaError, ArithmeticError, TypeError, ValueError, RecursionError, MemoryError)


class Template:
    """A mapping template, compiled; make it with `compile_template`.

    Attributes:
        text: The template as it was written.
    """

    __slots__ = ("_file_name", "_main", "_mutates", "_offsets", "macros", "text")

    def __init__(self, text: str, *, is_evaluated: bool = False, macros: Collection[str] = ()) -> None:
        if len(text) > MAXIMUM_TEMPLATE_CHARACTERS:
            raise TemplateError(
                f"The template has more than {MAXIMUM_TEMPLATE_CHARACTERS:,} characters", text=text[:40]
            )
        self.text = text
        self._file_name = f"<mapping template {id(self):x}>"
        compiler = Compiler(parse(text, macros), is_evaluated=is_evaluated)
        self._main, self.macros = compiler.compile(self._file_name)
        self._mutates = compiler.usage.mutates
        self._offsets = compiler.offsets

    def render(self, variables: Mapping[str, object], *, limits: Limits = DEFAULT_LIMITS) -> str:
        """The output of the template for variables.

        Args:
            variables: Any JSON-like values by name, or what `api_gateway_variables` gives. They are not changed, except
                for the overrides of `$context`, and by a map's `replace`: templates call that of strings far more
                often, and would be slower by a third if all was copied for it.
            limits: What the template may use.

        Raises:
            TemplateError: A method throws, or the template uses more than its limits.
        """
        context = {name: _copied(value) for name, value in variables.items()} if self._mutates else dict(variables)
        runtime = Runtime(limits, self.macros, _evaluated)
        out: list[str] = []
        try:
            self._main(context, out.append, runtime)
        except StopTemplate as stop:
            out.append(stop.text)
        except (BreakBlock, BreakLoop):
            pass
        except _FAILURES as error:
            self._fail(error)
        if len(out) > 1:
            self._check_size(out, limits)
        return joined("".join(out))

    def body(self) -> Evaluated:
        """The function and the macros, as `#evaluate` takes them."""
        return self._main, self.macros

    def _check_size(self, out: list[str], limits: Limits) -> None:
        if sum(map(len, out)) > limits.characters:
            raise TemplateError(f"The template makes more than {limits.characters:,} characters")

    def _fail(self, error: BaseException) -> NoReturn:
        reason = str(error) if isinstance(error, JavaError) else f"{type(error).__name__}: {error}"
        if isinstance(error, RecursionError):
            reason = "StackOverflowError: the template calls itself without end"
        offset = self._failed_at(error.__traceback__)
        line, column = position(self.text, offset)
        end = self.text.find("\n", offset)
        raise TemplateError(
            reason, line=line, column=column, text=self.text[offset : end if end >= 0 else None][:60]
        ) from error

    def _failed_at(self, traceback: TracebackType | None) -> int:
        offset = 0
        while traceback is not None:
            if traceback.tb_frame.f_code.co_filename == self._file_name:
                offset = self._offsets[traceback.tb_lineno - 1]
            traceback = traceback.tb_next
        return offset


@lru_cache(maxsize=1024)
def compile_template(text: str) -> Template:
    """The compiled template of a text; kept, so that the same text is compiled once.

    Raises:
        TemplateError: Velocity rejects it, or API Gateway for its size.
    """
    return Template(text)


@lru_cache(maxsize=256)
def _evaluated(text: str, macros: frozenset[str]) -> Evaluated:
    """What `#evaluate` runs: it sets the variables of the template around it, so they are kept in a map."""
    return Template(text, is_evaluated=True, macros=macros).body()


def _copied(value: Any) -> Any:
    if value.__class__ is dict:
        return {key: _copied(item) for key, item in value.items()}
    if value.__class__ is list:
        return [_copied(item) for item in value]
    if value.__class__ is JavaList:
        return JavaList(map(_copied, value))
    return value
