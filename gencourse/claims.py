"""A claim cell: a bound written down first, then a measurement, then a verdict that the ledger page collects."""

import math
import re
from dataclasses import dataclass, field
from time import perf_counter
from typing import Any

import numpy as np
import torch

# The cell's output carries the record in this form beside its text; `book/_ext/ledger.py` reads it.
MIME = "application/vnd.gencourse.claim+json"
Number = int | float
LABEL = re.compile(r"(def|thm|prp|lem|cor)(-[a-z0-9]+)+")


class Measured(float):
    """A number that a cell does not display when it ends with it: the record has said it already."""

    def _ipython_display_(self) -> None:
        pass


@dataclass(frozen=True)
class Claim:
    """What a statement promises of one measured quantity; `measured` gives the verdict.

    Raises:
        ValueError: a label that no statement can have, no quantity, or bounds that could not fail: none, not
            finite, the lower one above the upper one, or `within` beside another or below 0.
    """

    label: str
    quantity: str
    within: Number | None = None
    at_most: Number | None = None
    at_least: Number | None = None
    started: float = field(default_factory=perf_counter, repr=False)

    def __post_init__(self) -> None:
        bounds = [b for b in (self.within, self.at_most, self.at_least) if b is not None]
        if not LABEL.fullmatch(self.label):
            raise ValueError(f"label: expected the label of a statement, such as 'thm-column-sum', got {self.label!r}")
        if not self.quantity.strip():
            raise ValueError("quantity: expected words that say what is measured, and in which unit")
        if not bounds or not all(math.isfinite(b) for b in bounds):
            raise ValueError(f"bound: expected finite numbers for within, at_most or at_least, got {bounds}")
        if self.within is not None and (len(bounds) > 1 or self.within < 0):
            raise ValueError("within: expected one number >= 0, and no other bound beside it")
        if len(bounds) == 2 and self.at_least > self.at_most:
            raise ValueError(f"at_least: expected at most {self.at_most} (at_most), got {self.at_least}")

    @property
    def bound(self) -> str:
        """The bound in words.

        >>> Claim("thm-a", "gain", at_most=2).bound, Claim("thm-a", "error", within=1e-12).bound
        ('at most 2', 'within 1e-12 of 0')
        >>> Claim("thm-a", "repeated vectors", within=0).bound, Claim("thm-a", "ratio", at_least=0.5, at_most=2).bound
        ('exactly 0', 'at least 0.5, at most 2')
        """
        if self.within is not None:
            return f"within {in_words(self.within, 6)} of 0" if self.within else "exactly 0"
        limits = {"at least": self.at_least, "at most": self.at_most}
        return ", ".join(f"{words} {in_words(limit, 6)}" for words, limit in limits.items() if limit is not None)

    def measured(self, *values: Any) -> float:
        """Compare the worst of `values` with the bound; show the record and return the worst.

        A value is a number, a tensor, an array or a list of numbers. Worst is what lies farthest out: the largest
        for `at_most`, the smallest for `at_least`, the largest modulus for `within`. NaN never holds.

        Raises:
            AssertionError: the bound does not hold; the record is shown all the same.
            ValueError: no value, or a complex one for a bound on one side.
        """
        x = torch.cat([self._numbers(value) for value in values or [[]]])
        if x.numel() == 0:
            raise ValueError(f"{self.label}: expected at least one measured value")
        worst = self._worst(x.amin().item(), x.amax().item())  # NaN if one entry is
        self._show(worst)
        if not self._holds(worst):
            raise AssertionError(f"{self.label}: {self.quantity}: measured {worst:.6g}, expected {self.bound}")
        return Measured(worst)

    def _numbers(self, value: Any) -> torch.Tensor:
        """All entries of `value` in float64; their moduli where the bound is on the modulus."""
        # NumPy reads what is no tensor, because torch would round a float of Python to float32.
        x = value.detach().cpu() if isinstance(value, torch.Tensor) else torch.from_numpy(np.array(value))
        if x.is_complex() and self.within is None:
            raise ValueError(f"{self.label}: expected real values for a bound on one side, got complex ones")
        x = x.to(torch.complex128 if x.is_complex() else torch.float64).flatten()
        return x.abs() if self.within is not None else x

    def _worst(self, smallest: float, largest: float) -> float:
        """The one that lies farther outside the bound, or nearer to it if both are inside."""
        if self.at_least is None:
            return largest
        if self.at_most is None:
            return smallest
        return smallest if self.at_least - smallest > largest - self.at_most else largest

    def _holds(self, worst: float) -> bool:
        upper = self.at_most if self.within is None else self.within
        return (upper is None or worst <= upper) and (self.at_least is None or worst >= self.at_least)

    def _in_words(self, value: float) -> str:
        """The value to three digits, or to as many as it takes to see on which side of the bound it lies."""
        words = [in_words(value, digits) for digits in range(3, 18)]
        return next(w for w in words if self._holds(float(w.replace(",", ""))) == self._holds(value))

    def _show(self, value: float) -> None:
        holds = self._holds(value)
        verdict = "holds" if holds else "FAILS"  # on a line of its own: it must be seen on a narrow page
        text = f"{self.quantity}:\n    {self._in_words(value)}, expected {self.bound}: {verdict}"
        record = {
            "label": self.label,
            "quantity": self.quantity,
            "bound": self.bound,
            "measured": value if math.isfinite(value) else str(value),  # JSON has no infinity
            "shown": self._in_words(value),
            "holds": holds,
            "seconds": perf_counter() - self.started,
        }
        from IPython.core.getipython import get_ipython
        from IPython.display import display

        if get_ipython() is None:
            print(text)
        else:
            display({MIME: record, "text/plain": text}, raw=True)


def in_words(x: Number, digits: int) -> str:
    """`x` to so many significant digits, whole numbers whole: 0.0693, 1e-12, 1,956,624."""
    return f"{x + 0:,.0f}" if math.isfinite(x) and x == round(x) and abs(x) < 1e9 else f"{x:.{digits}g}"


def claim(
    label: str,
    quantity: str,
    *,
    within: Number | None = None,
    at_most: Number | None = None,
    at_least: Number | None = None,
) -> Claim:
    """Write a bound down, for `.measured(...)` to be compared with later in the cell.

    Args:
        label: of the statement, as in its `:label:`.
        quantity: what will be measured, in words, with its unit.
        within: |measured| may be this large: for errors.
        at_most: the largest value that agrees with the statement.
        at_least: the smallest one; with `at_most`, both limits hold.

    Raises:
        ValueError: as `Claim`.

    >>> gain = claim("thm-column-sum", "gain of (1, 0)", within=7)
    >>> gain.measured(3.0, torch.tensor([-6.0, 5.0]))
    gain of (1, 0):
        6, expected within 7 of 0: holds
    6.0
    """
    return Claim(label, quantity, within, at_most, at_least)
