"""The bibliography as a list of list items: docutils still gives its entries a role that ARIA has taken back."""

from docutils import nodes
from sphinx.application import Sphinx


def is_entry(node: nodes.Node | None) -> bool:
    return isinstance(node, nodes.citation)


def visit(self, node: nodes.citation) -> None:
    if not is_entry(node.previous_sibling()):
        self.body.append('<div role="list" class="citation-list">\n')
    self.body.append(self.starttag(node, "div", classes=["citation"], role="listitem"))


def depart(self, node: nodes.citation) -> None:
    self.body.append("</div>\n" * (1 if is_entry(node.next_node(descend=False, siblings=True)) else 2))


def setup(app: Sphinx) -> dict:
    app.add_node(nodes.citation, override=True, html=(visit, depart))
    return {"parallel_read_safe": True, "parallel_write_safe": True}
