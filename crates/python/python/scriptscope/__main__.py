"""The command line: `python -m scriptscope`, and the entry point `scriptscope` of pipx and uvx."""

from __future__ import annotations

import signal
import sys

from ._engine import command_line


def main() -> int:
    # The command line hears Ctrl-C itself.
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    return command_line(["scriptscope", *sys.argv[1:]])


if __name__ == "__main__":
    sys.exit(main())
