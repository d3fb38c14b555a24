"""``stageproof`` and ``python -m stageproof``: the outermost door, where every error becomes one line and code 2.

Commands about alarms and dashboards keep 2 for "there are changes", as Terraform's plan does; their errors are 1.
"""

from __future__ import annotations

import io
import logging
import os
import sys
import traceback
from collections.abc import Sequence
from typing import Any

from stageproof.exit_codes import ExitCode, one_line

_WITH_CHANGES = ("alarms", "dashboards")
"""Groups of commands whose exit code 2 says that there are changes."""

_ERROR_BESIDE_CHANGES = 1

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
    words = sys.argv[1:] if arguments is None else list(arguments)
    failed = _ERROR_BESIDE_CHANGES if _has_changes(words) else ExitCode.NOT_CARRIED_OUT
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):  # a pipe of Windows or of an old locale has not every character
            stream.reconfigure(errors="backslashreplace")
    ended = _ended(words)
    return failed if ended is None else ended


def _has_changes(words: Sequence[str]) -> bool:
    return next((word for word in words if not word.startswith("-")), "") in _WITH_CHANGES


def _ended(words: Sequence[str]) -> int | None:
    """Run the command line and tell what went wrong; None where it could not be carried out."""
    try:
        return _carried_out(words)
    except (BrokenPipeError, SystemExit):
        # What reads our output has gone: typer ends the process with 1 then, and Python would complain at the end.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    except OSError as error:
        logger.info("what failed", exc_info=True)
        where = f"{error.filename}: " if error.filename else ""
        _tell(f"{where}{error.strerror or error}; check the path, its permissions and the disk")
    except Exception:  # noqa: BLE001 - Python's own exit code, 1, would say that the stage is broken
        traceback.print_exc()
        _tell("a fault of Stageproof itself; please report it with the lines above")
    return None


def _carried_out(words: Sequence[str]) -> int | None:
    import typer

    from gateway.errors import StageproofError
    from stageproof.app import app

    usage_error: Any = typer.BadParameter.__bases__[0]  # click's, of which newer typers carry their own copy
    try:
        result = app(list(words), prog_name="stageproof", standalone_mode=False)
    except StageproofError as error:
        logger.info("what failed", exc_info=True)
        _tell(one_line(error))
    except usage_error as error:
        _tell_usage(error)
    except (typer.Abort, KeyboardInterrupt):
        _tell("interrupted")
    else:
        if result != _KEYBOARD_INTERRUPT:
            return int(result or 0)
        _tell("interrupted")
    return None


def _tell_usage(error: Any) -> None:
    """Tell of a wrong flag or argument; a command without any prints its help."""
    message = " ".join(error.format_message().split()).replace("Value error, ", "")
    if not message or error.__class__.__name__ == "NoArgsIsHelpError":
        error.show()
        return
    command = error.ctx.command_path if error.ctx is not None else "stageproof"
    _tell(f"{message.rstrip('.')}; see: {command} --help")


def _tell(text: str) -> None:
    sys.stderr.writelines(f"stageproof: {line}\n" for line in text.splitlines())


if __name__ == "__main__":
    sys.exit(main())
