"""Explorers: what JavaScript computes is what the package computes, and one source serves notebook and website."""

import json
import math
import os
import re
import shutil
import subprocess
import sys
from html import unescape
from pathlib import Path

import nbformat
import pytest
import torch
import traitlets
from bs4 import BeautifulSoup

from gencourse import norms, widgets
from gencourse.widgets.bundle import JS, one_module

ROOT = Path(__file__).parent.parent
NODE = shutil.which("node")
EXPLORERS = [getattr(widgets, name) for name in widgets.__all__ if name != "Explorer"]

every_explorer = pytest.mark.parametrize("explorer", EXPLORERS, ids=lambda cls: cls.module)


def run_node(*arguments: str, given: str = "") -> str:
    if NODE is None:
        pytest.skip("no node on this machine: the explorers' JavaScript was not run")
    done = subprocess.run([NODE, *arguments], cwd=ROOT, input=given, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def javascript(code: str, value: object) -> object:
    """What `code`, an expression of `value`, gives when the module `code` names has been imported as `js`."""
    read = 'import { readFileSync } from "node:fs"; const value = JSON.parse(readFileSync(0, "utf8"));'
    return json.loads(run_node("--input-type=module", "-e", f"{read} {code}", given=json.dumps(value)))


def test_nodes_own_tests_pass():
    files = sorted(str(file.relative_to(ROOT)) for file in (ROOT / "tests/js").glob("*.test.js"))
    assert files
    report = run_node("--test", *files)
    assert int(re.search(r"# pass (\d+)", report)[1]) >= len(files)


# Matrices


def matrices() -> torch.Tensor:
    """200 real 2 x 2 matrices: random ones, some of rank one, some symmetric, some with entries far apart."""
    A = torch.randn(200, 2, 2, dtype=torch.float64, generator=torch.Generator().manual_seed(0))
    A[:20] = A[:20, :, :1] @ A[:20, :1, :]
    A[20:40] += A[20:40].mT.clone()
    A[40:60] *= torch.logspace(-8, 8, 20, dtype=torch.float64)[:, None, None]
    A[60:80, 0] *= 1e-6
    return A


def browser_norms(A: torch.Tensor, x: torch.Tensor) -> dict[str, torch.Tensor]:
    code = """
    import { induced, maximizer, powerIteration } from "./gencourse/widgets/js/matrix2.js";
    const orders = ["1", "2", "inf"];
    console.log(JSON.stringify({
      norms: value.A.map((A) => orders.map((p) => induced(A, p))),
      best: value.A.map((A) => orders.map((p) => maximizer(A, p))),
      gains: value.A.map((A, i) => powerIteration(A, value.x[i], 12).map(({ gain }) => gain)),
    }));
    """
    found = javascript(code, {"A": A.tolist(), "x": x.tolist()})
    return {name: torch.tensor(values, dtype=torch.float64) for name, values in found.items()}


def test_the_browser_finds_the_norms_that_the_package_finds():
    A = matrices()
    x = torch.randn(200, 2, dtype=torch.float64, generator=torch.Generator().manual_seed(1))
    found = browser_norms(A, x)
    for i, p in enumerate((1, 2, math.inf)):
        exact = norms.induced(A, p)
        assert (found["norms"][:, i] / exact - 1).abs().max() <= 1e-12
        best = found["best"][:, i]
        assert (norms.vector(best, p) - 1).abs().max() <= 1e-12
        assert (norms.vector((A @ best[..., None])[..., 0], p) / exact - 1).abs().max() <= 1e-12
    gains = torch.stack(list(norms.power_iteration(A, x, steps=12)), dim=-1)
    assert (found["gains"] / gains - 1).abs().max() <= 1e-12


# One source, two hosts


@every_explorer
def test_what_a_notebook_gets_is_one_module_that_renders(explorer, tmp_path):
    assert "import {" not in explorer._esm
    assert all((JS / f"{name}.css").read_text() in explorer._css for name in ("explorers", explorer.module))
    (tmp_path / "one.mjs").write_text(explorer._esm, encoding="utf-8")
    code = "import(process.argv[1]).then((module) => console.log(typeof module.default.render))"
    assert run_node("-e", code, str(tmp_path / "one.mjs")).strip() == "function"


def test_modules_become_one_text_each_taken_in_once_whatever_their_private_names(tmp_path):
    modules = {
        "a": 'import { f } from "./b.js";\nimport {\n  c,\n} from "./c.js";\nconsole.log(f(2), c);\n',
        "b": 'import { c } from "./c.js";\nconst own = 10;\nexport const f = (x) => own * x + c;\n',
        "c": 'console.log("once");\nconst own = 1;\nexport function g() {}\nexport const c = own;\n',
    }
    for name, text in modules.items():
        (tmp_path / f"{name}.js").write_text(text)
    (tmp_path / "one.mjs").write_text(one_module(tmp_path / "a.js"))
    assert run_node(str(tmp_path / "one.mjs")).split("\n")[:2] == ["once", "21 1"]


@pytest.mark.parametrize("line", ['import a from "./a.js";', 'import "./a.js";', "export { a };", "export let a = 1;"])
def test_a_form_of_import_that_would_be_lost_is_refused(line, tmp_path):
    (tmp_path / "a.js").write_text(f"{line}\n")
    with pytest.raises(ValueError, match=r"a\.js: expected"):
        one_module(tmp_path / "a.js")


@every_explorer
def test_an_explorer_is_a_widget_for_a_notebook_and_a_figure_for_a_page(explorer):
    data, _ = explorer()._repr_mimebundle_()
    assert {"application/vnd.jupyter.widget-view+json", "text/html", "text/plain"} <= data.keys()
    page = BeautifulSoup(data["text/html"], "html.parser")
    (host,) = page.select("div.explorer")
    assert (JS / f"{host['data-module']}.js").is_file()
    state = json.loads(host["data-state"])
    assert state == explorer().state() and len(state) > 1 and not any(name.startswith("_") for name in state)
    assert len(state["description"]) >= 60 and not page.select("script")


@every_explorer
def test_an_explorer_has_a_still_picture_with_words_and_says_why_it_is_still(explorer):
    first, second = (explorer().html() for _ in range(2))
    assert first == second  # no date and no random name: a build can be repeated
    still = BeautifulSoup(first, "html.parser").select_one(".explorer-still")
    assert len(still.img["alt"]) >= 40 and "moves on the website" in still.p.get_text()
    address = unescape(still.img["src"])
    assert address.startswith("data:image/svg+xml,") and not re.search(r'[\s#<>"]', address.replace(" ", ""))


@every_explorer
def test_the_state_goes_to_the_browser_and_back(explorer):
    there = explorer()
    other = explorer()
    other.set_state(there.state())  # as a notebook's message does
    assert other.state() == there.state()


def test_the_state_of_a_unit_ball_is_checked():
    ball = widgets.UnitBall(A=torch.tensor([[1, 2], [3, 4]]), p=math.inf, x=[1, -1], k=3)
    assert ball.A == [[1.0, 2.0], [3.0, 4.0]] and ball.state()["p"] == "inf"
    wrong = {"A": [[1, 2]], "p": 3, "x": [0, 0], "k": 0}
    for name, value in [*wrong.items(), ("A", [[1, 2], [3, 10]]), ("A", [[1, 2], [3]]), ("A", [[1j, 0], [0, 1]])]:
        with pytest.raises(traitlets.TraitError, match=name):
            setattr(ball, name, value)
    assert ball.A == [[1.0, 2.0], [3.0, 4.0]]


# The extension of the site

CONF = """
extensions = ["myst_nb", "explorers"]
html_theme = "basic"
exclude_patterns = ["_build"]
nb_execution_mode = "force"
nb_execution_raise_on_error = True
nb_mime_priority_overrides = [["html", "text/html", 0]]
"""


def test_a_page_with_an_explorer_loads_its_modules_and_nothing_of_jupyters(tmp_path):
    notebook = nbformat.v4.new_notebook()
    source = "import gencourse as gc\ngc.widgets.UnitBall()"
    notebook.cells = [nbformat.v4.new_markdown_cell("# Moves"), nbformat.v4.new_code_cell(source)]
    (tmp_path / "inner").mkdir()
    nbformat.write(notebook, tmp_path / "inner/moves.ipynb")
    (tmp_path / "index.md").write_text("# Still\n\n```{toctree}\ninner/moves\n```\n")
    (tmp_path / "conf.py").write_text(CONF)
    env = os.environ | {"PYTHONPATH": str(ROOT / "book/_ext"), "PYTHONDONTWRITEBYTECODE": "1"}
    command = [sys.executable, "-m", "sphinx", "-W", str(tmp_path), str(tmp_path / "_build/html")]
    log = subprocess.run(command, env=env, capture_output=True, text=True)
    assert log.returncode == 0, log.stdout + log.stderr

    html = tmp_path / "_build/html"
    page, still = ((html / name).read_text(encoding="utf-8") for name in ("inner/moves.html", "index.html"))
    assert page.count('<div class="explorer"') == 1 and 'import("../_static/explorers/site.js")' in page
    assert "https://" not in re.sub(r'src="data:[^"]*"', "", "".join(re.findall(r"<(?:script|link)[^>]*>", page)))
    assert "widget-state" not in page and "widget-view" not in page
    assert all(f"explorers/{name}.css" in page for name in ("explorers", "unit_ball")) and "live_gan.css" not in page
    assert "site.js" not in still and "explorers.css" not in still
    for file in JS.iterdir():
        assert (html / "_static/explorers" / file.name).read_bytes() == file.read_bytes()
