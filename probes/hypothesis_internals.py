"""What is switched off in Hypothesis: work that no traffic needs, and that makes cases depend on where it runs.

Two things, neither of which has a setting (pinned to 6.x, held by ``tests/probes/test_hypothesis_internals.py``):

- Hypothesis describes each lambda of a strategy by parsing the whole source file that it stands in, for messages that
  nobody reads here. That took the better part of a second of each worker's processor time.
- Hypothesis mixes constants from the source of *local* modules into what it draws, and keeps them in
  ``.hypothesis/constants``. Local are Stageproof's own modules in a checkout, but not once it is installed, so the
  same seed gave other cases after any edit of Stageproof.
"""

from __future__ import annotations

from hypothesis.internal import lambda_sources
from hypothesis.internal.conjecture import providers
from hypothesis.internal.constants_ast import Constants

UNDESCRIBED = "lambda ...: <unknown>"


def quieten_hypothesis() -> None:
    """Describe lambdas without a look at their source, and draw no constants from local modules; in this process."""
    lambda_sources.lambda_description = _undescribed
    providers._get_local_constants = Constants  # noqa: SLF001 - there is no setting for it


def _undescribed(function: object) -> str:  # noqa: ARG001 - takes what the original takes
    return UNDESCRIBED
