"""The sandboxes that tests of the grader go through; the limits, the question and the patience that they share."""

import json
import time

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


def soon(condition, seconds=400):
    """Wait until a condition holds, or for so long that something is wrong; no alarm may have come before."""
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.02)
