"""``stageproof`` and ``python -m stageproof``."""

from __future__ import annotations

import sys

from stageproof.exit_codes import ExitCode, one_line


def main() -> None:
    """Run the command line. A person never sees a traceback for a wrong file, flag, permission or network."""
    from gateway.errors import StageproofError
    from stageproof.app import app

    try:
        app()
    except StageproofError as error:
        sys.stderr.write(f"stageproof: {one_line(error)}\n")
        sys.exit(ExitCode.NOT_CARRIED_OUT)
    except KeyboardInterrupt:
        sys.stderr.write("stageproof: interrupted\n")
        sys.exit(ExitCode.NOT_CARRIED_OUT)
    except BrokenPipeError:
        sys.stderr.close()
        sys.exit(ExitCode.NOT_CARRIED_OUT)


if __name__ == "__main__":
    main()
