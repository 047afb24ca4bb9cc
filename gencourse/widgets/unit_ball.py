"""Explorer: unit balls, their images under a 2 x 2 matrix, and power iteration."""

import math

import torch
import traitlets

from .. import norms, plots
from .base import Explorer, numbers

LARGEST, ROUNDS = 9, 12  # as in js/unit_ball.js


class UnitBall(Explorer):
    """The unit ball of a norm and its image under A. The reader moves A, p and a vector x, and steps power iteration.

    Traits: A, a real 2 x 2 matrix with entries in [-9, 9]; p in {1, 2, inf}; x, the direction of the vector, for p = 2
    the start of power iteration; k, its round, from 1 to 12.
    TraitError: a value out of its range, or x = 0.

    >>> UnitBall(A=torch.eye(2), p=math.inf).state()["A"], UnitBall(p=math.inf).state()["p"]
    ([[1.0, 0.0], [0.0, 1.0]], 'inf')
    """

    module = "unit_ball"
    description = traitlets.Unicode(
        "On the left the unit ball of a norm, on the right its image under the matrix A inside the smallest ball that "
        "holds it. An arrow shows the unit vector with the longest image, another the vector x that you choose."
    ).tag(sync=True)
    A = traitlets.Any([[3.0, 0.0], [-4.0, 5.0]]).tag(sync=True)
    p = traitlets.Enum([1, 2, math.inf], 2).tag(
        sync=True, to_json=lambda p, widget: f"{p:g}", from_json=lambda p, widget: float(p)
    )
    x = traitlets.Any([1.0, 0.0]).tag(sync=True)
    k = traitlets.Int(1, min=1, max=ROUNDS).tag(sync=True)

    @traitlets.validate("A")
    def _real_matrix(self, proposal: traitlets.Bunch) -> list:
        return numbers(proposal.value, "A", (2, 2), LARGEST)

    @traitlets.validate("x")
    def _direction(self, proposal: traitlets.Bunch) -> list:
        x = numbers(proposal.value, "x", (2,))
        if x == [0, 0]:
            raise traitlets.TraitError("x: expected a direction, got the zero vector")
        return x

    def picture(self) -> "matplotlib.axes.Axes":
        return plots.unit_ball(self.A, self.p)

    def alt(self) -> str:
        (a, b), (c, d) = self.A
        A = torch.tensor(self.A, dtype=torch.float64)
        x = norms.maximizer(A, self.p).tolist()
        x = x if x[0] >= 0 else [-v for v in x]  # as in the picture
        return (
            f"The unit ball for p = {self.p:g} and its image under A = [[{a:g}, {b:g}], [{c:g}, {d:g}]]. The farthest "
            f"point of the image is A times ({x[0]:.3g}, {x[1]:.3g}), of norm {norms.induced(A, self.p):.3g}."
        )
