"""How the notebooks are written: clean, numbered in order, each figure described. Claims: `test_claim_cells`."""

import re
from collections import Counter
from pathlib import Path

import nbformat
import pytest
import setup_cells
import yaml

ROOT = Path(__file__).parent.parent
FILES = sorted((ROOT / "chapters").glob("*.ipynb"))
NOTEBOOKS = {file.stem: nbformat.read(file, as_version=4) for file in FILES}
SHORT = {"00_generative_models", "22_questions"}  # an overview and a summary: fewer exercises
TAGS = re.compile(r"remove-cell|hide-input|hide-output|raises-exception|claim:\S+")

every_notebook = pytest.mark.parametrize("name", NOTEBOOKS)


def cells(name: str, kind: str) -> list:
    return [cell for cell in NOTEBOOKS[name].cells if cell.cell_type == kind]


def prose(name: str) -> str:
    return "\n".join(cell.source for cell in cells(name, "markdown"))


def tags(cell) -> list[str]:
    return cell.metadata.get("tags", [])


def test_the_table_of_contents_lists_every_notebook_and_no_other():
    toc = yaml.safe_load((ROOT / "book/_toc.yml").read_text(encoding="utf-8"))
    files = [toc["root"]] + [entry["file"] for part in toc["parts"] for entry in part["chapters"]]
    chapters = [file.removeprefix("chapters/") for file in files if file.startswith("chapters/")]
    assert chapters == list(NOTEBOOKS)  # and in reading order
    assert all(list(ROOT.glob(f"{file}.*")) for file in files)


@every_notebook
def test_it_is_stored_as_valid_notebook_without_outputs(name):
    nbformat.validate(NOTEBOOKS[name])
    for cell in cells(name, "code"):
        assert cell.outputs == [] and cell.execution_count is None, cell.id


@every_notebook
def test_its_cells_have_names_that_stay(name):
    ids = [cell.id for cell in NOTEBOOKS[name].cells]
    assert len(set(ids)) == len(ids)
    number = name.split("_")[0]
    assert [i for i in ids if not re.fullmatch(rf"{number}-[a-z0-9]+(-[a-z0-9]+)*", i)] == []


@every_notebook
def test_its_title_begins_with_its_number(name):
    number = int(name.split("_")[0])
    assert re.match(rf"# {number or '0.3'} · \S", NOTEBOOKS[name].cells[0].source)


@every_notebook
def test_it_begins_with_its_goals(name):
    opening = NOTEBOOKS[name].cells[0].source.lower()
    goals = (r"you will\W+(?!learn|need)\w", "you will learn", "you (will )?need")
    assert [words for words in goals if not re.search(words, opening)] == []


@every_notebook
def test_its_first_code_cell_installs_the_course_on_colab(name):
    cell = cells(name, "code")[0]
    assert cell.source == setup_cells.setup_source(), "run `make urls`"
    assert tags(cell) == ["remove-cell"]


@every_notebook
def test_its_tags_are_known(name):
    # Among the unknown: skip-execution and nbval-skip, with which a cell would go untested.
    assert [t for cell in NOTEBOOKS[name].cells for t in tags(cell) if not TAGS.fullmatch(t)] == []


def test_a_label_is_used_once_in_the_whole_book():
    labels = [label for name in NOTEBOOKS for label in re.findall(r"^:label: (\S+)", prose(name), re.M)]
    assert [label for label, count in Counter(labels).items() if count > 1] == []


def shows_a_figure(cell) -> bool:
    return "plt.show()" in cell.source


def shows_an_explorer(cell) -> bool:
    return re.search(r"^gc\.widgets\.", cell.source, re.M) is not None  # and is not one of a computation


@every_notebook
def test_every_figure_has_a_caption_a_name_and_a_text_for_those_who_cannot_see_it(name):
    for cell in filter(shows_a_figure, cells(name, "code")):
        about = cell.metadata.get("mystnb", {})
        assert len(about.get("image", {}).get("alt", "")) >= 20, cell.id
        assert len(about.get("figure", {}).get("caption", "")) >= 10, cell.id
        assert re.fullmatch(r"fig-[a-z0-9-]+", about.get("figure", {}).get("name", "")), cell.id
        assert cell.source.count("plt.show()") == 1, f"{cell.id}: one figure in a cell"


@every_notebook
def test_every_explorer_ends_its_cell_and_has_a_caption_and_a_name(name):
    for cell in filter(shows_an_explorer, cells(name, "code")):
        assert cell.source.splitlines()[-1].startswith("gc.widgets."), f"{cell.id}: what ends the cell is shown"
        figure = cell.metadata.get("mystnb", {}).get("figure", {})  # the explorer describes itself
        assert len(figure.get("caption", "")) >= 10 and re.fullmatch(r"fig-[a-z0-9-]+", figure.get("name", "")), cell.id


def test_a_figure_has_a_name_of_its_own():
    names = [c.metadata.mystnb.figure.name for n in NOTEBOOKS for c in cells(n, "code") if "mystnb" in c.metadata]
    assert len(set(names)) == len(names)


@every_notebook
def test_its_code_hides_no_output(name):
    for cell in cells(name, "code"):
        # nbval and the site do not agree on what a final semicolon or a cleared output leaves.
        assert not cell.source.rstrip().endswith(";"), cell.id
        assert not re.search(r"%%capture|clear_output|warnings\.(simplefilter|filterwarnings)", cell.source), cell.id


@every_notebook
def test_its_exercises_are_numbered_in_order_and_solved(name):
    chapter = int(name.split("_")[0])
    exercises = re.findall(r"^:label: (ex-\S+)", prose(name), re.M)
    assert exercises == [f"ex-{chapter}-{k + 1}" for k in range(len(exercises))]
    assert len(exercises) >= 3 or name in SHORT
    solutions = re.findall(r"\{solution(?:-start)?\} (\S+)", prose(name))
    assert Counter(solutions) == Counter(exercises)
    folded = re.findall(r"\{solution(?:-start)?\} \S+\n:class: dropdown", prose(name))
    assert len(folded) == len(solutions)
    assert prose(name).count("{solution-start}") == prose(name).count("{solution-end}")
