"""The search finds statements by number and name, symbols, words of the glossary, and functions.

Sphinx's search shows the objects of all domains. It knows the functions of the package; this domain adds the statements
and exercises of the chapters and the rows of the notation page, and the glossary's words are no longer hidden.
`search.js` says how a query is read and what comes first.
"""

import re
import unicodedata
from collections.abc import Iterator
from pathlib import Path
from unicodedata import normalize

from docutils import nodes
from plain_math import text_of
from sphinx import addnodes
from sphinx.application import Sphinx
from sphinx.domains import Domain
from sphinx.domains.std import StandardDomain
from sphinx.search.en import SearchEnglish

NUMBERED = {"definition", "theorem", "proposition", "lemma", "corollary", "exercise"}
SCRIPT = Path(__file__).with_name("search.js")
FIRST = 0  # the priority of what is more than a name in a text


class Words(SearchEnglish):
    """English, where 3.2 and norms.induced are words."""

    js_splitter_code = SCRIPT.read_text(encoding="utf-8")

    def split(self, text: str) -> list[str]:
        words = re.findall(r"\w+(?:\.\w+)*", text)
        return [*words, *(part for word in words if "." in word for part in word.split("."))]


def greek(symbol: str) -> list[str]:
    """The names of the Greek letters of a symbol: ["sigma"] for σ₁."""
    letters = [re.fullmatch(r"GREEK \w+ LETTER (\w+)", unicodedata.name(c, "")) for c in normalize("NFKC", symbol)]
    return [name[1].lower().replace("lamda", "lambda") for name in letters if name]


def bare(title: str) -> str:
    """A title without what Sphinx's extensions put around it: " (Hölder)", "Exercise", "ExerciseThree reports"."""
    return re.sub(r"^ \((.*)\)$", r"\1", title.removeprefix("Exercise"))


def row_name(row: nodes.row) -> str:
    """What the search shows for a row of the notation page: symbol, name in the code, meaning."""
    symbol, code, meaning = (" ".join(text_of(entry).split()) for entry in row.children[:3])
    names = [name for name in greek(symbol) if name not in code]
    return f"{', '.join(dict.fromkeys(filter(None, [symbol, code, *names])))}: {meaning}"


class Findable(Domain):
    """Titles of what is numbered, and names of symbols, by page and anchor."""

    name, label = "findable", "Findable"
    initial_data = {"titles": {}, "symbols": {}}

    def clear_doc(self, docname: str) -> None:
        for kind in self.initial_data:
            self.data[kind].pop(docname, None)

    def merge_domaindata(self, docnames, otherdata) -> None:
        for kind in self.initial_data:
            self.data[kind] |= {doc: found for doc, found in otherdata[kind].items() if doc in docnames}

    def process_doc(self, env, docname: str, document: nodes.document) -> None:
        """Collect the titles of a page, and its symbols, each row of which becomes an anchor."""
        titles = [title for title in document.findall(nodes.title) if title.parent["ids"]]
        self.data["titles"][docname] = {title.parent["ids"][0]: text_of(title) for title in titles}
        self.data["symbols"][docname] = {}
        for table in document.findall(lambda node: isinstance(node, nodes.table) and "notation" in node["classes"]):
            for row in next(table.findall(nodes.tbody)).children:
                anchor = f"symbol-{len(self.data['symbols'][docname]) + 1}"
                row["ids"] = [anchor]
                self.data["symbols"][docname][anchor] = row_name(row)

    def get_objects(self) -> Iterator[tuple[str, str, str, str, str, int]]:
        for docname, kinds in self.env.toc_fignumbers.items():
            titles = self.data["titles"][docname]
            for kind, numbers in ((kind, numbers) for kind, numbers in kinds.items() if kind in NUMBERED):
                for anchor, number in numbers.items():
                    title = bare(titles.get(anchor, ""))
                    name = f"{kind.title()} {'.'.join(map(str, number))}" + (f": {title}" if title else "")
                    yield name, name, kind, docname, anchor, FIRST
        for docname, symbols in self.data["symbols"].items():
            for anchor, name in symbols.items():
                yield name, name, "symbol", docname, anchor, FIRST


def drop_index(app: Sphinx, doctree: nodes.document, docname: str) -> None:
    """The search would show the index of terms, which the site does not have, beside the terms themselves."""
    for entry in doctree.findall(addnodes.index):
        entry["entries"] = []


def setup(app: Sphinx) -> dict:
    StandardDomain.object_types["term"].attrs["searchprio"] = FIRST
    app.add_domain(Findable)
    app.add_search_language(Words)
    app.connect("doctree-resolved", drop_index)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
