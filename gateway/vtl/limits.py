"""What a template may use, so that a hostile one ends soon with a clear error."""

from dataclasses import dataclass
from time import perf_counter

from gateway.vtl.errors import LimitError

MAXIMUM_TEMPLATE_CHARACTERS = 300 * 1024
"""API Gateway refuses mapping templates of more than 300 KB.

See: https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-execution-service-limits-table.html
"""

FOREACH_ITERATIONS = 1000
"""API Gateway's quota of a `#foreach`.

Velocity's own limit (`directive.foreach.maxloops`) ends a loop in silence, and so AppSync was seen to do with the same
quota; of API Gateway it is not recorded.

See: https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-execution-service-limits-table.html,
https://github.com/aws/aws-appsync-community/issues/371
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """The bounds of one evaluation.

    Attributes:
        seconds: How long it may take.
        characters: How many characters it may make in all, list items counting as sixteen.
        range_items: How long a range may be.
        iterations: How often a loop goes round, which then ends as if its list did; `$foreach.hasNext` tells the truth.
    """

    seconds: float = 0.7
    characters: int = 32_000_000
    range_items: int = 100_000
    iterations: int = FOREACH_ITERATIONS


DEFAULT_LIMITS = Limits()


class Budget:
    """What is left of the limits during one evaluation."""

    __slots__ = ("_left", "deadline", "limits")

    def __init__(self, limits: Limits = DEFAULT_LIMITS) -> None:
        self.limits = limits
        self.deadline = perf_counter() + limits.seconds
        self._left = limits.characters

    def late(self) -> None:
        """End the evaluation for its time.

        Raises:
            LimitError: Always.
        """
        raise LimitError(f"The template runs longer than {self.limits.seconds:g} seconds")

    def tick(self) -> None:
        """End the evaluation if its time is over."""
        if perf_counter() > self.deadline:
            self.late()

    def charge(self, characters: int) -> None:
        """Count what was made, and end the evaluation if it is too much.

        Raises:
            LimitError: More was made than the limits allow.
        """
        self._left -= characters
        if self._left < 0:
            raise LimitError(f"The template makes more than {self.limits.characters:,} characters")
        if characters > 1000:  # noqa: PLR2004 - small things need no look at the clock
            self.tick()
