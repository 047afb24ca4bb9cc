"""Where the values of a notebook come from: its names, traced back through the assignments of its cells."""

import ast
import math
import re
from dataclasses import dataclass
from functools import cached_property

OWN = {"gencourse"}
LIBRARIES = OWN | {"torch", "numpy", "scipy", "sklearn", "torchmetrics"}
# They lay out what they are given, or nothing but constants: no computation, no data.
MAKERS = set(
    "tensor as_tensor array asarray zeros ones eye full empty arange linspace stack cat concatenate cartesian_prod "
    "zeros_like ones_like full_like empty_like meshgrid manual_seed Generator no_grad set_default_dtype "
    "claim show check".split()
)
FILLED = {"zeros_like", "ones_like", "full_like", "empty_like"}  # a constant, whatever they are given
CHANGES = {"append", "extend", "add", "update", "insert", "copy_", "add_", "mul_"}  # methods that store their arguments
SCOPES = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda, ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)
SUM = (ast.Constant, ast.UnaryOp, ast.unaryop, ast.BinOp, ast.operator, ast.Name, ast.Attribute, ast.Call, ast.Load)


def parse(source: str) -> ast.Module:
    """The syntax tree of a code cell, lines for IPython alone left out."""
    return ast.parse(re.sub(r"^(\s*)[%!].*$", r"\1pass", source, flags=re.M))


def dotted(node: ast.expr) -> list[str] | None:
    """["gc", "norms", "spectral"] for gc.norms.spectral; None for anything else than names and dots."""
    if isinstance(node, ast.Attribute):
        return before + [node.attr] if (before := dotted(node.value)) else None
    return [node.id] if isinstance(node, ast.Name) else None


def parts(node: ast.AST):
    """`node` and all below it, without what only lends its shape to a constant."""
    yield node
    if not (isinstance(node, ast.Call) and (dotted(node.func) or [""])[-1] in FILLED):
        for child in ast.iter_child_nodes(node):
            yield from parts(child)


def free_names(node: ast.AST) -> set[str]:
    """The names that `node` reads from outside itself."""
    inner = {n.arg for n in ast.walk(node) if isinstance(n, ast.arg)}
    if isinstance(node, SCOPES):
        inner |= {n.id for n in ast.walk(node) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)}
    for part in (n for n in ast.walk(node) if isinstance(n, ast.comprehension)):
        inner |= {n.id for n in ast.walk(part.target) if isinstance(n, ast.Name)}
    return {n.id for n in parts(node) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Load)} - inner


@dataclass(frozen=True)
class Source:
    """`node` feeds `name` in the top-level statement number `at`; `anew` if nothing older can reach past it."""

    name: str
    node: ast.AST
    at: int
    anew: bool


def sources(statement: ast.stmt, at: int):
    """What a top-level statement feeds into which names."""
    if isinstance(statement, ast.FunctionDef | ast.ClassDef):
        yield Source(statement.name, statement, at, True)
        return
    # What a lambda stores comes from whoever calls it, such as the module that it is a hook of.
    deferred = [n for call in ast.walk(statement) if isinstance(call, ast.Lambda) for n in ast.walk(call)]
    for node in ast.walk(statement):
        anew = node is statement and isinstance(node, ast.Assign | ast.AnnAssign)
        if isinstance(node, ast.Import | ast.ImportFrom):
            yield from (Source(alias.asname or alias.name.split(".")[0], node, at, True) for alias in node.names)
        elif isinstance(node, ast.FunctionDef):
            yield Source(node.name, node, at, False)
        elif isinstance(node, ast.Call) and len(chain := dotted(node.func) or []) == 2 and chain[1] in CHANGES:
            yield Source(chain[0], statement if node in deferred else node, at, False)
        elif not isinstance(node, ast.comprehension):  # whose names are its own
            targets = getattr(node, "targets", None) or [getattr(node, "target", getattr(node, "optional_vars", None))]
            value = getattr(node, "value", getattr(node, "iter", getattr(node, "context_expr", None)))
            for target in filter(None, targets) if value else ():
                for leaf in ast.walk(target):
                    if isinstance(leaf, ast.Name):
                        yield Source(leaf.id, value, at, anew and isinstance(leaf.ctx, ast.Store))


class Trace:
    """The cells of a notebook up to one of them, as one program."""

    def __init__(self, cells: list[str]) -> None:
        self.modules = [parse(cell) for cell in cells]

    @cached_property
    def statements(self) -> list[ast.stmt]:
        return [statement for module in self.modules for statement in module.body]

    @cached_property
    def first(self) -> int:
        """The number of the first statement of the last cell."""
        return len(self.statements) - len(self.modules[-1].body)

    @cached_property
    def feeds(self) -> list[Source]:
        return [source for at, statement in enumerate(self.statements) for source in sources(statement, at)]

    def of(self, name: str, at: int) -> list[Source]:
        """What may be in `name` when statement `at` has run: back to the last assignment that replaces it."""
        found = []
        for source in reversed([s for s in self.feeds if s.name == name and s.at <= at]):
            found.append(source)
            if source.anew:
                break
        return found

    def computed(self, node: ast.AST, at: int) -> bool:
        """Whether the value of `node` hangs on a call into the package or a library, and so on data or arithmetic."""
        open_, seen = [(node, at)], set()
        while open_:
            node, at = open_.pop()
            if any(self.is_computation(part, at) for part in parts(node)):
                return True
            for source in {s for name in free_names(node) for s in self.of(name, at)} - seen:
                seen.add(source)
                # A function looks its names up when it is called.
                before = at if isinstance(source.node, ast.FunctionDef) else source.at - source.anew
                open_.append((source.node, before))
        return False

    def is_computation(self, node: ast.AST, at: int) -> bool:
        """Whether `node` is gc.x.y, or a call torch.y(...) and the like, and no mere maker of tensors."""
        chain = dotted(node.func if isinstance(node, ast.Call) else node)
        for source in self.of(chain[0], at) if chain else ():  # norm = torch.linalg.norm
            if isinstance(source.node, ast.Attribute):
                chain = [*(dotted(source.node) or chain[:1]), *chain[1:]]
        if not chain or chain[-1] in MAKERS:
            return False
        imports = [s.node for s in self.of(chain[0], at) if isinstance(s.node, ast.Import | ast.ImportFrom)]
        modules = {(getattr(node, "module", None) or node.names[0].name).split(".")[0] for node in imports}
        return bool(modules & (LIBRARIES if isinstance(node, ast.Call) else OWN)) and chain != ["gc"]

    def constant(self, node: ast.expr, at: int) -> float | None:
        """The value of a number, of arithmetic with numbers and `math`, or of a name for such; None for all else."""
        names = {"math": math}
        for part in ast.walk(node):
            if isinstance(part, ast.Name) and part.id != "math":
                fed = self.of(part.id, at)
                single = len(fed) == 1 and fed[0].anew and isinstance(fed[0].node, ast.expr)
                names[part.id] = self.constant(fed[0].node, fed[0].at - 1) if single else None
                if names[part.id] is None:
                    return None
            elif not isinstance(part, SUM):
                return None
        value = eval(compile(ast.Expression(node), "bound", "eval"), {"__builtins__": {}}, names)
        return value if isinstance(value, int | float) else None
