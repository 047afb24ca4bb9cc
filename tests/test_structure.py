"""The shape of the repository: the straight line of imports, cheap imports, short files, sources that exist."""

import ast
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
MODULES = sorted((ROOT / "gencourse").rglob("*.py"))
PROSE = sorted([*ROOT.glob("*.md"), *(ROOT / "book").glob("*.md"), *(ROOT / "chapters").glob("*.ipynb")])
NOTEBOOKS = sorted((ROOT / "chapters").glob("*.ipynb"))

# A module imports only from its left.
ORDER = "assets norms losses models data metrics training recipes plots exercises claims literate widgets assign cli"
ORDER = [*ORDER.split(), "__init__", "__main__"]
# Imported inside the function that needs them: `import gencourse` must not wait for a plotting library.
HEAVY = {"torchmetrics", "sklearn", "scipy", "matplotlib", "IPython", "ipywidgets", "pooch", "tqdm"}
HEAVY |= {"lightning_fabric", "tensorboard", "tyro", "anywidget", "nbformat", "nbclient", "nbgrader"}
# A package that is never imported by `import gencourse` and is about one light library may import it at the top.
AT_HOME = {"widgets": {"anywidget"}, "assign": {"nbformat"}}


def relative(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def imported(file: Path, nodes) -> list[str]:
    """The full names of what the import statements among `nodes` bring in."""
    parts = file.relative_to(ROOT).with_suffix("").parts
    names = []
    for node in nodes:
        if isinstance(node, ast.Import):
            names += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            base = [*parts[: -node.level], *filter(None, [node.module])] if node.level else [node.module]
            names += [".".join([*base, alias.name]) for alias in node.names]
    return names


def at_import(tree: ast.AST):
    """The nodes that run when the module is imported: all but the bodies of functions."""
    for node in ast.iter_child_nodes(tree):
        if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
            yield node
            yield from at_import(node)


@pytest.mark.parametrize("file", MODULES, ids=relative)
def test_a_module_imports_only_from_its_left(file):
    # A command line uses everything and nothing uses it, wherever its file lies.
    own = "__main__" if file.stem == "__main__" else file.relative_to(ROOT / "gencourse").with_suffix("").parts[0]
    assert own in ORDER, f"give {own} its place in ORDER"
    for name in imported(file, ast.walk(ast.parse(file.read_text(encoding="utf-8")))):
        top, _, rest = name.partition(".")
        if top == "gencourse":
            other = rest.split(".")[0]
            other = other if other in ORDER else "__init__"
            assert ORDER.index(other) <= ORDER.index(own), f"{own} imports {name}, which is to its right"


@pytest.mark.parametrize("file", MODULES, ids=relative)
def test_a_heavy_library_is_imported_where_it_is_used(file):
    names = imported(file, at_import(ast.parse(file.read_text(encoding="utf-8"))))
    allowed = AT_HOME.get(file.parent.name, set())
    assert not {name.split(".")[0] for name in names} & HEAVY - allowed


def run_python(code: str) -> str:
    return subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True).stdout


def test_the_import_loads_no_heavy_library():
    code = "import sys, gencourse; print(*{name.split('.')[0] for name in sys.modules})"
    assert not set(run_python(code).split()) & HEAVY


def test_the_import_costs_little_more_than_torch():
    def cpu_seconds(statement: str) -> float:
        # The smallest of several: a busy machine only ever adds to the processor's time.
        return min(float(run_python(f"import time; {statement}; print(time.process_time())")) for _ in range(3))

    assert cpu_seconds("import gencourse as gc") <= cpu_seconds("import torch") + 0.15


@pytest.mark.parametrize("file", [*MODULES, *sorted((ROOT / "book").rglob("*.py"))], ids=relative)
def test_a_file_is_short_enough_to_read(file):
    assert len(file.read_text(encoding="utf-8").splitlines()) <= 300


@pytest.mark.parametrize("name", ["README.md", "CHANGELOG.md", "LICENSE", "CITATION.cff"])
def test_what_a_repository_needs_is_there(name):
    assert (ROOT / name).read_text(encoding="utf-8").strip()


def bibliography() -> set[str]:
    return set(re.findall(r"^@\w+\{([^,\s]+),", (ROOT / "book/references.bib").read_text(encoding="utf-8"), re.M))


@pytest.mark.parametrize("file", [*MODULES, *PROSE], ids=relative)
def test_every_cited_source_is_in_the_bibliography(file):
    text = file.read_text(encoding="utf-8")
    cited = set(re.findall(r"[\[ ]([a-z]+\d{4}[a-z]?)[,\]]", text)) if file.suffix == ".py" else set()
    for keys in re.findall(r"\{cite(?::\w+)?\}`([^`]+)`", text):
        cited |= {key.strip() for key in keys.split(",")}
    assert cited <= bibliography()


def text_files() -> list[Path]:
    """What is stored in the repository, or would be: git knows, and ignores what is built."""
    # safe.directory: the clone may belong to somebody else, as in a container.
    command = ["git", "-c", "safe.directory=*", "ls-files", "--cached", "--others", "--exclude-standard"]
    listed = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    if listed.returncode:
        pytest.skip("this is not a git checkout")
    suffixes = {".py", ".md", ".ipynb", ".yml", ".toml", ".txt", ".json", ".cff", ""}
    files = [ROOT / name for name in listed.stdout.splitlines()]
    return [file for file in files if file.is_file() and file.suffix in suffixes and "vendor" not in file.parts]


def test_no_file_names_somebodys_machine():
    paths = re.compile(r"(?<![\w.])/(?:work|root|home/\w+|Users/\w+|tmp/\w+)/")
    found = {relative(f): paths.findall(f.read_text(encoding="utf-8")) for f in text_files()}
    assert {name: hits for name, hits in found.items() if hits} == {}


def test_the_repositorys_address_is_the_one_in_the_config():
    import yaml

    url = yaml.safe_load((ROOT / "_config.yml").read_text(encoding="utf-8"))["repository"]["url"]
    owner_and_name = re.compile(r"https://github\.com/[\w.-]+/gencourse\b")
    for file in text_files():
        assert set(owner_and_name.findall(file.read_text(encoding="utf-8"))) <= {url}, relative(file)


@pytest.mark.parametrize(("no_skips", "expected"), [(False, 0), (True, 1)])
def test_a_skip_is_a_failure_where_everything_is_installed(no_skips, expected, tmp_path, monkeypatch):
    import conftest

    (tmp_path / "test_it.py").write_text("import pytest\ndef test_it():\n    pytest.skip('no browser')\n")
    monkeypatch.setattr(conftest, "NO_SKIPS", no_skips)
    options = ["-q", "--import-mode=importlib", "-p", "no:cacheprovider", "-c", os.devnull, f"--rootdir={tmp_path}"]
    assert pytest.main([*options, str(tmp_path)], plugins=[conftest]) == expected
