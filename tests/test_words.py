"""The glossary and the notation page: complete, in order, linked, and about what the chapters say."""

import json
import re
import unicodedata
from collections import Counter
from operator import attrgetter
from pathlib import Path

import pytest

import gencourse as gc

ROOT = Path(__file__).parent.parent
NOTEBOOKS = sorted((ROOT / "chapters").glob("*.ipynb"))
LINK = re.compile(r"\{(?:prf:ref|doc|ref)\}`[^`]+`")

GREEK = "alpha|beta|gamma|delta|epsilon|varepsilon|zeta|eta|theta|iota|kappa|lambda|mu|nu|xi|pi|rho|sigma|tau|upsilon"
GREEK += "|phi|varphi|chi|psi|omega|Gamma|Delta|Theta|Lambda|Xi|Pi|Sigma|Upsilon|Phi|Psi|Omega|ell"
# A symbol is a letter, also with an accent, or a name in one of TeX's fonts. In `\text` and `\begin` stand words.
WORDS = r"\\(?:text|begin|end|frac)\b\s*\{[^{}]*\}"
ACCENTED = rf"\\(?:hat|bar|tilde)\s*(?:\{{\s*)?(?:\\(?:{GREEK})(?![A-Za-z])|[A-Za-z](?![A-Za-z]))"
FONTS = r"\\(?:mathcal|mathbb|mathrm|operatorname\*?)\s*\{[^{}]*\}"
SYMBOL = re.compile(rf"{WORDS}|({ACCENTED}|{FONTS}|\\(?:{GREEK})(?![A-Za-z]))|\\[A-Za-z]+|([A-Za-z])")
# The same everywhere: the circle's number and Euler's, in e^x.
UNIVERSAL = {r"\pi", "e"}


def read(path: str) -> str:
    return (ROOT / path).read_text(encoding="utf-8")


def prose(notebook: Path) -> str:
    cells = json.loads(notebook.read_text(encoding="utf-8"))["cells"]
    return "\n\n".join("".join(cell["source"]) for cell in cells if cell["cell_type"] == "markdown")


def plain(text: str) -> str:
    """Lower case, in one line, without the marks of emphasis."""
    return " ".join(text.replace("*", "").lower().split())


def symbols(text: str) -> Counter:
    """How often each symbol stands in the formulas of a Markdown text."""
    text = re.sub(r"```(?:python|bash).*?```|(?<!`)`[^`\n]+`", "", text, flags=re.S)
    formulas = re.findall(r"\$\$(.+?)\$\$|\$([^$\n]+)\$", text, re.S)
    found = [match[1] or match[2] for pair in formulas for match in SYMBOL.finditer("".join(pair))]
    return Counter(re.sub(r"[\s{}*]", "", name) for name in found if name)


def entries() -> list[tuple[str, str]]:
    """The terms of the glossary with their meanings, in the page's order."""
    return re.findall(r"^(\S.*)\n  (\S.*)$", read("book/glossary.md").split("```{glossary}")[1], re.M)


def rows() -> list[list[str]]:
    """The rows of the notation page's tables: symbol, code, meaning, introduced."""
    table = [line.split("|")[1:-1] for line in read("book/notation.md").splitlines() if line.startswith("| ")]
    return [[cell.strip() for cell in row] for row in table if row[0].strip() != "symbol"]


# --- the glossary


def test_the_glossary_has_at_least_80_terms_each_once():
    terms = Counter(term.casefold() for term, _ in entries())
    assert len(terms) >= 80 and max(terms.values()) == 1


def test_the_glossary_is_alphabetical():
    def key(term: str) -> str:
        return "".join(c for c in unicodedata.normalize("NFKD", term.casefold()) if not unicodedata.combining(c))

    terms = [term for term, _ in entries()]
    assert terms == sorted(terms, key=key)


def test_every_line_of_the_glossary_is_part_of_an_entry():
    page = read("book/glossary.md").split("```{glossary}")[1].split("```")[0]
    assert page.strip() == "\n\n".join(f"{term}\n  {meaning}" for term, meaning in entries())


@pytest.mark.parametrize(("term", "meaning"), entries(), ids=[term for term, _ in entries()])
def test_a_term_is_used_in_the_course_and_leads_to_the_place_that_teaches_it(term, meaning):
    course = " ".join(plain(prose(notebook)) for notebook in NOTEBOOKS) + plain(read("book/training.md"))
    assert re.search(rf"(?<![\w-]){re.escape(term.lower())}", course), "no chapter uses this word"
    assert LINK.search(meaning) and meaning.endswith(".")
    assert len(re.findall(r"[.:](?= [A-Z{$])", meaning)) <= 4  # three sentences and the link


# --- the notation page


@pytest.mark.parametrize("row", rows(), ids=[row[0] for row in rows()])
def test_a_symbol_has_a_meaning_and_a_link_to_the_place_that_introduces_it(row):
    symbol, _, meaning, introduced = row
    assert symbols(symbol) or "$" in symbol
    assert meaning and LINK.search(introduced)


@pytest.mark.parametrize("notebook", NOTEBOOKS, ids=lambda file: file.stem)
def test_every_symbol_of_a_chapter_is_on_the_notation_page(notebook):
    known = symbols(" ".join(row[0] for row in rows())).keys() | UNIVERSAL
    assert symbols(prose(notebook)).keys() - known == set()


def test_every_function_that_the_notation_page_names_exists():
    names = re.findall(r"`((?:norms|losses|metrics)\.[\w.]+)", read("book/notation.md"))
    assert len(names) >= 10
    for name in names:
        assert attrgetter(name)(gc)


def test_symbols_are_read_from_formulas_as_a_reader_reads_them():
    text = r"$\hat\mu \le \sqrt{a_{\text{in}}}$, `$b$`, $$\operatorname{tr}(\Sigma^{\top}) = \hat{x}$$"
    assert symbols(text) == Counter([r"\hat\mu", "a", r"\operatornametr", r"\Sigma", r"\hatx"])
