"""Icons: the few of Font Awesome's that the site shows, in fonts of their own.

The theme's fonts hold thousands, in 300 kB. `icons.css` names small ones before them, so that a browser asks for the
theme's only where an icon is missing here.
"""

import re
from pathlib import Path

from sphinx.application import Sphinx

FONTS = "_static/vendor/fontawesome/webfonts"  # the theme's, in the built site
ICONS = "_static/icons"
# The theme's style sheet has a rule for every icon there is. The others, and its variables, name those that it uses.
RULE_OF_AN_ICON = re.compile(r"\.fa-[^{}]*\{[^{}]*\}")


def named(site: Path) -> set[str]:
    """Words that may be names of icons: `<i class="fa-solid fa-rocket">`."""
    return {name for page in site.rglob("*.html") for name in re.findall(r"\bfa-([\w-]+)", page.read_text("utf-8"))}


def drawn(site: Path) -> set[int]:
    """The characters of icons that style sheets draw: `content: "\\f107"`."""
    styles = [RULE_OF_AN_ICON.sub("", style.read_text("utf-8")) for style in (site / "_static").rglob("*.css")]
    escaped = [code for style in styles for code in re.findall(r"\\(f[0-9a-f]{3})\b", style)]
    written = [character for style in styles for character in style if "\uf000" <= character <= "\uf8ff"]
    return {int(code, 16) for code in escaped} | set(map(ord, written))


def shrink(app: Sphinx, exception: Exception | None) -> None:
    """Write a font with the site's own icons beside each of the theme's."""
    if exception or app.builder.format != "html":
        return
    from fontTools import subset

    site = Path(app.outdir)
    names, characters = named(site), drawn(site)
    (site / ICONS).mkdir(exist_ok=True)
    for file in (site / FONTS).glob("*.ttf"):
        options = subset.Options(flavor="woff", ignore_missing_glyphs=True, ignore_missing_unicodes=True)
        font = subset.load_font(file, options)
        chosen = subset.Subsetter(options)
        chosen.populate(glyphs=names & set(font.getGlyphOrder()), unicodes=characters)
        chosen.subset(font)
        subset.save_font(font, site / ICONS / f"{file.stem}.woff", options)


def setup(app: Sphinx) -> dict:
    app.add_css_file("icons.css")
    app.connect("build-finished", shrink)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
