"""How a page looks where somebody shares its link: its title, its first paragraph and its first figure.

Only for a site that knows its address (`base_url.py`): such a card needs whole links.
"""

import shutil
from html import escape
from pathlib import Path
from textwrap import shorten

from docutils import nodes
from PIL import Image, ImageOps
from plain_math import text_of
from sphinx.application import Sphinx

FOLDER = "_cards"
SIZE = (1200, 630)  # what the networks that show such cards ask for
COURSE = "book/_static/samples.png"  # for a page without a figure
COURSE_ALT = "Three panels of small grey pictures of clothes: real ones, samples of a GAN, samples of a VAE."


def first_paragraph(doctree: nodes.document) -> str:
    paragraphs = (p for p in doctree.findall(nodes.paragraph) if isinstance(p.parent, nodes.section))
    return shorten(next(map(text_of, paragraphs), ""), 200, placeholder="…")


def first_figure(doctree: nodes.document) -> tuple[str, str]:
    """Its file, from the root of the sources, and its description."""
    found = ((image["candidates"].get("*", ""), image.get("alt", "")) for image in doctree.findall(nodes.image))
    return next((each for each in found if each[0].endswith(".png")), (COURSE, COURSE_ALT))


def draw(figure: Path, card: Path) -> None:
    """The figure on white, as large as it fits."""
    card.parent.mkdir(parents=True, exist_ok=True)
    white = Image.new("RGBA", SIZE, "white")
    with Image.open(figure) as picture:
        fitted = ImageOps.pad(picture.convert("RGBA"), SIZE, color=(255, 255, 255, 0))
    Image.alpha_composite(white, fitted).convert("RGB").save(card)


def tags(properties: dict[str, str]) -> str:
    lines = [f'<meta property="{name}" content="{escape(value)}" />' for name, value in properties.items()]
    return "\n".join(['<meta name="twitter:card" content="summary_large_image" />', *lines, ""])


def add_card(app: Sphinx, pagename: str, templatename: str, context: dict, doctree: nodes.document | None) -> None:
    base = app.config.html_baseurl
    if not base or doctree is None:
        return
    (figure, alt), card = first_figure(doctree), f"{FOLDER}/{pagename}.png"
    draw(Path(app.srcdir) / figure, Path(app.outdir) / card)
    context["metatags"] += tags(
        {
            "og:type": "article",
            "og:site_name": app.config.html_title,
            "og:url": base + app.builder.get_target_uri(pagename),
            "og:title": app.env.titles[pagename].astext(),
            "og:description": first_paragraph(doctree),
            "og:image": base + card,
            "og:image:width": str(SIZE[0]),
            "og:image:height": str(SIZE[1]),
            "og:image:alt": alt,
        }
    )


def forget_cards(app: Sphinx) -> None:
    if not app.config.html_baseurl:
        shutil.rmtree(Path(app.outdir) / FOLDER, ignore_errors=True)


def setup(app: Sphinx) -> dict:
    app.connect("builder-inited", forget_cards)
    app.connect("html-page-context", add_card)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
