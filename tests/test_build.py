"""The extensions of the site: outputs are never stale, numbers come from file names, docstrings read well."""

import doctest
import os
import subprocess
import sys
from pathlib import Path

import base_url
import docstrings
import mathematics
import nbformat
import package_cache
import pytest
from chapter_numbers import chapter_of

ROOT = Path(__file__).parent.parent

CONF = """
extensions = ["myst_nb", "package_cache"]
package_cache_inputs = ["tiny"]
html_theme = "basic"
exclude_patterns = ["_build"]
nb_execution_mode = "cache"
nb_execution_raise_on_error = True
"""


@pytest.fixture
def tiny_book(tmp_path):
    """A book of one notebook that prints what a package of one function returns."""
    notebook = nbformat.v4.new_notebook()
    notebook.cells = [
        nbformat.v4.new_markdown_cell("# Title"),
        nbformat.v4.new_code_cell("import tiny\nprint('the answer is', tiny.answer())"),
    ]
    nbformat.write(notebook, tmp_path / "index.ipynb")
    (tmp_path / "conf.py").write_text(CONF)
    (tmp_path / "tiny").mkdir()
    return tmp_path


def build(book: Path, answer: int) -> tuple[str, bool]:
    """Build with a package that answers `answer`: the page, and whether the notebook was executed for it."""
    (book / "tiny/__init__.py").write_text(f"def answer():\n    return {answer}\n")
    env = os.environ | {"PYTHONPATH": f"{book}{os.pathsep}{ROOT / 'book/_ext'}", "PYTHONDONTWRITEBYTECODE": "1"}
    command = [sys.executable, "-m", "sphinx", "-W", str(book), str(book / "_build/html")]
    log = subprocess.run(command, env=env, capture_output=True, text=True)
    assert log.returncode == 0, log.stdout + log.stderr
    return (book / "_build/html/index.html").read_text(), "Executing notebook" in log.stdout + log.stderr


def test_a_change_of_the_package_is_seen_on_the_page(tiny_book):
    page, executed = build(tiny_book, answer=1)
    assert executed and "the answer is 1" in page
    page, executed = build(tiny_book, answer=1)
    assert not executed and "the answer is 1" in page
    page, executed = build(tiny_book, answer=2)
    assert executed and "the answer is 2" in page
    assert len(list((tiny_book / "_build/.jupyter_cache").iterdir())) == 1  # the old outputs are gone


def test_the_fingerprint_sees_names_and_contents_but_not_bytecode(tmp_path):
    package = tmp_path / "package"
    (package / "__pycache__").mkdir(parents=True)
    weights = package / "a.bin"
    seen = set()
    for change in (
        lambda: weights.write_bytes(b"1"),
        lambda: weights.write_bytes(b"2"),
        lambda: weights.rename(package / "b.bin"),
    ):
        change()
        seen.add(package_cache.fingerprint([package]))
    assert len(seen) == 3
    (package / "__pycache__/a.pyc").write_bytes(b"3")
    assert package_cache.fingerprint([package]) in seen


def test_the_book_watches_the_whole_package_and_the_pins():
    class App:
        def add_config_value(self, name, default, rebuild, types):
            self.inputs = default

        def connect(self, event, callback):
            pass

    package_cache.setup(app := App())
    assert app.inputs == ["gencourse", "constraints.txt"]
    assert all((ROOT / name).exists() for name in app.inputs)


@pytest.mark.parametrize(
    ("page", "chapter"),
    [("chapters/00_start", 0), ("chapters/02_matrix_norms", 2), ("chapters/12_conv_vae", 12), ("book/index", None)],
)
def test_the_chapter_comes_from_the_file_name(page, chapter):
    assert chapter_of(page) == chapter


@pytest.mark.parametrize("extension", [base_url, mathematics])
def test_the_examples_of_an_extension_hold(extension):
    done = doctest.testmod(extension)
    assert done.attempted > 0 and done.failed == 0


@pytest.mark.parametrize(
    ("markdown", "expected"),
    [
        (r"$x^2$, `mu`", r":math:`x^2`, ``mu``"),
        (r"`Batch`es of $n$th", r"``Batch``\ es of :math:`n`\ th"),
        ("$a +\n  b$\nnext", ":math:`a + b`\nnext"),
        ("[kingma2014, App. B]", ":cite:p:`kingma2014{App. B}`"),
        ("[miyato2018projection]", ":cite:p:`miyato2018projection`"),
        ("images in [0, 1], |x|, *p", r"images in [0, 1], \|x\|, \*p"),
    ],
)
def test_a_docstring_in_markdown_becomes_restructuredtext(markdown, expected):
    assert docstrings.convert(markdown) == expected


@pytest.mark.parametrize(
    "tex",
    [
        r"\log p_h(0) = -\log 2 - 0.919 = -1.612",
        r"\sum_{i = 1} \left\{ a_i \le b : (c = d) \right\} &lt; \begin{pmatrix} x = 1 \end{pmatrix} \approx [0, 1)",
        r"= a",
        "no relation",
        "",
    ],
)
def test_a_formula_in_parts_is_the_same_formula_and_each_part_stands_alone(tex):
    found = mathematics.parts(tex)
    assert " ".join(found) == tex
    assert all(part.count("{") == part.count("}") and part.count(r"\left") == part.count(r"\right") for part in found)
    assert all(part.split()[0] in mathematics.RELATIONS for part in found[1:])


def test_long_formulas_alone_are_broken_and_styled_ones_stay_whole():
    span = r'<span class="math notranslate nohighlight">\({}\)</span>'
    long, short, styled = "a + b + c + d + e + f + g + h = i + j", "a = b", r"\displaystyle a + b + c + d + e + f = g"
    cut = mathematics.FORMULA.sub(mathematics.breakable, f"{span.format(long)} {span.format(short)}")
    assert cut == " ".join(span.format(part) for part in ("a + b + c + d + e + f + g + h", "= i + j", short))
    assert mathematics.FORMULA.sub(mathematics.breakable, span.format(styled)) == span.format(styled)


def test_a_full_stop_stays_with_its_formula():
    formula = '<span class="math notranslate nohighlight">\\(x &lt; 1\\)</span>'
    kept = f'<span class="formula-end">{formula}).</span> Then'
    assert mathematics.END.sub(mathematics.KEPT, f"{formula}). Then") == kept
    assert mathematics.END.sub(mathematics.KEPT, f"{formula} and") == f"{formula} and"


@pytest.mark.parametrize("what", ["data", "attribute"])
def test_what_stands_before_a_colon_is_no_type(what):
    """Napoleon, which comes next, splits the first line of a variable's text there, if there is a colon in it."""
    lines = ["The zero-sum game: G minimises what D maximises."]
    docstrings.process(None, what, "loss", None, None, lines)
    assert ":" not in lines[0] and lines[0] and "".join(lines).endswith("game: G minimises what D maximises.")


def test_a_doctest_stays_as_it_is():
    text = "Scale by `p`.\n\n>>> 2 * 3 * `p`\n6\n\nThen `q`."
    lines = text.split("\n")
    docstrings.process(None, "function", "f", None, None, lines)
    assert "\n".join(lines) == text.replace("by `p`", "by ``p``").replace("`q`", "``q``")


def test_a_displayed_formula_stays_as_it_is():
    text = "Scale by `p`.\n\n.. math:: \\|x\\|_p = \\Big(\\sum_i |x_i|^p\\Big)^{1/p}, \\quad\n    p \\ge 1\n\nThen `q`."
    lines = text.split("\n")
    docstrings.process(None, "function", "f", None, None, lines)
    assert "\n".join(lines) == text.replace("by `p`", "by ``p``").replace("`q`", "``q``")
