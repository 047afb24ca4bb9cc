"""Explorer: the gain of a 3 x 3 kernel at every frequency, its largest value, and what flattening makes of it."""

import torch
import traitlets
from torch import Tensor

from .. import norms, plots
from .base import Explorer, numbers

LARGEST, LEAST, MOST = 9, 3, 32  # as in js/convolution_gain.js


class ConvolutionGain(Explorer):
    """The gain of a 3 x 3 kernel at each wave of n x n pixels, on a circle in both directions; one channel.

    The reader changes the kernel, and moves a point over the waves to see one of them and its image. The largest
    gain, which is the true norm, stands beside the norm of the flattened kernel. Source: [sedghi2019].

    Traits: kernel, 3 x 3 real numbers in [-9, 9]; n, pixels on a side, from 3 to 32; f, the periods of the wave down
    and across the image, two whole numbers in [-16, 16]: omega = 2 pi f / n.
    TraitError: a value out of its range.

    >>> box = ConvolutionGain(kernel=torch.ones(3, 3), n=8, f=[0, 0])
    >>> box.state()["f"], box.gain(), box.norm()
    ([0, 0], tensor(9., dtype=torch.float64), tensor(9., dtype=torch.float64))
    """

    module = "convolution_gain"
    description = traitlets.Unicode(
        "A map of the gain of a 3 x 3 kernel at every frequency. A point in it chooses a wave, shown beside its image. "
        "The true norm, the largest gain, stands beside the norm of the flattened kernel."
    ).tag(sync=True)
    kernel = traitlets.Any([[1.0, 0.0, -1.0], [2.0, 0.0, -2.0], [1.0, 0.0, -1.0]]).tag(sync=True)
    n = traitlets.Int(16, min=LEAST, max=MOST).tag(sync=True)
    f = traitlets.Any([2, 2]).tag(sync=True)

    @traitlets.validate("kernel")
    def _three_by_three(self, proposal: traitlets.Bunch) -> list:
        return numbers(proposal.value, "kernel", (3, 3), LARGEST)

    @traitlets.validate("f")
    def _periods(self, proposal: traitlets.Bunch) -> list:
        f = numbers(proposal.value, "f", (2,), MOST // 2)
        if any(part != int(part) for part in f):
            raise traitlets.TraitError(f"f: expected whole numbers, because only they close up on a circle, got {f}")
        return [int(part) for part in f]

    @property
    def weight(self) -> Tensor:
        """The kernel as torch has it, (1, 1, 3, 3)."""
        return torch.tensor(self.kernel, dtype=torch.float64)[None, None]

    def wave(self) -> Tensor:
        """The wave that is looked at, (n, n): cos(omega t) at every pixel t."""
        t = torch.arange(self.n)
        periods = self.f[0] * t[:, None] + self.f[1] * t  # modulo n: what is the same on the circle is then equal
        return torch.cos(2 * torch.pi * (periods % self.n).double() / self.n)

    def image(self) -> Tensor:
        """What the convolution makes of the wave, (n, n)."""
        x = torch.nn.functional.pad(self.wave()[None, None], (1, 1, 1, 1), mode="circular")
        return torch.nn.functional.conv2d(x, self.weight)[0, 0]

    def gain(self) -> Tensor:
        """How much longer the image is than the wave: the modulus of the transfer function at this frequency."""
        return self.image().norm() / self.wave().norm()

    def norm(self) -> Tensor:
        """The largest gain of all."""
        return norms.conv2d(self.weight, self.n)

    def flattened(self) -> Tensor:
        """The norm of the flattened kernel."""
        return norms.conv2d_flattened(self.weight)

    def picture(self) -> "matplotlib.axes.Axes":
        import matplotlib.pyplot as plt

        figure = plt.figure(figsize=(8, 3.2), layout="constrained", facecolor="white")
        left, middle, right = figure.subplots(1, 3, width_ratios=(5, 3, 3))
        plots.gain_map(self.kernel, self.n, left)
        half = self.n // 2
        down, across = (2 * ((part + half) % self.n - half) / self.n for part in self.f)
        left.plot(across, down, "o", ms=9, mfc="none", mec="white", mew=2)
        left.set_title(f"true norm {self.norm():.3g}, flattened {self.flattened():.3g}", fontsize=10)
        white = max(1, self.gain().item())
        for ax, values, name in ((middle, self.wave(), "the wave"), (right, self.image(), "its image")):
            ax.imshow(values.numpy(), cmap="gray", vmin=-white, vmax=white)
            ax.set_title(name, fontsize=10)
            ax.set_axis_off()
        return left

    def alt(self) -> str:
        rows = "; ".join(" ".join(f"{w:g}" for w in row) for row in self.kernel)
        return (
            f"A map of the gain of the kernel ({rows}) at the waves of {self.n} x {self.n} pixels. It is at most "
            f"{self.norm():.3g}, and the flattened kernel has the norm {self.flattened():.3g}. The wave with "
            f"f = ({self.f[0]}, {self.f[1]}) is shown beside its image, which is {self.gain():.3g} times as strong."
        )
