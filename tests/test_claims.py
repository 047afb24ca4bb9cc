"""A claim compares the worst of what it is given with a bound that could fail, and always shows what it found."""

import contextlib
import json
import math

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from IPython.core.interactiveshell import InteractiveShell
from IPython.utils.capture import capture_output

import gencourse as gc
from gencourse.claims import MIME

LABEL = "thm-column-sum"
WHAT = "largest error"
finite = st.floats(-1e6, 1e6)
several = st.lists(finite, min_size=1, max_size=6)


@pytest.fixture(scope="module")
def shell():
    yield InteractiveShell.instance()
    InteractiveShell.clear_instance()


def run(shell, source: str) -> list[dict]:
    """What a cell of a notebook displays: the data of each output."""
    shell.user_ns["gc"] = gc
    with capture_output() as captured:
        result = shell.run_cell(source)
    assert isinstance(result.error_in_exec, AssertionError | None), result.error_in_exec
    return [output.data for output in captured.outputs]


def record(shell, bound: str, value: str) -> dict:
    (output,) = run(shell, f"claim = gc.claim('{LABEL}', '{WHAT}', {bound})\nclaim.measured({value})")
    return output[MIME]


# --- the verdict


@given(several, finite)
def test_the_verdict_is_that_of_the_worst_value(values, bound):
    kinds = [
        ("at_most", max(values), max(values) <= bound),
        ("at_least", min(values), min(values) >= bound),
        ("within", max(map(abs, values)), max(map(abs, values)) <= abs(bound)),
    ]
    for kind, worst, holds in kinds:
        claim = gc.claim(LABEL, WHAT, **{kind: abs(bound) if kind == "within" else bound})
        if holds:
            assert claim.measured(*values) == worst
        else:
            with pytest.raises(AssertionError, match=f"{LABEL}: {WHAT}: measured .*{worst:.6g}".replace("+", r"\+")):
                claim.measured(*values)


@given(several)
def test_a_value_on_the_bound_holds_and_the_next_number_does_not(values):
    lowest, highest = min(values), max(values)
    gc.claim(LABEL, WHAT, at_least=lowest, at_most=highest).measured(*values)
    with pytest.raises(AssertionError):
        gc.claim(LABEL, WHAT, at_most=math.nextafter(highest, -math.inf)).measured(*values)
    with pytest.raises(AssertionError):
        gc.claim(LABEL, WHAT, at_least=math.nextafter(lowest, math.inf)).measured(*values)


@pytest.mark.parametrize("far", [-3.0, 9.0])
def test_of_a_range_the_value_farthest_outside_is_the_worst(far):
    with pytest.raises(AssertionError, match=f"measured {far:g}, expected at least 0, at most 2"):
        gc.claim(LABEL, WHAT, at_least=0, at_most=2).measured(-1, 1, 3, far)


@pytest.mark.parametrize("bound", [{"within": 1e300}, {"at_most": 1e300}, {"at_least": -1e300}])
def test_nan_never_holds_wherever_it_stands(bound):
    for values in ([math.nan], [0.0, math.nan], [math.nan, 0.0], [math.inf, math.nan], [-math.inf, math.nan]):
        with pytest.raises(AssertionError, match="measured nan"):
            gc.claim(LABEL, WHAT, **bound).measured(torch.tensor(values))


def test_infinity_holds_on_the_open_side_alone():
    gc.claim(LABEL, WHAT, at_least=1e300).measured(math.inf)
    gc.claim(LABEL, WHAT, at_most=-1e300).measured(-math.inf)
    for bound in ({"within": 1e300}, {"at_most": 1e300}, {"at_least": 1e300}):
        with pytest.raises(AssertionError):
            gc.claim(LABEL, WHAT, **bound).measured(-math.inf if "at_least" in bound else math.inf)


@pytest.mark.parametrize(
    ("value", "bound", "shown"),
    [
        (5.0271, {"at_least": 5, "at_most": 5.02754}, "5.027,"),  # 5.03 would lie above
        (0.99996, {"at_most": 1}, "1,"),
        (0.99996, {"at_most": 0.9999}, "1,"),
        (0.99994, {"at_most": 0.99993, "at_least": 0}, "1,"),
        (1.00004, {"at_most": 1}, "1.00004,"),
        (2.03, {"at_least": 1.3}, "2.03,"),
        (math.inf, {"at_least": 1}, "inf,"),
        (1956624, {"within": 2e6}, "1,956,624,"),
    ],
)
def test_what_is_shown_lies_on_the_same_side_of_the_bound(capsys, value, bound, shown):
    with contextlib.suppress(AssertionError):
        gc.claim(LABEL, WHAT, **bound).measured(value)
    assert capsys.readouterr().out.splitlines()[1].split()[0] == shown


# --- what can be measured


@pytest.mark.parametrize("dtype", [torch.bool, torch.uint8, torch.int64, torch.bfloat16, torch.float32, torch.float64])
@pytest.mark.parametrize("shape", [(), (2,), (2, 1, 3)])
def test_a_tensor_of_any_kind_and_shape_is_all_its_entries(dtype, shape):
    x = torch.zeros(shape, dtype=dtype)
    x.view(-1)[-1] = 1
    claim = gc.claim(LABEL, WHAT, at_most=1)
    assert claim.measured(x) == 1
    with pytest.raises(AssertionError):
        gc.claim(LABEL, WHAT, within=0.5).measured(x)


def test_numbers_arrays_and_lists_keep_double_precision():
    near = 1 + 1e-15
    for value in (near, np.float64(near), np.array([1, near]), [1, near], torch.tensor(near, dtype=torch.float64)):
        assert gc.claim(LABEL, WHAT, at_most=2).measured(0, value) == near
        with pytest.raises(AssertionError):
            gc.claim(LABEL, WHAT, at_most=1).measured(0, value)


def test_an_error_may_be_complex_and_a_limit_may_not():
    z = torch.tensor([3 + 4j, 1j])
    assert gc.claim(LABEL, WHAT, within=5).measured(z, 1 + 1j) == 5
    with pytest.raises(ValueError, match="complex"):
        gc.claim(LABEL, WHAT, at_most=5).measured(z)


def test_a_tensor_with_a_gradient_is_measured_and_left_as_it_was():
    x = torch.tensor([1.0, -2.0], requires_grad=True)
    y = x * 2
    assert gc.claim(LABEL, WHAT, within=4).measured(y) == 4
    assert y.requires_grad and y.tolist() == [2, -4]


@pytest.mark.parametrize("values", [(), ([],), (torch.empty(0, 3),)])
def test_nothing_measured_is_refused(values):
    with pytest.raises(ValueError, match="at least one measured value"):
        gc.claim(LABEL, WHAT, within=1).measured(*values)


# --- bounds that could not fail


@pytest.mark.parametrize(("arguments", "bound"), [
    (("Theorem 1", WHAT), {"within": 1}), (("ex-2-1", WHAT), {"within": 1}), ((LABEL, "  "), {"within": 1}),
    ((LABEL, WHAT), {}), ((LABEL, WHAT), {"within": -1}), ((LABEL, WHAT), {"within": math.inf}),
    ((LABEL, WHAT), {"at_most": math.nan}), ((LABEL, WHAT), {"at_least": -math.inf}),
    ((LABEL, WHAT), {"within": 1, "at_most": 2}), ((LABEL, WHAT), {"at_least": 2, "at_most": 1}),
])  # fmt: skip
def test_a_claim_that_says_nothing_is_refused(arguments, bound):
    with pytest.raises(ValueError, match="expected"):
        gc.claim(*arguments, **bound)


def test_a_bound_is_named_and_cannot_be_changed():
    with pytest.raises(TypeError):
        gc.claim(LABEL, WHAT, 1e-12)
    claim = gc.claim(LABEL, WHAT, within=1)
    with pytest.raises(AttributeError):
        claim.within = 2


# --- the record


def test_the_record_is_complete_and_can_be_stored(shell):
    found = record(shell, "at_most=2.5", "1, 2")
    assert json.loads(json.dumps(found, allow_nan=False)) == found
    assert found | {"seconds": 0} == {
        "label": LABEL, "quantity": WHAT, "bound": "at most 2.5", "measured": 2.0, "shown": "2",
        "holds": True, "seconds": 0,
    }  # fmt: skip
    assert set(found) == {"label", "quantity", "bound", "measured", "shown", "holds", "seconds"}


def test_a_reader_sees_one_line_of_text_beside_the_record(shell):
    (output,) = run(shell, f"gc.claim('{LABEL}', '{WHAT}', within=1e-12).measured(4.44e-16)")
    assert output["text/plain"] == "largest error:\n    4.44e-16, expected within 1e-12 of 0: holds"
    assert set(output) == {"text/plain", MIME}


def test_a_failing_claim_shows_its_record_all_the_same(shell):
    assert record(shell, "at_most=1", "2")["holds"] is False
    assert record(shell, "within=1", "float('nan')") | {"seconds": 0, "holds": None} == {
        "label": LABEL, "quantity": WHAT, "bound": "within 1 of 0", "measured": "nan", "shown": "nan",
        "holds": None, "seconds": 0,
    }  # fmt: skip
    (output,) = run(shell, f"gc.claim('{LABEL}', '{WHAT}', at_least=1).measured(0.5)")
    assert output["text/plain"] == "largest error:\n    0.5, expected at least 1: FAILS"


def test_two_quantities_of_one_statement_leave_two_records(shell):
    one, two = (f"gc.claim('{LABEL}', '{name}', within=7).measured({x})" for name, x in (("good", 0), ("bad", 7)))
    outputs = run(shell, f"{one}\n{two}")
    assert [output[MIME]["quantity"] for output in outputs] == ["good", "bad"]


def test_the_seconds_run_from_the_bound_to_the_verdict(shell):
    waiting = f"import time\ntime.sleep(0.2)\nc = gc.claim('{LABEL}', '{WHAT}', within=1)\ntime.sleep(0.05)\n"
    (output,) = run(shell, waiting + "c.measured(0)")
    assert 0.05 <= output[MIME]["seconds"] < 0.2


@pytest.mark.parametrize(("bound", "text"), [
    ({"within": 0}, "exactly 0"), ({"within": 1e-12}, "within 1e-12 of 0"),
    ({"at_most": 1_956_624}, "at most 1,956,624"),
    ({"at_least": 0.5, "at_most": 2.0}, "at least 0.5, at most 2"), ({"at_least": math.log(2)}, "at least 0.693147"),
])  # fmt: skip
def test_the_bound_reads_as_words(bound, text):
    assert gc.claim(LABEL, WHAT, **bound).bound == text


def test_outside_a_notebook_the_line_is_printed(capsys, monkeypatch):
    monkeypatch.setattr("IPython.core.getipython.get_ipython", lambda: None)
    gc.claim(LABEL, WHAT, at_least=1_000).measured(1234)
    assert capsys.readouterr().out == "largest error:\n    1,234, expected at least 1,000: holds\n"
