"""The checks behind `gc.check`: `chapter_02.check_2_3(f)` judges the reader's answer to exercise 2.3.

A check takes the reader's answer, usually a function. It returns None when the answer is right, otherwise one
hint, a sentence that says what is wrong with this answer. It may assume that the answer behaves: exceptions, and
answers that are still missing, are the concern of `gencourse.literate.check`.
"""

from typing import Any

import torch


def close(got: Any, expected: Any, rtol: float = 1e-5, atol: float = 1e-7) -> bool:
    """Whether an answer is a number or an array of numbers with the expected shape and values.

    >>> close(0.1 + 0.2, 0.3), close([1, 2], torch.tensor([1.0, 2.5])), close("one", 1)
    (True, False, False)
    """
    try:
        got, expected = (torch.as_tensor(x).detach().cpu().to(torch.complex128) for x in (got, expected))
    except (TypeError, ValueError, RuntimeError):
        return False
    return got.shape == expected.shape and torch.allclose(got, expected, rtol=rtol, atol=atol)
