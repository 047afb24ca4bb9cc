"""Number statements, exercises, figures and equations by chapter: Theorem 2.3 is in `chapters/02_*.ipynb`.

Sphinx takes the chapter from the position in the table of contents, where a new chapter would shift all that
follow. Here it comes from the file name, and pages without a number count on their own: Fig. 1, Fig. 2.
"""

import re

from sphinx.environment import BuildEnvironment
from sphinx.environment.collectors.toctree import TocTreeCollector

_assign = TocTreeCollector.assign_figure_numbers


def chapter_of(docname: str) -> int | None:
    """2 for `chapters/02_matrix_norms`, None for a page without a number."""
    found = re.fullmatch(r"chapters/(\d+)_\w+", docname)
    return int(found[1]) if found else None


def assign_figure_numbers(self: TocTreeCollector, env: BuildEnvironment) -> list[str]:
    """Sphinx's own assignment, told the chapters only meanwhile: a title already contains its number."""
    numbers = {doc: chapter_of(doc) for doc in env.found_docs}
    before = env.toc_secnumbers
    env.toc_secnumbers = {doc: {"": (n,)} for doc, n in numbers.items() if n is not None}
    try:
        return _assign(self, env)
    finally:
        env.toc_secnumbers = before


def setup(app):
    TocTreeCollector.assign_figure_numbers = assign_figure_numbers  # Sphinx has no event between its two passes
    return {"parallel_read_safe": True, "parallel_write_safe": True}
