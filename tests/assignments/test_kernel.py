"""What a student's kernel may take: its time, its messages, the folder of its sockets."""

import pytest
from sandboxes import LIMITS, SANDBOXES, needs_bubblewrap, seen

from gencourse.assign.inside import Limits
from gencourse.assign.kernel import MESSAGE, Kernel, Stopped
from gencourse.assign.usage import BLOCK, overfull

pytestmark = needs_bubblewrap


@pytest.fixture(params=SANDBOXES)
def isolation(request):
    return request.param


def test_a_cell_that_takes_too_long_is_interrupted_and_the_next_runs(isolation):
    with Kernel(isolation, Limits(cell=1, notebook=90)) as kernel:
        assert kernel.run("while True: pass").interrupted
        assert seen(kernel, "1 + 1") == 2


@pytest.mark.parametrize(
    "cell",
    [
        "import signal\nsignal.signal(signal.SIGINT, signal.SIG_IGN)\nwhile True: pass",
        f"raise ValueError({2 * MESSAGE} * 'x')",  # too large for the grader to take
    ],
)
def test_a_cell_that_gives_no_answer_ends_the_kernel(isolation, cell):
    with Kernel(isolation, Limits(cell=5, notebook=90)) as kernel:
        with pytest.raises(Stopped, match="no answer in 5 s") as stopped:
            kernel.run(cell)
    assert stopped.value.status == "timeout"


def test_a_notebook_has_its_time_whatever_a_cell_has(isolation):
    with Kernel(isolation, Limits(cell=90, notebook=4)) as kernel:
        with pytest.raises(Stopped, match="the notebook took longer than 4 seconds") as stopped:
            kernel.run("import time; time.sleep(100)")
    assert stopped.value.status == "timeout"


def test_a_message_too_large_for_the_grader_is_left_out_and_the_next_ones_come(isolation):
    with Kernel(isolation, Limits(cell=30, notebook=90, output=2**26)) as kernel:
        ran = kernel.run(f"print('x' * {2 * MESSAGE})")
        assert ran.cut and not ran.outputs and ran.error is None
        assert [output.text for output in kernel.run("print(3)").outputs] == ["3\n"]


def test_a_large_file_below_and_many_empty_ones_overfill_a_folder(tmp_path):
    for name in ("sockets", "large/deep", "many"):
        (tmp_path / name).mkdir(parents=True)
    (tmp_path / "sockets/kernel.json").write_text("{}")
    with (tmp_path / "large/deep/one").open("w") as file:
        file.truncate(MESSAGE)
    for k in range(MESSAGE // BLOCK):
        (tmp_path / "many" / str(k)).touch()
    assert [overfull(tmp_path / name, MESSAGE) for name in ("sockets", "large", "many")] == [False, True, True]


def test_files_that_come_and_go_beside_the_sockets_trouble_nobody(isolation):
    with Kernel(isolation, LIMITS) as kernel:
        file = str(kernel.sockets / "one")
        ran = kernel.run(
            "import os, time\nend = time.monotonic() + 3\nwhile time.monotonic() < end:\n"
            f"    open({file!r}, 'w').close()\n    os.remove({file!r})"
        )
    assert ran.error is None
