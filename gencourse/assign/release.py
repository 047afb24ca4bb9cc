"""What students get: the problem set without its answers, by nbgrader's own preprocessors."""

from nbformat import NotebookNode

from .source import Assignment, seeded


def student_version(assignment: Assignment, seed: int | None = None) -> NotebookNode:
    """The notebook that a student gets: solutions are stubs, hidden tests are empty, and the seed is the student's own.

    Args:
        seed: what SEED in the setup cell becomes; by default it stays 0.
    """
    from nbgrader import preprocessors as steps  # here, because it takes a second

    notebook, resources = seeded(assignment.notebook, seed), {}
    # The order of `nbgrader generate_assignment`. The checksums are of what the student gets.
    for step in (
        steps.LockCells,
        steps.ClearSolutions,
        steps.ClearOutput,
        steps.ClearHiddenTests,
        steps.ClearMarkScheme,
        steps.ComputeChecksums,
        steps.CheckCellMetadata,
    ):
        notebook, resources = step().preprocess(notebook, resources)
    return notebook
