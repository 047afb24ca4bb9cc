"""What a norm accepts, what it gives back, and how it names what is wrong."""

import math

import numpy as np
import pytest
import torch
from matrices import FUNCTIONS, INF

from gencourse import norms


@pytest.mark.parametrize("name", FUNCTIONS)
def test_kinds_of_input(name):
    f, expected = FUNCTIONS[name], FUNCTIONS[name](torch.tensor([[1.0, 2.0], [3.0, -4.0]]))
    A = np.array([[1, 2], [3, -4]])
    frozen = A.copy()
    frozen.flags.writeable = False
    backwards = np.ascontiguousarray(A[::-1])[::-1]  # a negative stride
    for same in (A, A.astype("float32"), A.astype("float16"), frozen, backwards, torch.tensor(A)):
        torch.testing.assert_close(f(same), expected)
    if name != "power_iteration":
        torch.testing.assert_close(f(A.tolist()), expected)
    assert f(torch.tensor(A).double()).dtype == torch.float64
    assert f(torch.tensor(A).to(torch.complex128)).dtype == torch.float64
    assert f(torch.ones(2, 3, dtype=torch.bool)).dtype == torch.float32
    assert f(torch.ones(2, 2, dtype=torch.complex64).mH).dtype == torch.float32  # a lazy conjugate


@pytest.mark.parametrize("name", FUNCTIONS)
def test_the_input_is_left_as_it_was(name):
    A = torch.randn(3, 4, generator=torch.Generator().manual_seed(0))
    before = A.clone()
    FUNCTIONS[name](A)
    assert torch.equal(A, before)


BAD = {
    "empty": torch.zeros(0, 3),
    "empty batch": torch.zeros(0, 2, 2),
    "no columns": np.zeros((3, 0)),
    "nan": [[1.0, math.nan]],
    "inf": [[1.0, -INF]],
    "complex nan": [[1.0, complex(0, math.nan)]],
    "text": "abc",
    "texts": [["a", "b"]],
    "none": None,
    "objects": np.array([[None, 1]]),
    "ragged": [[1.0, 2.0], [3.0]],
    "dict": {},
    "too large": [[10**40]],
    "scalar": 3.0,
}
OF_MATRIX = {
    "induced": lambda A: norms.induced(A, 1),
    "spectral": norms.spectral,
    "frobenius": norms.frobenius,
    "nuclear": norms.nuclear,
    "schatten": lambda A: norms.schatten(A, 3),
    "entrywise": lambda A: norms.entrywise(A, 3),
    "dual": lambda A: norms.dual(A, 1),
    "condition_number": norms.condition_number,
    "interpolation_bounds": lambda A: norms.interpolation_bounds(A, 3),
    "maximizer": lambda A: norms.maximizer(A, INF),
    "power_iteration": norms.power_iteration,
}


@pytest.mark.parametrize("name", OF_MATRIX)
@pytest.mark.parametrize("bad", [*BAD, "one axis"])
def test_a_wrong_matrix_is_named(name, bad):
    with pytest.raises(ValueError, match=r"^A: expected .*, got "):
        OF_MATRIX[name](BAD.get(bad, [1.0, 2.0]))


@pytest.mark.parametrize("bad", BAD)
def test_a_wrong_vector_is_named(bad):
    with pytest.raises(ValueError, match=r"^x: expected .*, got "):
        norms.vector(BAD[bad], 2)
    with pytest.raises(ValueError, match=r"^x0: expected .*, got "):
        norms.power_iteration(torch.eye(2), x0=BAD[bad] if bad != "none" else [[None, 1.0]])


@pytest.mark.parametrize("p", [0, 0.5, -1, -INF, math.nan, "fro", "2", "inf", b"2", None, [1, 2], 2j])
def test_a_wrong_p_is_named(p):
    any_p = (norms.vector, norms.schatten, norms.entrywise, norms.interpolation_bounds)
    for f in (*any_p, norms.induced, norms.maximizer, norms.dual, norms.condition_number):
        with pytest.raises(ValueError, match=r"^p: expected .*, got "):
            f([[1.0]], p)


@pytest.mark.parametrize("p", [1.5, 3, 1e300])
def test_a_p_with_no_known_formula_is_refused(p):
    for f in (norms.induced, norms.maximizer, norms.dual, norms.condition_number):
        with pytest.raises(ValueError, match=r"^p: expected one of 1, 2, inf, got "):
            f(torch.eye(2), p)


def test_p_may_be_any_kind_of_number():
    for p in (2, 2.0, np.float32(2), np.int64(2), torch.tensor(2.0)):
        assert norms.induced([[3.0, 4.0]], p) == 5 == norms.vector([3.0, 4.0], p)


@pytest.mark.parametrize("steps", [0, -1, 2.0, None, True, "3"])
def test_wrong_steps_are_named(steps):
    with pytest.raises(ValueError, match=r"^steps: expected a whole number >= 1"):
        norms.power_iteration(torch.eye(2), steps=steps)


@pytest.mark.parametrize("x0", [[0.0, 0.0], [1.0], [1.0, 2.0, 3.0], [[1.0, 2.0]] * 3, [[1.0, 1.0], [0.0, 0.0]]])
def test_a_wrong_start_is_named(x0):
    with pytest.raises(ValueError, match=r"^x0: expected"):
        norms.power_iteration(torch.eye(2).expand(2, 2, 2), x0=x0)
