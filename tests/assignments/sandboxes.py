"""The sandboxes that tests of the grader go through; the limits and the question that they share."""

import json

import pytest

from gencourse.assign.inside import Limits
from gencourse.assign.sandbox import obstacle

LIMITS = Limits(cell=30, notebook=200, memory=3 * 2**30, disk=24 * 2**20, processes=70, files=300)
SANDBOXES = ["bwrap", pytest.param("container", marks=pytest.mark.podman)]

needs_bubblewrap = pytest.mark.skipif(obstacle() is not None, reason="needs bubblewrap")


def seen(kernel, expression):
    """The value of an expression in a kernel, through JSON."""
    ran = kernel.run("", ask={"seen": f"__import__('json').dumps({expression})"})
    return json.loads(ran.values["seen"].strip("'").replace("\\'", "'").replace("\\\\", "\\"))
