"""What raises a flag, and what an honest student may do without one."""

import pytest
from sandboxes import needs_bubblewrap

from gencourse.assign.inside import Limits
from gencourse.assign.kernel import Kernel
from gencourse.assign.tripwires import Tripwires, chains, parsed, suspicions

SETUP = "import torch\nimport gencourse as gc\n\nSEED = 0"
TEST = "import torch as _torch\nfrom math import isclose as _isclose\n\n"
TEST += "assert _isclose(f(SEED), 3) and _torch.linalg.norm(f(2)) < abs(f(1))"
HONEST = """
import os, time
import matplotlib.pyplot as plt
import numpy as np
import torch.nn.functional as F
from torch import nn
%matplotlib inline
%%time
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.layer = nn.Linear(2, 2)
        self.layer.weight.data = torch.zeros(2, 2)
    def forward(self, x):
        return F.relu(self.layer(x))
net = Net().eval()
for p in net.parameters():
    p.grad = None
torch.manual_seed(0)
plt.plot([1, 2]); plt.show()
print(torch.compile, np.linalg.norm([3, 4]))
"""


@pytest.mark.parametrize(
    ("source", "said"),
    [
        ("get_ipython().ast_transformers.append(x)", "uses get_ipython"),
        ("class A:\n    def __eq__(self, other): return True", "defines __eq__"),
        ("A = type('A', (), {'__eq__': lambda *a: True})", "spells __eq__"),
        ("from unittest.mock import ANY", "imports unittest"),
        ("import torch.nn as nn\nnn.functional.relu = abs", "changes nn.functional.relu"),
        ("import sys\nsys._getframe(1)", "uses _getframe"),
        ("exec('x = 1')", "calls exec"),
        ("!curl example.org", "runs !curl example.org"),
        ("%%javascript\nalert(1)", "runs %%javascript"),
        ("print(_ih)", "uses _ih"),
    ],
)
def test_what_an_answer_has_no_need_of_is_named(source, said):
    assert said in suspicions(source)


def test_honest_code_raises_no_suspicion():
    assert suspicions(HONEST) == []


@pytest.mark.parametrize("source", ["def f(:", "x" * 10 + "\0", "(" * 500, "", "-" * 5000 + "1"])
def test_code_that_does_not_parse_is_no_reason_to_fail(source):
    assert suspicions(source) == []


def test_the_full_names_of_what_a_test_uses_are_found():
    found = set(chains(parsed(TEST)))
    assert {"math.isclose", "torch.linalg.norm"} <= found


@needs_bubblewrap
def test_wires_stay_untouched_by_honest_code_and_tell_what_was_changed():
    wires = Tripwires(SETUP, [TEST])
    with Kernel("bwrap", Limits()) as kernel:

        def look():
            return kernel.run("", ask={"look": wires.question}, remember=False).values.get("look")

        kernel.run(SETUP)
        kernel.run(wires.imports, remember=False)
        wires.start(look())
        assert kernel.run(HONEST.replace("%%time\n", "")).error is None
        assert wires.changed(look()) == []
        changes = {
            "SEED = 7": ["changes your SEED"],
            "def abs(x): return 0": ["has its own abs, which a test uses"],
            "import math; math.isclose = lambda *a: True": ["changes math.isclose"],
            "torch.linalg.norm = lambda *a: 0": ["changes torch.linalg.norm"],
            "torch.Tensor.__lt__ = lambda *a: True": ["changes torch.Tensor.__lt__"],
            "import ast; get_ipython().ast_transformers.append(ast.NodeTransformer())": ["changes IPython's hooks"],
            "get_ipython().input_transformers_post.append(lambda lines: lines)": ["changes IPython's hooks"],
            "get_ipython().input_transformers_cleanup.append(lambda lines: lines)": ["changes IPython's hooks"],
            "get_ipython().events.register('pre_run_cell', lambda *a: None)": ["changes IPython's hooks"],
            "type(get_ipython()).showtraceback = lambda *a, **k: None": ["changes IPython's ways"],
            "get_ipython().showtraceback = lambda *a, **k: None": ["changes IPython's ways"],
            "import sys; sys.setprofile(lambda *a: None)": ["changes tracing"],
        }
        for code, expected in changes.items():
            wires.start(look())
            assert kernel.run(code).error is None
            assert set(expected) <= set(wires.changed(look())), code
        kernel.run("import builtins; builtins.id = lambda x: 1")
        assert "changes builtins.id" in wires.changed(look())


def test_an_answer_that_was_made_up_is_only_read():
    wires = Tripwires(SETUP, [TEST])
    wires.start("{'names': [], 'a': 1}")
    for told in (None, "", "__import__('os').abort()", "{'names': 3}", "[" * 10_000):
        assert wires.changed(told) == ["the kernel no longer tells how things are"]
    assert wires.changed("{'names': [], 'a': 1}") == []
