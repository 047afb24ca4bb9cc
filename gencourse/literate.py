"""What the chapters need in a notebook: `show` the package's real source, `check` an answer to an exercise."""

import functools
import importlib
import inspect
import pkgutil
import re
import sys
import textwrap
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch

from . import exercises

# The site's theme colours the pygments classes itself. JupyterLab does not, so these rules lend it the colours
# of its own editor; `:where` makes them yield to any theme, and without JupyterLab's variables they do nothing.
COLORS = {
    "keyword": ".k, .kc, .kd, .kn, .kr, .ow",
    "string": ".s, .s1, .s2, .sd, .sa, .si, .se",
    "comment": ".c, .c1, .cm",
    "number": ".m, .mi, .mf",
    "def": ".nf, .nc, .fm",
    "builtin": ".nb, .bp",
    "meta": ".nd",
}
# In dark mode the site puts a light sheet behind HTML output, for tables and charts; source brings its own ground.
NO_SHEET = (
    "html[data-theme=dark] .bd-content div.cell_output div.text_html:has(div.gc-source)"
    "{background:none;color:inherit;padding:0}"
)


@dataclass(frozen=True, repr=False)
class Source:
    """A piece of source code and where it stands: shown highlighted in a notebook, plain in a terminal."""

    caption: str
    code: str

    def __repr__(self) -> str:
        return f"# {self.caption}\n{self.code.rstrip()}"

    def _repr_html_(self) -> str:
        from pygments import highlight
        from pygments.formatters import HtmlFormatter
        from pygments.lexers import PythonLexer

        code = highlight(self.code, PythonLexer(stripnl=False), HtmlFormatter(cssclass="highlight"))
        return (
            f"<style>{NO_SHEET}{fallback_style()}</style>"
            f'<div class="gc-source highlight-ipython3 notranslate">{code}</div>'
            f'<div class="gc-source-caption"><small>{self.caption}</small></div>'
        )


class NotAttempted(Exception):
    """The reader's function is still the stub."""


def show(obj: Any) -> Source:
    """The source of a function, method, class or module, for the last line of a cell.

    Raises:
        ValueError: the object has no Python source of its own: a built-in function, or an instance.

    >>> show(fallback_style)  # doctest: +ELLIPSIS
    # gencourse/literate.py, lines ...
    def fallback_style() -> str:
    ...
    """
    obj = inspect.unwrap(obj.fget if isinstance(obj, property) else obj)
    try:
        lines, first = inspect.getsourcelines(obj)
        file = inspect.getsourcefile(obj)
    except (TypeError, OSError) as error:
        expected = "a function, method, class or module that is written in Python"
        raise ValueError(f"obj must be {expected}, got {obj!r}") from error
    first = max(first, 1)  # a module starts at "line 0"
    code = textwrap.dedent("".join(lines)).rstrip() + "\n"
    where = f"line {first}" if len(lines) == 1 else f"lines {first}-{first + len(lines) - 1}"
    return Source(f"{place(obj, file)}, {where}", code)


def place(obj: Any, file: str) -> str:
    """The file as one names it in its package, as in `gencourse/losses.py`."""
    if getattr(obj, "__module__", None) == "__main__":
        return "this notebook"
    module = sys.modules.get((inspect.getmodule(obj) or sys).__name__.partition(".")[0])
    root = Path(getattr(module, "__file__", None) or file).parent
    root = root.parent if hasattr(module, "__path__") else root
    return Path(file).relative_to(root).as_posix() if Path(file).is_relative_to(root) else Path(file).name


def fallback_style() -> str:
    """CSS without weight that gives JupyterLab's editor colours to highlighted code."""
    return "".join(
        f":where(.gc-source :is({classes})){{color:var(--jp-mirror-editor-{kind}-color)}}"
        for kind, classes in COLORS.items()
    )


def check(exercise: str, answer: Any) -> None:
    """Print whether `answer` solves the exercise: correct, not yet with a hint, or not attempted yet.

    A wrong answer never raises; an exception in it becomes the hint. The global random state is left as it was.

    Args:
        exercise: chapter and number, as in "2.3".
        answer: mostly a function; None, or a function that returns None or ..., is not attempted yet.

    Raises:
        ValueError: there is no such exercise.
    """
    judge = find(exercise)
    print(f"Exercise {exercise}: {verdict(judge, answer)}")


def verdict(judge: Callable[[Any], str | None], answer: Any) -> str:
    """What the check has to say, in words."""
    if answer is None or answer is ...:
        return "not attempted yet"
    try:
        with torch.random.fork_rng(devices=[]):
            hint = judge(watched(answer) if inspect.isroutine(answer) else answer)
    except (NotAttempted, NotImplementedError):
        return "not attempted yet"
    except Exception as error:  # whatever a learner's function does is feedback, not a crash
        return f"not yet. Your answer raised {type(error).__name__}: {error}"
    return "correct" if hint is None else f"not yet. {hint}"


def watched(f: Callable) -> Callable:
    """`f`, with a first result of None or ... taken for a stub, and a later one for a forgotten `return`."""
    answered = False

    @functools.wraps(f)
    def call(*args: Any, **kwargs: Any) -> Any:
        nonlocal answered
        result = f(*args, **kwargs)
        if result is None or result is ...:
            raise TypeError("for one of the inputs it returned nothing") if answered else NotAttempted
        answered = True
        return result

    return call


def find(exercise: str) -> Callable[[Any], str | None]:
    """The check of an exercise, `chapter_02.check_2_3` for "2.3"."""
    if exercise not in (known := names()):
        raise ValueError(f"there is no exercise {exercise!r}; there are {', '.join(known) or 'none'}")
    return getattr(chapter(exercise.partition(".")[0]), f"check_{exercise.replace('.', '_')}")


def names() -> list[str]:
    """All exercises that have a check, in order: ["2.1", "2.2", ...]."""
    modules = (re.fullmatch(r"chapter_(\d+)", m.name) for m in pkgutil.iter_modules(exercises.__path__))
    checks = (name for m in modules if m for name in vars(chapter(m[1])))
    found = [re.fullmatch(r"check_(\d+)_(\d+)", name) for name in checks]
    return [f"{c}.{k}" for c, k in sorted((int(m[1]), int(m[2])) for m in found if m)]


def chapter(number: str) -> Any:
    """The module of one chapter's checks."""
    return importlib.import_module(f"{exercises.__name__}.chapter_{int(number):02}")
