"""The claims ledger: every statement of the book with its source, its bound, what was measured, and the verdict.

    ```{claims-ledger}
    ```

A claim cell leaves its record in its own output, beside the text (`gencourse.claims.MIME`). `KeepRecord` carries it
into the page, whether the output is fresh or from the cache, and `Claims` collects it there. Statement and source come
from the pages when the ledger is written: nothing is typed twice.
"""

from docutils import nodes
from myst_nb.core import render
from sphinx.addnodes import pending_xref
from sphinx.application import Sphinx
from sphinx.domains import Domain
from sphinx.transforms.post_transforms import SphinxPostTransform
from sphinx.util import logging
from sphinx.util.docutils import SphinxDirective

from gencourse.claims import MIME

KINDS = {"definition", "theorem", "proposition", "lemma", "corollary"}
COLUMNS = {"quantity": 37, "expected": 23, "measured": 15, "verdict": 12, "seconds": 13}  # and their widths in percent
logger = logging.getLogger(__name__)


class ledger(nodes.General, nodes.Element):
    """The place of the ledger on its page."""


class Ledger(SphinxDirective):
    def run(self) -> list[nodes.Node]:
        self.env.get_domain("claims").data["ledgers"].add(self.env.docname)
        return [ledger()]


class record(nodes.Element):
    """What a claim has recorded. myst-nb drops it again before it writes the page, in favour of the text."""


class KeepRecord(render.MimeRenderPlugin):
    @staticmethod
    def handle_mime(renderer, data: render.MimeData, inline: bool) -> list[nodes.Element] | None:
        return [record(content=data.content)] if data.mime_type == MIME else None


def statements(doctree: nodes.document) -> list[nodes.Element]:
    """The statements of a page, which sphinx-proof has made, in order."""
    return list(doctree.findall(lambda node: isinstance(node, nodes.Element) and node.get("realtype") in KINDS))


class Claims(Domain):
    """The records of all chapters, by page; and the pages that have a ledger."""

    name, label = "claims", "Claims"
    initial_data = {"records": {}, "ledgers": set()}

    def clear_doc(self, docname: str) -> None:
        self.data["records"].pop(docname, None)
        self.data["ledgers"].discard(docname)

    def merge_domaindata(self, docnames, otherdata) -> None:
        self.data["records"] |= {doc: found for doc, found in otherdata["records"].items() if doc in docnames}
        self.data["ledgers"] |= otherdata["ledgers"] & set(docnames)

    def process_doc(self, env, docname: str, document: nodes.document) -> None:
        """Collect the records of a page that has just been read. A statement without one is a warning."""
        found = [node["content"] for node in document.findall(record)]
        stated, measured = {node["label"]: node for node in statements(document)}, {r["label"] for r in found}
        for label in stated.keys() - measured:
            logger.warning("no cell measures the statement %r", label, location=stated[label], type="claims")
        for label in measured - stated.keys():
            logger.warning("a cell measures %r, which nothing states", label, location=docname, type="claims")
        if found:
            self.data["records"][docname] = found


class WriteLedger(SphinxPostTransform):
    """Put the tables in the place of `{claims-ledger}`, before references, citations and formulas are resolved."""

    default_priority = 5

    def run(self, **kwargs) -> None:
        pages = dict(sorted(self.env.get_domain("claims").data["records"].items()))
        for place in list(self.document.findall(ledger)):
            # Sphinx looked for formulas when it read the page, and would not load MathJax.
            self.env.get_domain("math").data["has_equations"][self.env.docname] = True
            place.replace_self([*overview(self.env, pages), *(chapter(self.env, *page) for page in pages.items())])


def seconds(found: list[dict]) -> float:
    """The time of all claims. The measurements of one statement share their cell: the longest counts."""
    return sum({r["label"]: r["seconds"] for r in sorted(found, key=lambda r: r["seconds"])}.values())


def count(found: list[dict]) -> int:
    return len({r["label"] for r in found})


def overview(env, pages: dict[str, list[dict]]) -> list[nodes.Element]:
    """One sentence for the whole book, and one row for each chapter."""
    found = [r for page in pages.values() for r in page]
    failed = sum(not r["holds"] for r in found)
    verdict = f"{failed} FAIL" if failed else "all hold"
    total = f"{count(found)} claims with {len(found)} measured quantities: {verdict}. It took {seconds(found):.0f} s."
    widths, rows = {"chapter": 52, "claims": 14, "measured": 18, "seconds": 16}, []
    for page, own in pages.items():
        title = copied(env.titles[page].children, env.docname)
        link = nodes.reference("", "", *title, refid=anchor(page), internal=True)
        numbers = (str(count(own)), str(len(own)), f"{seconds(own):.1f}")
        rows.append(row(dict(zip(widths, (link, *map(nodes.Text, numbers)), strict=True))))
    table = grid(widths, nodes.tbody("", *rows), classes=["claims-overview"])
    return [nodes.paragraph("", "", nodes.strong(text=total), classes=["claims-total"]), table]


def chapter(env, page: str, found: list[dict]) -> nodes.section:
    """A section with the table of one page; a body of the table for each statement, in the order of the page."""
    bodies = []
    for statement in statements(env.get_doctree(page)):
        measured = [r for r in found if r["label"] == statement["label"]]
        bodies.append(nodes.tbody("", heading(statement, env.docname), *map(measurement, measured)))
    title = nodes.title("", "", *copied(env.titles[page].children, env.docname))
    return nodes.section("", title, grid(COLUMNS, *bodies, classes=["claims"]), ids=[anchor(page)])


def anchor(page: str) -> str:
    return "ledger-" + page.rpartition("/")[2].replace("_", "-")


def heading(statement: nodes.Element, docname: str) -> nodes.row:
    """The row above the measurements: number and title, the statement, its source."""
    title, content = statement.children[:2]
    label = statement["label"]
    number = reference("prf", "ref", label, docname, nodes.literal(text=label))
    name = nodes.paragraph("", "", nodes.strong("", "", number, *copied(title.children, docname)))
    name += [nodes.Text(" "), nodes.literal(text=label)]
    cited = {xref["reftarget"] for xref in content.findall(pending_xref) if xref["refdomain"] == "cite"}
    sources = [reference("cite", "alp", key, docname, nodes.inline(text=key)) for key in sorted(cited)]
    sources = sources or [nodes.Text("this course")]
    between = [piece for source in sources for piece in (nodes.Text("; "), source)][1:]
    source = nodes.paragraph("", "Source: ", *between, classes=["claim-source"])
    cell = nodes.entry("", name, *copied(content.children, docname), source, morecols=len(COLUMNS) - 1)
    return nodes.row("", cell, classes=["claim-statement"])


def measurement(r: dict) -> nodes.row:
    verdict = "holds" if r["holds"] else "FAILS"
    texts = {
        "quantity": r["quantity"],
        "expected": r["bound"],
        "measured": r["shown"],
        "verdict": verdict,
        "seconds": f"{r['seconds']:.2f}",
    }
    cells = row({name: nodes.Text(text) for name, text in texts.items()})
    cells["classes"] = [f"claim-{verdict.lower()}"]
    return cells


def grid(widths: dict[str, int], *bodies: nodes.tbody, classes: list[str]) -> nodes.table:
    head = nodes.thead("", row({name: nodes.Text(name.capitalize()) for name in widths}))
    columns = [nodes.colspec(colwidth=width) for width in widths.values()]
    group = nodes.tgroup("", *columns, head, *bodies, cols=len(widths))
    return nodes.table("", group, classes=["colwidths-given", *classes])


def row(cells: dict[str, nodes.Node]) -> nodes.row:
    """A row whose cells carry the names of their columns: on a phone they stand one below the other."""
    return nodes.row("", *(nodes.entry("", nodes.paragraph("", "", c), classes=[n]) for n, c in cells.items()))


def reference(domain: str, kind: str, target: str, docname: str, text: nodes.Node) -> pending_xref:
    where = {"refdomain": domain, "reftype": kind, "reftarget": target, "refdoc": docname}
    return pending_xref("", text, refexplicit=False, refwarn=True, **where)


def copied(children: list[nodes.Node], docname: str) -> list[nodes.Node]:
    """Copies for another page: references start from there, and nothing bears a name twice."""
    copies = [child.deepcopy() for child in children]
    for node in (node for copy in copies for node in copy.findall(nodes.Element)):
        node["ids"], node["names"] = [], []
        if "refdoc" in node:
            node["refdoc"] = docname
        if isinstance(node, nodes.math_block):
            node["label"] = node["number"] = None
    return copies


def setup(app: Sphinx) -> dict:
    render.load_mime_renders().append(KeepRecord)
    app.add_node(ledger)
    app.add_directive("claims-ledger", Ledger)
    app.add_domain(Claims)
    app.add_post_transform(WriteLedger)
    # The ledger shows other pages, so it is written in every build.
    app.connect("env-get-updated", lambda app, env: sorted(env.get_domain("claims").data["ledgers"]))
    return {"parallel_read_safe": True, "parallel_write_safe": True}
