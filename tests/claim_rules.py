"""What a claim cell must be, so that its verdict can be trusted. Each rule gives its complaints, in words.

    claim = gc.claim("thm-column-sum", "largest relative error", within=1e-12)
    A = random_matrices(5, 4)
    claim.measured(gc.norms.induced(A, 1) / A.abs().sum(-2).amax(-1) - 1)

A rule reads the source of the cell and of the code cells before it; it runs nothing.
"""

import ast
import re
from dataclasses import dataclass

from dataflow import Trace, dotted, free_names

STATEMENT = re.compile(
    r"^(?P<fence>[`:]{3,})\{prf:(?:definition|theorem|proposition|lemma|corollary)\}(?P<body>.*?)^(?P=fence)\s*$",
    re.MULTILINE | re.DOTALL,
)
SAME_SIDES = {"equal", "allclose", "isclose", "sub"}  # functions that compare their first two arguments


@dataclass
class Measurement:
    """One `gc.claim(...)` at the top level of a cell, and its `.measured(...)`; both with their statement's number."""

    claim: ast.Call
    claimed_at: int
    values: list[ast.expr] | None = None
    measured_at: int = -1


def is_claim(node: ast.AST | None) -> bool:
    return isinstance(node, ast.Call) and dotted(node.func) == ["gc", "claim"]


def is_measured(node: ast.AST | None) -> bool:
    return isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "measured"


def measurements(trace: Trace) -> list[Measurement]:
    """The claims of the last cell in order, as far as they stand at its top level."""
    found, by_name = [], {}
    for at, statement in enumerate(trace.modules[-1].body, trace.first):
        value = getattr(statement, "value", None)
        if is_claim(value) and isinstance(statement, ast.Assign) and isinstance(statement.targets[0], ast.Name):
            found.append(Measurement(value, at))
            by_name[statement.targets[0].id] = found[-1]
        elif is_measured(value):
            owner = value.func.value
            if is_claim(owner):
                found.append(Measurement(owner, at, value.args, at))
            elif isinstance(owner, ast.Name) and owner.id in by_name:
                by_name[owner.id].values, by_name[owner.id].measured_at = value.args, at
    return found


def without_statement_or_cell(stated: list[str], tagged: list[str]) -> list[str]:
    """Statements and claim cells of one notebook belong together one to one."""
    lost = [f"{label} is stated, and no cell measures it" for label in stated if label not in tagged]
    lost += [f"{label} is measured, and not stated" for label in tagged if label not in stated]
    return lost + [f"{label} is there twice" for x in (stated, tagged) for label in set(x) if x.count(label) > 1]


def unsourced(statement: str) -> list[str]:
    """A statement cites where it comes from, or says that it is this course's own."""
    return [] if re.search(r"\{cite|\bthis course\b", statement) else ["cites no source, nor says `this course`"]


def misnamed(trace: Trace, label: str) -> list[str]:
    """Each claim of the cell names the statement of the cell's tag."""
    named = [ast.unparse(node.args[0]) for node in ast.walk(trace.modules[-1]) if is_claim(node) and node.args]
    if not named:
        return ["asserts nothing"]
    return [f"names {name}, and its tag {label}" for name in named if name != repr(label)]


def uncertain(trace: Trace) -> list[str]:
    """Each claim is made and measured at the top level of the cell: nothing can jump over it or swallow its error."""
    found = measurements(trace)
    nodes = list(ast.walk(trace.modules[-1]))
    complaints = ["a claim is never measured" for m in found if m.values is None]
    if sum(map(is_claim, nodes)) > len(found):
        complaints.append("a claim is not assigned to a name at the top level")
    if sum(map(is_measured, nodes)) > len(found) - len(complaints):
        complaints.append("`.measured` does not stand at the top level, once for each claim")
    return complaints


def bounds(trace: Trace, m: Measurement) -> dict[str, float | None]:
    return {k.arg: trace.constant(k.value, m.claimed_at - 1) for k in m.claim.keywords}


def late(trace: Trace) -> list[str]:
    """The bound is a number known beforehand, and the cell computes nothing before it has written it down."""
    found = measurements(trace)
    complaints = [f"{k} is computed" for m in found for k, value in bounds(trace, m).items() if value is None]
    for at in range(trace.first, found[0].claimed_at if found else 0):
        if not isinstance(trace.statements[at], ast.Import | ast.ImportFrom | ast.FunctionDef):
            complaints += ["something is computed before the bound"] if trace.computed(trace.statements[at], at) else []
    return complaints


def empty(trace: Trace) -> list[str]:
    """What is measured comes from the package, a library or data, and not from the bound or from nothing."""
    complaints = []
    for m in measurements(trace):
        for value in m.values or []:
            if not trace.computed(value, m.measured_at - 1):
                complaints.append(f"measures a constant: {ast.unparse(value)}")
    return complaints


def reach(trace: Trace, m: Measurement, names=free_names) -> list[ast.AST]:
    """The measured expressions, and what feeds the `names` in them within this cell."""
    found, new = [], [(value, m.measured_at - 1) for value in m.values or []]
    while new:
        node, at = new.pop()
        if node not in found:
            found.append(node)
            feeding = [source for name in names(node) for source in trace.of(name, at) if source.at >= trace.first]
            new += [(s.node, at if isinstance(s.node, ast.FunctionDef) else s.at - s.anew) for s in feeding]
    return found


def passing(node: ast.AST):
    """`node` and the parts whose value may be its own: x and max(x, 0) in max(x, 0).abs(), not x in x - y."""
    yield node
    chain = (dotted(node.func) or []) if isinstance(node, ast.Call) else []
    if not isinstance(node, ast.BinOp | ast.Compare) and len(chain) <= 2 and chain[:1] not in (["gc"], ["F"]):
        for child in ast.iter_child_nodes(node):
            yield from passing(child)


def passed_on(node: ast.AST) -> set[str]:
    return {part.id for part in passing(node) if isinstance(part, ast.Name)}


def cuts(call: ast.Call) -> tuple[list[ast.expr], list[ast.expr]]:
    """What keeps the value of a call from being smaller, and what from being larger: 0 and 1 in x.clamp(0, 1)."""
    chain = dotted(call.func) or [getattr(call.func, "attr", "")]
    name, keywords = chain[-1], {k.arg: k.value for k in call.keywords}
    if name in ("clamp", "clip"):
        ends = call.args[1:] if chain[0] in ("torch", "np") else call.args
        return [*ends[:1], *filter(None, [keywords.get("min")])], [*ends[1:], *filter(None, [keywords.get("max")])]
    sides = {"min": "high", "minimum": "high", "fmin": "high", "max": "low", "maximum": "low", "fmax": "low"}
    several = len(chain) == 1 and len(call.args) > 1 if name in ("min", "max") else True  # x.max(0) is over an axis
    low, high = (call.args if several and sides.get(name) == side else [] for side in ("low", "high"))
    return low, high


def clipped(trace: Trace) -> list[str]:
    """No measured value is cut off where its bound would begin to fail."""
    complaints = []
    for m in measurements(trace):
        limits = {k: v for k, v in bounds(trace, m).items() if v is not None}
        upper, lower = limits.get("at_most", limits.get("within")), limits.get("at_least")
        for call in (n for node in reach(trace, m, passed_on) for n in passing(node) if isinstance(n, ast.Call)):
            low, high = ([trace.constant(end, m.measured_at - 1) for end in ends] for ends in cuts(call))
            above = upper is not None and any(c is not None and c <= upper for c in high)
            below = lower is not None and any(c is not None and c >= lower for c in low)
            if above or below:
                complaints.append(f"is clipped by its bound: {ast.unparse(call)}")
    return complaints


def circular(trace: Trace) -> list[str]:
    """Nothing measured is compared with itself, or multiplied by zero."""
    alias = {s.name: s.node.id for s in trace.feeds if s.anew and s.at >= trace.first and isinstance(s.node, ast.Name)}

    def text(node: ast.AST) -> str:
        return re.sub(r"\w+", lambda word: alias.get(word[0], word[0]), ast.unparse(node))

    complaints = []
    for node in (n for m in measurements(trace) for start in reach(trace, m) for n in ast.walk(start)):
        pair = []
        if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Sub | ast.Div):
            pair = [node.left, node.right]
        elif isinstance(node, ast.Compare):
            pair = [node.left, node.comparators[0]]
        elif isinstance(node, ast.Call) and (dotted(node.func) or [""])[-1] in SAME_SIDES:
            pair = node.args[:2]
        if len(pair) == 2 and text(pair[0]) == text(pair[1]):
            complaints.append(f"is compared with itself: {ast.unparse(node)}")
    for node in (n for m in measurements(trace) for start in reach(trace, m, passed_on) for n in passing(start)):
        if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Mult) and "0" in (text(node.left), text(node.right)):
            complaints.append(f"is zero whatever happens: {ast.unparse(node)}")
    return complaints


def complaints(source: str, label: str, before: list[str]) -> list[str]:
    """All that is wrong with the claim cell `source`, tagged `claim:label`, behind the code cells `before`."""
    trace = Trace([*before, source])
    rules = (uncertain, late, empty, clipped, circular)
    return [*misnamed(trace, label), *(complaint for rule in rules for complaint in rule(trace))]
