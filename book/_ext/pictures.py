"""A picture is loaded when the reader comes near it, and opens by itself, to be enlarged on a phone.

The page knows its size before, so that nothing jumps.
"""

import re
from pathlib import Path

from PIL import Image
from sphinx.application import Sphinx

PICTURE = re.compile(r'<img (?P<rest>[^>]*src="(?P<file>[^"]*_images/(?P<name>[^"]+\.(?:png|jpe?g)))"[^>]*>)')


def describe(app: Sphinx, pagename: str, templatename: str, context: dict, doctree) -> None:
    """Say of each picture of the page how large it is, and that it can wait; a touch shows it alone."""
    files = {name: Path(app.srcdir) / uri for uri, name in app.builder.images.items()}

    def described(found: re.Match) -> str:
        with Image.open(files[found["name"]]) as picture:
            width, height = picture.size
        said = f'<img loading="lazy" width="{width}" height="{height}" {found["rest"]}'
        return f'<a href="{found["file"]}">{said}</a>'

    if "body" in context:
        context["body"] = PICTURE.sub(described, context["body"])


def setup(app: Sphinx) -> dict:
    app.connect("html-page-context", describe)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
