"""A page with formulas loads MathJax, which then typesets a few at a time (`mathematics.js`); the others do not.

Sphinx loads it, too, where only a page below in the contents has formulas: on the front page, which leads to all.
"""

import re

from sphinx.application import Sphinx

# A browser breaks the line between a formula and the full stop behind it, as between two pictures.
END = re.compile(r'(<span class="math [^>]*>[^<]*</span>)([.,;:?!)\]’”]+)')
KEPT = r'<span class="formula-end">\1\2</span>'


def load(app: Sphinx, pagename: str, templatename: str, context: dict, doctree) -> None:
    """Put our script before MathJax, deferred as that is, or take MathJax away."""
    if app.env.get_domain("math").data["has_equations"].get(pagename):
        app.add_js_file("mathematics.js", priority=400, loading_method="defer")
        context["body"] = END.sub(KEPT, context["body"])
    else:
        scripts = context["script_files"]
        scripts[:] = [script for script in scripts if app.config.mathjax_path not in str(script.filename)]


def setup(app: Sphinx) -> dict:
    app.connect("html-page-context", load, priority=600)  # after Sphinx has added MathJax
    return {"parallel_read_safe": True, "parallel_write_safe": True}
