"""The claims of the notebooks: each statement has its source and its cell, and each verdict could have been another."""

import re

import pytest
from claim_rules import STATEMENT, complaints, unsourced, without_statement_or_cell
from test_notebooks import NOTEBOOKS, cells, every_notebook, prose, tags

BEFORE = [
    "import math\nimport numpy as np\nimport torch\nimport torch.nn.functional as F\nimport gencourse as gc",
    "images, _, _ = gc.data.fashion_mnist()\nTOLERANCE = 1e-6\nx = torch.randn(3, 4)\nf = gc.norms.vector",
]
CLAIM = "claim = gc.claim('thm-a', 'error', within=1e-6)\n"


def labels(name: str) -> tuple[list[str], list[str]]:
    """Those of the statements and those of the claim cells of a notebook."""
    stated = [re.search(r"^:label: (\S+)", found["body"], re.M) for found in STATEMENT.finditer(prose(name))]
    tagged = [label for cell in cells(name, "code") for label in claimed(cell)]
    return [label[1] if label else "a statement without a label" for label in stated], tagged


def claimed(cell) -> list[str]:
    """The labels that the cell is tagged to measure."""
    return [tag.removeprefix("claim:") for tag in tags(cell) if tag.startswith("claim:")]


@every_notebook
def test_every_statement_is_measured_once_and_every_claim_is_stated(name):
    assert len(labels(name)[0]) == len(re.findall(r"\{prf:(?:def|the|prop|lem|cor)\w+\}", prose(name)))
    assert without_statement_or_cell(*labels(name)) == []


@every_notebook
def test_every_statement_has_a_source_or_is_the_courses_own(name):
    assert {found[0]: unsourced(found[0]) for found in STATEMENT.finditer(prose(name)) if unsourced(found[0])} == {}


@every_notebook
def test_the_verdict_of_every_claim_could_be_another(name):
    code, found = cells(name, "code"), {}
    for k, cell in enumerate(code):
        for label in claimed(cell):
            assert "raises-exception" not in tags(cell), f"{cell.id}: a claim that fails would go unnoticed"
            found[cell.id] = complaints(cell.source, label, [c.source for c in code[:k]])
    assert {cell: wrong for cell, wrong in found.items() if wrong} == {}


def test_a_claim_outside_of_a_claim_cell_has_no_tag_and_no_place_in_the_ledger():
    claiming = [cell for name in NOTEBOOKS for cell in cells(name, "code") if "gc.claim(" in cell.source]
    assert [cell.id for cell in claiming if not claimed(cell)] == []


# --- the rules themselves, on cells that they must refuse and cells that they must let pass

BAD = [
    ("asserts nothing", "error = f(x) - x.abs().sum(-1)\nassert error.abs().max() < 1e-6"),
    ("names 'thm-b'", "c = gc.claim('thm-b', 'error', within=1)\nc.measured(f(x))"),
    ("never measured", CLAIM + "f(x)"),
    ("never measured", CLAIM + "two = gc.claim('thm-a', 'b', at_most=1)\ntwo.measured(f(x))"),
    ("at the top level", CLAIM + "if x.sum() > 0:\n    claim.measured(f(x))"),
    ("at the top level", CLAIM + "for p in (1, 2):\n    claim.measured(f(x, p))"),
    ("at the top level", CLAIM + "def g():\n    claim.measured(f(x))"),
    ("at the top level", CLAIM + "try:\n    claim.measured(f(x))\nexcept AssertionError:\n    pass"),
    ("at the top level", "for k in (1,):\n    gc.claim('thm-a', 'e', within=1).measured(f(x, k))"),
    ("within is computed", "error = f(x)\nclaim = gc.claim('thm-a', 'e', within=error.max())\nclaim.measured(error)"),
    ("at_most is computed", "b = x.std()\nclaim = gc.claim('thm-a', 'e', at_most=2 * b)\nclaim.measured(f(x))"),
    ("at_most is computed", "b = 1.0\nb += x.std()\nclaim = gc.claim('thm-a', 'e', at_most=b)\nclaim.measured(f(x))"),
    ("before the bound", "error = f(x)\n" + CLAIM + "claim.measured(error)"),
    ("constant", CLAIM + "claim.measured(1e-9)"),
    ("constant", CLAIM + "claim.measured(TOLERANCE / 2)"),
    ("constant", CLAIM + "error = 0.0\nfor k in range(5):\n    error += 0.0\nclaim.measured(error)"),
    ("constant", CLAIM + "claim.measured(torch.zeros(3).abs().max())"),
    ("constant", CLAIM + "claim.measured(torch.zeros_like(f(x)))"),
    ("constant", CLAIM + "def g(A):\n    return math.sqrt(0)\nclaim.measured(g(1))"),
    ("constant", CLAIM + "error = f(x)\nerror = 0.0\nclaim.measured(error)"),
    ("clipped", CLAIM + "claim.measured(min(f(x).max(), 1e-6))"),
    ("clipped", CLAIM + "claim.measured(f(x).clamp(max=TOLERANCE))"),
    ("clipped", CLAIM + "error = torch.clamp(f(x), 0, 1e-7)\nclaim.measured(error.max().item())"),
    ("clipped", "c = gc.claim('thm-a', 'e', at_least=1)\nc.measured(max(2.0, f(x).max()))"),
    ("clipped", CLAIM + "def g(e):\n    return min(e, 1e-6)\nclaim.measured(g(f(x).max()))"),
    ("itself", CLAIM + "claim.measured(f(x) - f(x))"),
    ("itself", CLAIM + "y = f(x)\nclaim.measured(y / y - 1)"),
    ("itself", CLAIM + "y = f(x)\nz = y\nerror = (y - z).abs()\nclaim.measured(2 * error)"),
    ("itself", CLAIM + "y = f(x)\nclaim.measured(1 - torch.isclose(y, y).float())"),
    ("zero", CLAIM + "claim.measured(0 * f(x))"),
]  # fmt: skip

GOOD = [
    CLAIM + "claim.measured(f(x) - x.abs().sum(-1), f(x, 2) ** 2 - (x**2).sum(-1))",
    "# rounding\ntiny = 2 * 10**-6\nclaim = gc.claim('thm-a', 'e', within=tiny)\nclaim.measured(images.float().mean())",
    "c = gc.claim('thm-a', 'ratio', at_least=1 / 3, at_most=math.sqrt(2))\nc.measured(np.linalg.norm(x) / f(x, 2))",
    "from scipy.special import gamma\n" + CLAIM + "def g(n):\n    return gamma(n)\nclaim.measured(*map(g, (1, 2)))",
    CLAIM + "norm = torch.linalg.vector_norm\nclaim.measured(norm(torch.tensor([3.0, 4.0])) - 5)",
    CLAIM + "errors = []\nfor p in (1, 2):\n    errors.append(f(x, p))\nclaim.measured(*errors)",
    CLAIM + "worst = 0.0\nfor p in (1, 2):\n    worst = max(worst, f(x, p).max().item())\nclaim.measured(worst)",
    CLAIM + "wrong = 0\nfor k in (1, 2):\n    wrong += F.conv1d(x, x).shape[-1] != k\nclaim.measured(wrong)",
    CLAIM + "J = torch.zeros(3, 3)\nJ[0, 0] = f(x)[0]\nclaim.measured(J)",
    CLAIM + "worst = claim.measured(f(images.float().clamp(0, 1e-7) - x, 1))\nprint(worst)",
    "gc.claim('thm-a', 'gain', at_most=1).measured(f(x))",
    CLAIM + "bad = gc.claim('thm-a', 'bad', at_least=2)\nclaim.measured(F.relu(x))\nbad.measured(x.exp())",
    "%matplotlib inline\n" + CLAIM + "claim.measured(*(a - b for a, b in zip(x, f(x))))",
]  # fmt: skip


@pytest.mark.parametrize(("complaint", "source"), BAD)
def test_a_claim_whose_verdict_means_nothing_is_refused(complaint, source):
    assert any(complaint in found for found in complaints(source, "thm-a", BEFORE)), complaints(source, "thm-a", BEFORE)


@pytest.mark.parametrize("source", GOOD)
def test_a_claim_whose_verdict_could_be_another_passes(source):
    assert complaints(source, "thm-a", BEFORE) == []


def test_statements_and_cells_must_match_one_to_one():
    assert without_statement_or_cell(["thm-a", "def-b"], ["def-b", "thm-a"]) == []
    one, two = ["thm-a"], ["thm-a", "thm-a"]
    for stated, tagged in ((one, []), ([], one), (two, one), (one, two), (two, two)):
        assert without_statement_or_cell(stated, tagged) != []


def test_a_statement_names_its_source_or_the_course():
    assert unsourced("For all $x$, $x = x$.") and unsourced("Of course, $x = x$.")
    assert not unsourced("For all $x$, $x = x$ {cite:p}`a2000`.")
    assert not unsourced("The generator of this course has 3 weights.")
