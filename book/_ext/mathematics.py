"""A page with formulas loads MathJax, which then typesets a few at a time (`mathematics.js`); the others do not.

Sphinx loads it, too, where only a page below in the contents has formulas: on the front page, which leads to all.
MathJax never breaks a formula within a line of text. A long one is handed to it in parts, so that it fits on a phone.
"""

import re

from sphinx.application import Sphinx

# A browser breaks the line between a formula and the full stop behind it, as between two pictures.
END = re.compile(r'(<span class="math [^>]*>[^<]*</span>)([.,;:?!)\]’”]+)')
KEPT = r'<span class="formula-end">\1\2</span>'

FORMULA = re.compile(r'(<span class="math [^>]*>)\\\(([^<]*)\\\)</span>')
LONG = 36  # letters of TeX
TOKEN = re.compile(r"\\[a-zA-Z]+|\\.|&\w+;|[^\\&]", re.S)
OPENING = {"{", "(", "[", r"\{", r"\left", r"\begin"}
CLOSING = {"}", ")", "]", r"\}", r"\right", r"\end"}
RELATIONS = {"=", "&lt;", "&gt;", r"\le", r"\ge", r"\approx"}


def parts(tex: str) -> list[str]:
    r"""A formula, cut before each relation that stands outside of all brackets.

    >>> parts(r"p(x = 0) = \tfrac{1}{2} \le 1")
    ['p(x = 0)', '= \\tfrac{1}{2}', '\\le 1']
    """
    depth, cuts = 0, [0]
    for token in TOKEN.finditer(tex):
        depth += (token[0] in OPENING) - (token[0] in CLOSING)
        if depth == 0 and token[0] in RELATIONS and tex[cuts[-1] : token.start()].strip():
            cuts.append(token.start())
    return [tex[start:end].strip() for start, end in zip(cuts, [*cuts[1:], None], strict=True)]


def breakable(formula: re.Match) -> str:
    """The spans of a formula's parts, where it is long. A style at its beginning would reach the first alone."""
    start, tex = formula.groups()
    if len(tex) < LONG or "style" in tex:
        return formula[0]
    return " ".join(rf"{start}\({part}\)</span>" for part in parts(tex))


def load(app: Sphinx, pagename: str, templatename: str, context: dict, doctree) -> None:
    """Put our script before MathJax, deferred as that is, or take MathJax away."""
    if app.env.get_domain("math").data["has_equations"].get(pagename):
        app.add_js_file("mathematics.js", priority=400, loading_method="defer")
        context["body"] = END.sub(KEPT, FORMULA.sub(breakable, context["body"]))
    else:
        scripts = context["script_files"]
        scripts[:] = [script for script in scripts if app.config.mathjax_path not in str(script.filename)]


def setup(app: Sphinx) -> dict:
    app.connect("html-page-context", load, priority=600)  # after Sphinx has added MathJax
    return {"parallel_read_safe": True, "parallel_write_safe": True}
