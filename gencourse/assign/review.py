"""nbgrader's formgrader over a graded batch, on this machine alone: no other host, no script of a student's."""

from pathlib import Path
from typing import Any

from .grade import reopened

# Where the bundle lies in a checkout, and where in an installed package.
MATHJAX = (Path(__file__).parents[2] / "book/_static/vendor/mathjax", Path(__file__).parents[1] / "assets/mathjax")
TAGS = set("p br hr h1 h2 h3 h4 h5 h6 a img b strong i em del sub sup code pre blockquote ul ol li".split())
TAGS |= set("div span table thead tbody tr th td".split())
PICTURES = ("data:image/png;base64,", "data:image/jpeg;base64,")
# In place of nbconvert's, which asks a CDN. Without autoload and require no formula can ask for more code.
MACRO = r"""
{%- macro mathjax() -%}
<script>
window.MathJax = {
  tex: {inlineMath: [["$", "$"], ["\\(", "\\)"]], processEscapes: true, packages: {"[-]": ["autoload", "require"]}},
};
</script>
<script src="/static/tex-chtml.js" async></script>
{%- endmacro %}
"""


def review(out: Path, port: int = 8899, browser: bool = True) -> None:
    """Serve formgrader for the batch in `out` until it is stopped.

    Raises:
        FileNotFoundError: nothing was graded there, or MathJax is not installed with the package.
    """
    server(out, port, browser).start()


def server(out: Path, port: int, browser: bool) -> Any:
    """A Jupyter server with formgrader and nothing else."""
    from jupyter_server.serverapp import ServerApp
    from nbgrader.server_extensions.formgrader import formgrader
    from traitlets.config import Config

    plan, out = reopened(out), out.resolve()
    mathjax = next((str(folder) for folder in MATHJAX if (folder / "tex-chtml.js").is_file()), None)
    if mathjax is None:
        raise FileNotFoundError("MathJax is not there: install gencourse anew, or run this in a checkout")
    config = Config()
    config.ServerApp.update(
        ip="127.0.0.1", port=port, open_browser=browser, root_dir=str(out), allow_remote_access=False
    )
    name = plan.assignment.name
    config.ServerApp.update(default_url=f"/formgrader/gradebook/{name}/{name}", extra_static_paths=[mathjax])
    config.IdentityProvider.cookie_options = {"path": "/"}  # else the first page alone is logged in
    config.ServerApp.allow_root = True  # in a container; the token guards it as it does for everybody
    config.CourseDirectory.root = str(out)
    config.CourseDirectory.db_url = f"sqlite:///{out / 'gradebook.db'}"
    app = ServerApp(config=config)
    app.initialize([], find_extensions=False)
    formgrader.load_jupyter_server_extension(app)
    harmless(app.web_app.settings["nbgrader_exporter"])
    return app


def harmless(exporter: Any) -> None:
    """What a student wrote is shown, not run: it could change every grade from the marker's browser."""
    from jinja2 import ChoiceLoader, DictLoader, pass_context

    @pass_context
    def markdown(context: Any, source: str) -> str:
        return cleaned(exporter.markdown2html(context, source))

    exporter.environment.filters["markdown2html"] = markdown  # formgrader's template puts its result into the page
    exporter.environment.loader = ChoiceLoader([DictLoader({"mathjax.html.j2": MACRO}), exporter.environment.loader])


def cleaned(html: str) -> str:
    """HTML with the tags of a text alone, pictures that lie in it and links to pages.

    >>> cleaned('<p onclick="x()">a<img src="https://example.org/a.png"><a href="javascript:x()">b</a></p>')
    '<p>a<img><a>b</a></p>'
    """
    import bleach

    protocols = {"http", "https", "mailto", "data"}
    return bleach.clean(html, tags=TAGS, attributes=may_stay, protocols=protocols, strip=True)


def may_stay(tag: str, name: str, value: str) -> bool:
    """Whether an attribute can do no harm."""
    if tag == "img":
        return name == "alt" or (name == "src" and value.startswith(PICTURES))
    return tag == "a" and name == "href" and value.startswith(("https://", "http://", "#"))
