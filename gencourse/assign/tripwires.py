"""Signs that a submission plays with the tests in place of the questions. They raise a flag for a person, no more.

A student's code shares a kernel with the tests, so it can always cheat there, and change its own score alone. What is
watched from outside: the objects that the tests use stay the same objects, a test that must fail fails, and the text
of the answers names nothing that an answer has no need of.
"""

import ast
import builtins
import re
from collections.abc import Iterator
from threading import Lock

# What has no place in an answer: ways to the kernel, to the tests' source, to frames, processes and others' names.
REACHES = """
    get_ipython InteractiveShell ast_transformers __builtins__ builtins In _ih linecache settrace setprofile _getframe
    inspect traceback ctypes atexit excepthook signal subprocess multiprocessing socket system popen fork kill killpg
    _exit spawn pickle marshal importlib unittest mock __code__ __globals__ __subclasses__ nbgrader
"""
REACHES = frozenset(REACHES.split())
CALLS = {"eval", "exec", "compile", "__import__", "setattr", "delattr", "globals", "vars"}
COMPARES = {f"__{name}__" for name in "eq ne lt le gt ge sub rsub abs bool float array_ufunc torch_function".split()}
HARMLESS = re.compile(r"^\s*(%%?(matplotlib|timeit|time|config|pip|load_ext|autoreload)\b|!\s*pip\b).*$", re.M)
UNPARSED = (SyntaxError, ValueError, TypeError, RecursionError, MemoryError)
ONE_AT_A_TIME = Lock()  # the parser of Python 3.11 confuses the depths of two threads: gh-106905
MAGIC = re.compile(r"^\s*[!%].*$", re.M)


def suspicions(source: str) -> list[str]:
    """What a student's code names that an answer has no need of.

    >>> suspicions("import torch\\ntorch.isclose = lambda *a: True\\nget_ipython()")
    ['changes torch.isclose', 'uses get_ipython']
    """
    source = HARMLESS.sub("", source)
    shell = [f"runs {line.strip()[:40]}" for line in MAGIC.findall(source)]
    if (tree := parsed(source)) is None:
        return shell
    modules = {alias.asname or alias.name.split(".")[0] for alias in aliases(tree)}
    return sorted({*shell, *(said for node in ast.walk(tree) for said in suspicion(node, modules))})


def aliases(tree: ast.AST) -> Iterator[ast.alias]:
    """What the import statements bring in."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import | ast.ImportFrom):
            yield from node.names


def suspicion(node: ast.AST, modules: set[str]) -> Iterator[str]:
    """What is odd about one node of the syntax tree."""
    match node:
        case ast.FunctionDef(name=name) if name in COMPARES:
            yield f"defines {name}"
        case ast.Constant(value=str(name)) if name in REACHES | COMPARES:
            yield f"spells {name}"
        case ast.Name(id=name) | ast.Attribute(attr=name) if name in REACHES:
            yield f"uses {name}"
        case ast.Call(func=ast.Name(id=name)) if name in CALLS:
            yield f"calls {name}"
        case ast.Attribute(ctx=ast.Store() | ast.Del()) if root(node) in modules:
            yield f"changes {ast.unparse(node)}"
        case ast.Import(names=names):
            yield from (f"imports {part.name}" for part in names if REACHES & set(part.name.split(".")))
        case ast.ImportFrom(module=module, names=names):
            parts = {*(module or "").split("."), *(part.name for part in names)}
            yield from (f"imports {name}" for name in sorted(REACHES & parts))


def root(node: ast.AST) -> str:
    """The name that a chain of attributes begins with."""
    while isinstance(node, ast.Attribute | ast.Subscript | ast.Call):
        node = node.func if isinstance(node, ast.Call) else node.value
    return node.id if isinstance(node, ast.Name) else ""


# Runs in the student's kernel, in a namespace of its own.
LOOK = """
import builtins, sys

def find(path):
    parts = path.split(".")
    for n in range(len(parts), 0, -1):
        if ".".join(parts[:n]) in sys.modules:
            thing = sys.modules[".".join(parts[:n])]
            for name in parts[n:]:
                thing = getattr(thing, name, None)
            return thing

def mark(thing):
    return id(thing), id(getattr(thing, "__code__", None))

seen = {path: mark(find(path)) for path in paths}
for owner in ["builtins", *owners]:
    seen.update({owner + "." + name: mark(thing) for name, thing in dict(vars(find(owner) or object)).items()})
shell = find("IPython").get_ipython()
hooks = [shell.ast_transformers, shell.input_transformers_post, shell.input_transformers_cleanup]
hooks += [shell.events.callbacks[name] for name in ("pre_execute", "pre_run_cell")]
seen["IPython's hooks"] = [[id(hook) for hook in some] for some in hooks]
ways = ("run_cell", "run_ast_nodes", "showtraceback")
seen["IPython's ways"] = sorted(vars(shell).keys() & set(ways)), [mark(getattr(type(shell), way)) for way in ways]
seen["tracing"] = [sys.gettrace() is None, sys.getprofile() is None]
own = dict(shell.user_ns)
seen.update({"your " + name: id(own.get(name)) for name in given})
seen["names"] = [name for name in shadowed if name in own]
"""


class Tripwires:
    """What the tests of a problem set rely on, and how to ask a kernel whether it is still so."""

    def __init__(self, setup: str, tests: list[str]):
        trees = [tree for source in (setup, *tests) if (tree := parsed(source))]
        self.modules = sorted({name for tree in trees for name in imported(tree)})
        used = {node.id for tree in trees[1:] for node in ast.walk(tree) if isinstance(node, ast.Name)}
        names = [node for node in ast.walk(parsed(setup)) if isinstance(node, ast.Name)]
        bound = {node.id for node in names if isinstance(node.ctx, ast.Store)}
        owners = [name for name, top in (("torch.Tensor", "torch"), ("math", "math")) if top in self.modules]
        self.wanted = {
            "paths": sorted({path for tree in trees for path in chains(tree)}),
            "owners": owners,
            "given": sorted(used & bound),
            "shadowed": sorted(used & set(vars(builtins))),
        }
        self.before: dict = {}

    @property
    def imports(self) -> str:
        """What brings in the modules that the tests use, so that they can be looked at."""
        return "\n".join(f"try: import {name}\nexcept ImportError: pass" for name in self.modules)

    @property
    def question(self) -> str:
        """An expression whose value says how things are."""
        return f"(lambda n: (exec({LOOK!r}, n), n['seen'])[1])({self.wanted!r})"

    def start(self, answer: str | None) -> None:
        """Remember how things were before the student's first cell."""
        self.before = read(answer)

    def changed(self, answer: str | None) -> list[str]:
        """What has changed since then."""
        now = read(answer)
        if not now or not self.before:
            return ["the kernel no longer tells how things are"]
        replaced = [name for name, mark in self.before.items() if now.get(name) != mark and name != "names"]
        # A method that a tensor inherits is overridden by a new name.
        replaced += [name for name in now if name.startswith("torch.Tensor.__") and name not in self.before]
        shadows = [f"has its own {name}, which a test uses" for name in now["names"]]
        return [f"changes {name}" for name in replaced] + shadows


def parsed(source: str) -> ast.AST | None:
    """The syntax tree of a cell, without magics; None where there is none."""
    try:
        with ONE_AT_A_TIME:
            return ast.parse(MAGIC.sub(lambda line: re.match(r"\s*", line[0])[0] + "pass", source))
    except UNPARSED:
        return None


def read(answer: str | None) -> dict:
    """The kernel's answer, which the student may have written: never evaluated, only read."""
    try:
        with ONE_AT_A_TIME:
            told = ast.literal_eval(answer or "")
    except UNPARSED:
        return {}
    return told if isinstance(told, dict) and isinstance(told.get("names"), list) else {}


def imported(tree: ast.AST) -> Iterator[str]:
    """The modules that a cell imports."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module


def chains(tree: ast.AST) -> Iterator[str]:
    """The full names of what a cell takes from the modules that it imports, such as torch.linalg.norm."""
    full = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            full |= {a.asname or a.name.split(".")[0]: a.name if a.asname else a.name.split(".")[0] for a in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            full |= {alias.asname or alias.name: f"{node.module}.{alias.name}" for alias in node.names}
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute | ast.Name) and (start := root(node)) in full:
            if "(" not in (said := ast.unparse(node)) and "[" not in said:
                yield full[start] + said.removeprefix(start)
