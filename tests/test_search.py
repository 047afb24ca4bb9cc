"""What the search is told: statements with their numbers, symbols with their names, words; and formulas as text."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from bs4 import BeautifulSoup
from findable import Words, greek
from plain_math import plain

ROOT = Path(__file__).parent.parent

CONF = """
extensions = ["myst_parser", "sphinx_proof", "sphinx_exercise", "sphinx.ext.mathjax", "plain_math", "findable"]
html_theme = "basic"
numfig = True
myst_enable_extensions = ["dollarmath"]
"""
PAGE = r"""# Book

```{prf:theorem} Powers of $\sigma_1$ (proof)
:label: thm-power

They grow.
```

```{exercise} Two
:label: ex-two

Try it again.
```

```{exercise}
:label: ex-one

Try it.
```

```{glossary}
ridge
  A small number on the diagonal.
```

| $\lVert A\rVert_2$ | other |
|---|---|
| 1 | 2 |

```{table}
:class: notation

| symbol | code | meaning |
|---|---|---|
| $\sigma_1 \ge \sigma_2$ | `S` | singular values of $A$ |
| $\mu$ | `mu` | a mean |
```
"""


@pytest.fixture(scope="module")
def site(tmp_path_factory) -> Path:
    book = tmp_path_factory.mktemp("book")
    (book / "conf.py").write_text(CONF)
    (book / "index.md").write_text(PAGE, encoding="utf-8")
    env = os.environ | {"PYTHONPATH": str(ROOT / "book/_ext"), "PYTHONDONTWRITEBYTECODE": "1"}
    command = [sys.executable, "-m", "sphinx", "-W", str(book), str(book / "html")]
    log = subprocess.run(command, env=env, capture_output=True, text=True)
    assert log.returncode == 0, log.stdout + log.stderr
    return book / "html"


def objects(site: Path) -> dict[str, tuple[str, str]]:
    """Kind and anchor of everything that the search knows by name."""
    text = (site / "searchindex.js").read_text(encoding="utf-8")
    index = json.loads(text.removeprefix("Search.setIndex(").removesuffix(")"))
    found = {}
    for prefix, entries in index["objects"].items():
        for _, kind, _, anchor, last in entries:
            _, word, kind_name = index["objnames"][str(kind)]
            name = ".".join(filter(None, [prefix, last]))
            found[name] = kind_name, f"{word}-{name}" if anchor == "-" else anchor  # so Sphinx shortens it
    return found


def test_statements_exercises_symbols_and_words_are_found_by_what_they_are_called(site):
    assert objects(site) == {
        "Theorem 1: Powers of σ₁ (proof)": ("theorem", "thm-power"),
        "Exercise 1: Two": ("exercise", "ex-two"),
        "Exercise 2": ("exercise", "ex-one"),
        "ridge": ("glossary term", "term-ridge"),
        "σ₁ ≥ σ₂, S, sigma: singular values of A": ("symbol", "symbol-1"),
        "μ, mu: a mean": ("symbol", "symbol-2"),
    }


def test_every_anchor_is_on_the_page_and_nothing_is_found_twice(site):
    page = BeautifulSoup((site / "index.html").read_text(encoding="utf-8"), "html.parser")
    for _, anchor in objects(site).values():
        assert len(page.find_all(id=anchor)) == 1
    assert '"indexentries": {}' in (site / "searchindex.js").read_text(encoding="utf-8")


def test_the_head_of_a_column_that_is_a_formula_alone_has_a_text(site):
    page = BeautifulSoup((site / "index.html").read_text(encoding="utf-8"), "html.parser")
    assert [tag.get_text() for tag in page.select("th .visually-hidden")] == ["‖A‖₂"]


@pytest.mark.parametrize(("tex", "text"), [
    (r"\lVert A\rVert_2", "‖A‖₂"), (r"\lVert A\rVert_{p \to q}", "‖A‖_{p → q}"), (r"\hat\sigma", "σ̂"),
    (r"\sigma_1 \ge \sigma_2 \ge \dots", "σ₁ ≥ σ₂ ≥ …"), (r"\operatorname{Lip}(f)", "Lip(f)"),
    (r"\log \sigma^2", "log σ²"), (r"\log\sigma^2", "log σ²"), (r"\max_{x \ne 0} |x|^{1/2}", "max_{x ≠ 0} |x|^{1/2}"),
    (r"\det A^{-1}", "det A^-1"), (r"p(z \mid x)", "p(z | x)"), (r"x_{10}", "x_10"),
])  # fmt: skip
def test_a_formula_as_text(tex, text):
    assert plain(tex) == text


@pytest.mark.parametrize(("symbol", "names"), [
    ("σ̂, Σ", ["sigma", "sigma"]), ("λ_k", ["lambda"]), ("q_ϕ(z | x)", ["phi"]), ("‖A‖₂", []),
])  # fmt: skip
def test_greek_letters_have_names(symbol, names):
    assert greek(symbol) == names


def test_a_number_and_a_dotted_name_are_words_and_so_are_their_parts():
    assert Words({}).split("Theorem 3.2 and gc.fit.") == ["Theorem", "3.2", "and", "gc.fit", "3", "2", "gc", "fit"]
