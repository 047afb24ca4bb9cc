"""Show the package's docstrings, which are written in Markdown for `help()`, on the reStructuredText API page.

$\\lVert x \\rVert$        becomes   :math:`\\lVert x \\rVert`
`mu`                     becomes   ``mu``
[kingma2014, App. B]     becomes   :cite:p:`kingma2014{App. B}`
"""

import re

# One alternative for each form; a mark that means something to reStructuredText alone is escaped.
FORMS = re.compile(
    r"\$(?P<math>[^$]+)\$"
    r"|`(?P<code>[^`]+)`"
    r"|\[(?P<key>[a-z]+\d{4}[a-z]*)(?:, (?P<where>[^]]+))?\]"
    r"|(?P<mark>[*|\\])"
)


def convert(text: str) -> str:
    """The text between two doctests, as reStructuredText."""

    def role(found: re.Match, source: str) -> str:
        # reStructuredText wants an (escaped) space between a role and a letter: the "s" of `Batch`s
        return source + ("\\ " if text[found.end() : found.end() + 1].isalnum() else "")

    def replace(found: re.Match) -> str:
        if found["math"]:
            return role(found, f":math:`{' '.join(found['math'].split())}`")
        if found["code"]:
            return role(found, f"``{found['code']}``")
        if found["key"]:
            where = f"{{{found['where']}}}" if found["where"] else ""
            return f":cite:p:`{found['key']}{where}`"
        return "\\" + found["mark"]

    return FORMS.sub(replace, text)


def process(app, what, name, obj, options, lines: list[str]) -> None:
    """Convert a docstring in place; a doctest or a `.. math::`, up to the next empty line, stays as it is."""
    blocks = re.split(r"(^ *(?:>>>|\.\. math::) .*?(?:\n\s*\n|\Z))", "\n".join(lines), flags=re.MULTILINE | re.DOTALL)
    lines[:] = "".join(b if b.lstrip().startswith((">>> ", ".. math::")) else convert(b) for b in blocks).split("\n")
    if lines[0].startswith("Alias for field number"):
        lines.clear()  # what Python says of each field of a named tuple
    elif what in ("data", "attribute"):
        lines.insert(0, "\\")  # else napoleon takes what stands before a colon for a type; on the page it is nothing


def setup(app):
    # Before napoleon (500), which turns "Args:" into fields.
    app.connect("autodoc-process-docstring", process, priority=400)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
