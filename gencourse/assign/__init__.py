"""Course assignments: from an author's problem set to the students' notebooks, and from their answers to grades."""

from importlib.util import find_spec

if not find_spec("nbgrader"):
    raise ModuleNotFoundError('course assignments need nbgrader: pip install "gencourse[assign]"')

from .mutants import Mutant, mutants, mutated
from .release import student_version
from .repair import repaired
from .source import Assignment, Cell, load

__all__ = ["Assignment", "Cell", "Mutant", "load", "mutants", "mutated", "repaired", "student_version"]
