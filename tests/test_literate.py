"""`show` gives the real source, `check` gives feedback and never a traceback."""

import functools
import html
import re
import sys
import textwrap
from pathlib import Path

import pytest
import torch

import gencourse
from gencourse import assets, data, exercises, literate, losses
from gencourse.data import batches

ROOT = Path(gencourse.__file__).parent.parent


# --- show


@pytest.mark.parametrize("obj", [
    data.fashion_mnist, data.Batches, data.Batches.state_dict, data.RingOfGaussians, literate.show, assets,
    data.Batches(torch.zeros(2, 1, 2, 2), 1, device="cpu").order, data.RingOfGaussians.means,
], ids=lambda obj: getattr(obj, "__qualname__", None) or getattr(obj, "__name__", "property"))  # fmt: skip
def test_the_caption_says_where_exactly_the_shown_lines_stand(obj):
    source = literate.show(obj)
    file, first, last = re.fullmatch(r"(\S+), lines? (\d+)(?:-(\d+))?", source.caption).groups()
    lines = (ROOT / file).read_text().splitlines(keepends=True)[int(first) - 1 : int(last or first)]
    assert source.code == textwrap.dedent("".join(lines)).rstrip() + "\n"


def test_source_begins_with_the_definition_and_is_not_indented():
    assert literate.show(data.fashion_mnist).code.startswith("def fashion_mnist(")
    assert literate.show(data.Batches).code.startswith("class Batches:")
    assert literate.show(data.Batches.__len__).code.startswith("def __len__(self)")
    assert literate.show(batches.best_device).caption.startswith("gencourse/data/batches.py, lines ")


def test_one_line_is_not_called_lines():
    assert re.fullmatch(r"gencourse/losses\.py, line \d+", literate.show(losses.minimax.generator).caption)


def test_a_decorated_function_shows_its_own_source():
    @functools.wraps(batches.best_device)
    def wrapper():
        pass

    assert literate.show(wrapper).code == literate.show(batches.best_device).code


def test_other_packages_are_named_too():
    assert literate.show(torch.nn.Linear).caption.startswith("torch/nn/modules/linear.py, lines ")


def test_terminal_shows_the_plain_source():
    source = literate.show(batches.best_device)
    assert repr(source) == f"# {source.caption}\n{source.code}".rstrip()


def test_notebook_shows_highlighted_source_with_its_caption():
    from IPython.core.formatters import DisplayFormatter

    source = literate.show(data.Batches)
    bundle, _ = DisplayFormatter().format(source)
    assert bundle["text/plain"] == repr(source)
    page = re.sub(r"<style>.*?</style>", "", bundle["text/html"], flags=re.S)
    shown = html.unescape(re.sub(r"<[^>]+>", "", page))
    assert shown == f"{source.code}\n{source.caption}"
    assert '<span class="k">class</span>' in page and 'class="highlight"' in page
    assert "http" not in bundle["text/html"].replace(html.escape(source.code), "")  # nothing is fetched


def test_code_is_escaped():
    assert (
        "&lt;" in literate.Source("x", "a < b\n")._repr_html_()
        and "a < b" not in literate.Source("x", "a < b\n")._repr_html_()
    )


@pytest.mark.parametrize("obj", [len, torch.relu, 3, "text", data.RingOfGaussians(), None])
def test_what_has_no_source_is_refused(obj):
    with pytest.raises(ValueError, match="obj must be a function, method, class or module"):
        literate.show(obj)


def test_a_cell_of_a_notebook_is_called_this_notebook():
    import linecache

    name = "<ipython-input-1>"
    linecache.cache[name] = (None, None, ["def f(x):\n", "    return x\n"], name)
    scope = {"__name__": "__main__"}
    exec(compile("def f(x):\n    return x\n", name, "exec"), scope)
    assert literate.show(scope["f"]) == literate.Source("this notebook, lines 1-2", "def f(x):\n    return x\n")


# --- check

CHAPTER = """
import torch
from gencourse.exercises import close

def check_98_1(f):
    if not close(f(3.0), 9.0):
        return "At 3 the square is 9."
    return None if close(f(-2.0), 4.0) else "A square is not negative."

def check_98_10(A):
    return None if A.det() == 0 else "It is invertible."

def check_98_2(f):
    torch.rand(3)
    return None if f(1) + f(2) == 3 else "no"

def helper():
    pass
"""


@pytest.fixture
def chapter(monkeypatch, tmp_path):
    """A chapter 98 with three exercises, the only one there is."""
    (tmp_path / "chapter_98.py").write_text(CHAPTER)
    (tmp_path / "notes.py").write_text("def check_1_1(f): pass")
    monkeypatch.setattr(exercises, "__path__", [str(tmp_path)])
    yield
    sys.modules.pop("gencourse.exercises.chapter_98", None)
    vars(exercises).pop("chapter_98", None)


def said(capsys, *args) -> str:
    assert literate.check(*args) is None  # nothing is echoed below the printed line
    return capsys.readouterr().out


def test_a_right_answer(chapter, capsys):
    assert said(capsys, "98.1", lambda x: x * x) == "Exercise 98.1: correct\n"
    assert said(capsys, "98.10", torch.zeros(2, 2)) == "Exercise 98.10: correct\n"


def test_a_wrong_answer_gets_its_hint(chapter, capsys):
    assert said(capsys, "98.1", lambda x: 2 * x) == "Exercise 98.1: not yet. At 3 the square is 9.\n"
    assert said(capsys, "98.1", lambda x: x * abs(x)) == "Exercise 98.1: not yet. A square is not negative.\n"
    assert said(capsys, "98.10", torch.eye(2)) == "Exercise 98.10: not yet. It is invertible.\n"


def stub(x):
    raise NotImplementedError


@pytest.mark.parametrize("answer", [None, ..., lambda x: None, lambda x: ..., stub])
def test_a_stub_is_not_attempted_yet(chapter, capsys, answer):
    assert said(capsys, "98.1", answer) == "Exercise 98.1: not attempted yet\n"


def test_an_exception_in_the_answer_is_shown_as_the_hint(chapter, capsys):
    out = said(capsys, "98.1", lambda x: x.nope)
    assert out.startswith("Exercise 98.1: not yet. ") and "AttributeError" in out and "nope" in out
    out = said(capsys, "98.1", lambda: 3)  # the wrong number of arguments
    assert out.startswith("Exercise 98.1: not yet. ") and "TypeError" in out


def test_an_answer_of_another_kind_is_feedback_too(chapter, capsys):
    for answer in (3, "text", [], lambda x: "nine", lambda x: [1, 2], lambda x: float("nan")):
        assert said(capsys, "98.1", answer).startswith("Exercise 98.1: not yet. ")


def test_a_forgotten_return_in_one_branch_is_not_a_stub(chapter, capsys):
    out = said(capsys, "98.1", lambda x: x * x if x > 0 else None)
    assert "not yet" in out and "returned nothing" in out


def test_an_answer_may_be_used_as_the_function_it_is(chapter):
    @literate.watched
    def double(x: int) -> int:
        """Twice x."""
        return 2 * x

    assert double(2) == 4 and double.__name__ == "double" and double.__doc__ == "Twice x."


def test_modules_and_classes_reach_the_check_unchanged(capsys):
    seen = []
    for answer in (torch.nn.Linear(2, 2), torch.nn.Linear):
        assert literate.verdict(seen.append, answer) == "correct"
        assert seen[-1] is answer


def test_checking_leaves_the_random_state_alone(chapter, capsys):
    before = torch.random.get_rng_state()
    assert "correct" in said(capsys, "98.2", lambda x: x)
    assert torch.equal(torch.random.get_rng_state(), before)


@pytest.mark.parametrize("name", ["98.3", "97.1", "1.1", "98", "", "98.1.1", "98.01", "../98.1", "helper"])
def test_an_unknown_exercise_is_refused_with_the_known_ones_in_order(chapter, name):
    with pytest.raises(ValueError, match=re.escape(f"no exercise {name!r}; there are 98.1, 98.2, 98.10")):
        literate.check(name, lambda x: x)


def test_interrupting_a_slow_answer_interrupts(chapter):
    def interrupted(x):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        literate.check("98.1", interrupted)


# --- what checks are written with


def test_close_compares_numbers_arrays_and_nothing_else():
    close = exercises.close
    assert close(1 + 1e-7, 1) and close(torch.ones(2), [1.0, 1.0]) and close(1j, torch.tensor(1j))
    assert close(torch.ones(2, requires_grad=True), [1, 1]) and close(True, 1)
    assert not close(1 + 1e-4, 1) and close(1 + 1e-4, 1, rtol=1e-3)
    assert not close(torch.ones(2), 1) and not close(torch.ones(2, 1), torch.ones(1, 2))
    assert not close(float("nan"), float("nan")) and not close(1 + 1j, 1)
    for other in (None, ..., "1", [1, "2"], [[1], [1, 2]], object()):
        assert not close(other, 1)
