"""Formulas as a line of text, where nothing is typeset: $\\lVert A\\rVert_2$ becomes ‖A‖₂.

The search reads it, and so does a reader who cannot see: a formula alone in the head of a column has it beside it.
"""

import re

from docutils import nodes
from pylatexenc.latex2text import LatexNodes2Text
from sphinx.application import Sphinx

_text = LatexNodes2Text(keep_braced_groups=True, keep_braced_groups_minlen=2)
# What pylatexenc does not know, or joins to what follows: a name is its letters, and signs stand between spaces.
NAMED = re.compile(r"\\(?:operatorname\*?|mathrm|text)\s*\{(\w+)\}|\\(det|log|ln|exp|max|min)\b")
WORD = re.compile(r"\b(det|log|ln|exp)(?:\s+(?=[A-Za-z])|\s*(?=\\))")
SYNONYMS = {r"\overline": r"\bar", r"\ne ": r"\neq ", r"\mid": "|"}
SIGN = re.compile(r" ([≤≥→∼∈≠≈·∘]) ?")
GROUP = re.compile(r"([_^])\{(-?\w+)\}")  # needs no braces to be read
RAISED = str.maketrans("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹")
LOWERED = str.maketrans("0123456789", "₀₁₂₃₄₅₆₇₈₉")


def plain(tex: str) -> str:
    """The formula as text, with small digits where it has any."""
    for unknown, known in SYNONYMS.items():
        tex = tex.replace(unknown, known)
    names = WORD.sub(r"\1~", NAMED.sub(r"\1\2", tex))
    text = " ".join(_text.latex_to_text(names).split())
    text = GROUP.sub(r"\1\2", SIGN.sub(r" \1 ", text)).strip()
    text = re.sub(r"_(\d)(?!\w)", lambda found: found[1].translate(LOWERED), text)
    return re.sub(r"\^(\d)(?!\w)", lambda found: found[1].translate(RAISED), text)


def text_of(node: nodes.Node) -> str:
    """The words of a node, with its formulas as text."""
    if isinstance(node, nodes.math):
        return plain(node.astext())
    return node.astext() if isinstance(node, nodes.Text) else "".join(map(text_of, node.children))


def name_columns(app: Sphinx, doctree: nodes.document, docname: str) -> None:
    """Give the head of a column that is a formula alone a text too, unseen: checkers take it for empty otherwise."""
    for head in doctree.findall(nodes.thead):
        for entry in head.findall(nodes.entry):
            outside = [text for text in entry.findall(nodes.Text) if not isinstance(text.parent, nodes.math)]
            if next(entry.findall(nodes.math), None) and not "".join(outside).strip():
                entry[-1] += nodes.inline(text=text_of(entry), classes=["visually-hidden"])


def setup(app: Sphinx) -> dict:
    app.connect("doctree-resolved", name_columns)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
