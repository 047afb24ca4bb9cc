"""From the words of a command to its options, or to one line that says what is wrong with them."""

import io
import re
import sys
from collections.abc import Sequence
from contextlib import redirect_stderr
from functools import reduce
from importlib.metadata import version
from inspect import cleandoc
from operator import or_
from typing import Annotated

from .assign_options import ASSIGN, Assign
from .options import Common, Evaluate, Info, Sample, Train

ABOUT = """Train, sample and measure the generative models of the course, and grade its assignments.
`gencourse COMMAND --help` says more.

Examples:
  gencourse train dcgan --steps 200
  gencourse sample runs/dcgan --n 64 --out samples.png
  gencourse evaluate runs/dcgan
  gencourse info
  gencourse assign release norms
  gencourse --version"""


COMMANDS = {"train": Train, "sample": Sample, "evaluate": Evaluate, "info": Info, "assign": Assign}


class Usage(ValueError):
    """The command cannot be understood, or contradicts itself."""


def parse(arguments: Sequence[str]) -> Common:
    """The options of the command. SystemExit after --help or --version, `Usage` where something is wrong."""
    if list(arguments) == ["--version"]:
        print(f"gencourse {version('gencourse')}")
        sys.exit(0)
    if list(arguments[:1]) == ["assign"]:
        return understood(arguments[1:], ASSIGN, "gencourse assign", about(Assign, whole=True))
    return understood(arguments, COMMANDS, "gencourse", ABOUT)


def understood(arguments: Sequence[str], commands: dict[str, type[Common]], prog: str, description: str) -> Common:
    """The options of one of the commands, by tyro."""
    import tyro

    conf = tyro.conf
    kinds = [
        # The description is given, because tyro takes the examples out of a docstring that it reads itself.
        Annotated[kind, conf.subcommand(name, description=about(kind, whole=name in arguments[:1]))]
        for name, kind in commands.items()
    ]
    config = (conf.PositionalRequiredArgs, conf.PositionalMetavarFromFieldName, conf.FlagCreatePairsOff)
    said = io.StringIO()
    try:
        with redirect_stderr(said):
            return tyro.cli(
                reduce(or_, kinds),
                prog=prog,
                description=description,
                args=arguments,
                config=(*config, conf.DisallowNone),
            )
    except SystemExit as stop:
        if not stop.code:
            raise
        raise Usage(flatten(said.getvalue())) from None


def about(kind: type[Common], whole: bool) -> str:
    """What a command says of itself, or the first line of it."""
    return cleandoc(kind.__doc__) if whole else cleandoc(kind.__doc__).splitlines()[0]


def flatten(box: str) -> str:
    """The text inside tyro's box of several lines, as one line: what is wrong, what may have been meant, where help is.

    Where the output is not UTF-8, tyro draws the box with blanks and dashes.

    >>> flatten(" Value \\n ------- \\n  no such \\n  thing.  \\n  ------- \\n  Run it  ")
    'no such thing. Run it'
    >>> flatten("╭─ Value ─╮\\n│ no such │\\n│ thing.  │\\n│ ─────── │\\n│ Run it  │\\n╰─────────╯")
    'no such thing. Run it'
    """
    lines = [line.strip("│ ") for line in box.strip().splitlines()]
    parts = [part.split("\n") for part in re.split(r"^[╭╰].*$|^[─-]{4,}$", "\n".join(lines), flags=re.M)]
    # The first part is the title. Of an option that was perhaps meant, its name is enough: the rest is in --help.
    parts = [part[:3] if "Perhaps you meant:" in part else part for part in parts[1:]]
    parts = [part for part in parts if "Argument helptext:" not in part]
    said = " ".join(" ".join(filter(None, part)).partition(" Got errors:")[0] for part in parts)
    return " ".join(said.split())
