"""The command line: `gencourse train`, `sample`, `evaluate`, `info`, and what belongs to `assign`.

An error is one line on stderr. Exit codes: 0 done; 1 an error; 2 the command was not understood; 130 and 143 stopped by
Ctrl-C and SIGTERM.
"""

import os
import sys
import traceback
import warnings
from collections.abc import Sequence
from importlib import import_module

from .parse import Usage, parse


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code; `arguments` are those of the process by default."""
    arguments = list(sys.argv[1:] if arguments is None else arguments)
    with warnings.catch_warnings():
        warnings.showwarning = lambda message, *where, **more: complain("warning", message)
        try:
            options = parse(arguments)
            # torch is imported by the command: --help and a wrong option are answered without it
            command = type(options).__name__.lower()
            return getattr(import_module(f".{command}", __name__), command)(options)
        except SystemExit as done:  # --help
            return done.code or 0
        except KeyboardInterrupt as stop:  # the training's own kind says that everything is saved
            complain("stopped", stop)
            return getattr(stop, "code", 130)
        except Exception as error:
            if "--debug" in arguments:
                traceback.print_exc()
            complain("error", error)
            return 2 if isinstance(error, Usage) else 1


def complain(kind: str, what: BaseException | str) -> None:
    """One line on stderr; of several processes only the first speaks."""
    if os.environ.get("RANK", os.environ.get("LOCAL_RANK", "0")) in ("", "0"):
        print(f"gencourse: {kind}: {in_words(what)}", file=sys.stderr, flush=True)


def in_words(what: BaseException | str) -> str:
    """The message of an error on one line, without the number of the operating system's."""
    text = str(what)
    if isinstance(what, OSError) and what.strerror:
        text = what.strerror + (f": {what.filename}" if what.filename else "")
    return " ".join(text.split()) or type(what).__name__
