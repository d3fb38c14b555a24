"""``stageproof`` and ``python -m stageproof``: the outermost door, where every error becomes one line and code 2."""

from __future__ import annotations

import logging
import os
import sys
import traceback
from collections.abc import Sequence
from typing import Any

from stageproof.exit_codes import ExitCode, one_line

_KEYBOARD_INTERRUPT = 130
"""What typer makes of Ctrl-C where it does not raise ``Abort``."""

logger = logging.getLogger("stageproof")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line. A person never sees a traceback for a wrong file, flag, permission or network.

    Args:
        arguments: The words after ``stageproof``; None takes the process's own.

    Returns:
        The exit code.
    """
    try:
        return _carried_out(arguments)
    except (BrokenPipeError, SystemExit):
        # What reads our output has gone: typer ends the process with 1 then, and Python would complain at the end.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return ExitCode.NOT_CARRIED_OUT
    except OSError as error:
        logger.info("what failed", exc_info=True)
        where = f"{error.filename}: " if error.filename else ""
        return _told(f"{where}{error.strerror or error}; check the path, its permissions and the disk")
    except Exception:  # noqa: BLE001 - Python's own exit code, 1, would say that the stage is broken
        traceback.print_exc()
        return _told("a fault of Stageproof itself; please report it with the lines above")


def _carried_out(arguments: Sequence[str] | None) -> int:
    import typer

    from gateway.errors import StageproofError
    from stageproof.app import app

    usage_error: Any = typer.BadParameter.__bases__[0]  # click's, of which newer typers carry their own copy
    try:
        result = app(None if arguments is None else list(arguments), prog_name="stageproof", standalone_mode=False)
    except StageproofError as error:
        logger.info("what failed", exc_info=True)
        return _told(one_line(error))
    except usage_error as error:
        return _usage(error)
    except (typer.Abort, KeyboardInterrupt):
        return _told("interrupted")
    if result == _KEYBOARD_INTERRUPT:
        return _told("interrupted")
    return int(result or 0)


def _usage(error: Any) -> int:
    """Tell of a wrong flag or argument; a command without any prints its help."""
    message = " ".join(error.format_message().split()).replace("Value error, ", "")
    if not message or error.__class__.__name__ == "NoArgsIsHelpError":
        error.show()
        return ExitCode.NOT_CARRIED_OUT
    command = error.ctx.command_path if error.ctx is not None else "stageproof"
    return _told(f"{message.rstrip('.')}; see: {command} --help")


def _told(text: str) -> int:
    sys.stderr.writelines(f"stageproof: {line}\n" for line in text.splitlines())
    return ExitCode.NOT_CARRIED_OUT


if __name__ == "__main__":
    sys.exit(main())
