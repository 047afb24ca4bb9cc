"""The exact norm of a convolution: `gc.norms.conv2d` against all frequencies and a full SVD of each.

    python benchmarks/conv2d_norm.py

The rival is the method of [sedghi2019] in torch: FFT of the kernel, then the singular values at every frequency.
Both answers are compared before either is timed.
"""

import statistics

import record
import torch

import gencourse as gc

SHAPE, SIZE, SEED = (128, 64, 4, 4), 14, 0


def ours(weight: torch.Tensor, size: int) -> torch.Tensor:
    return gc.norms.conv2d(weight, size)


def fft_and_svd(weight: torch.Tensor, size: int) -> torch.Tensor:
    K = torch.fft.fft2(weight, s=(size, size)).permute(2, 3, 0, 1)
    return torch.linalg.svdvals(K).amax()


def half_fft_and_svd(weight: torch.Tensor, size: int) -> torch.Tensor:
    """The rival made better: a real kernel needs half of the frequencies."""
    K = torch.fft.rfft2(weight, s=(size, size)).permute(2, 3, 0, 1)
    return torch.linalg.svdvals(K).amax()


def main() -> None:
    weight = torch.randn(SHAPE, generator=torch.Generator().manual_seed(SEED))
    rivals = {
        "gencourse.norms.conv2d": lambda: ours(weight, SIZE),
        "fft2 and svdvals": lambda: fft_and_svd(weight, SIZE),
        "rfft2 and svdvals": lambda: half_fft_and_svd(weight, SIZE),
    }
    answers = [float(task()) for task in rivals.values()]
    assert max(answers) - min(answers) <= 1e-5 * max(answers), answers
    seconds = record.alternate(rivals)
    own = seconds["gencourse.norms.conv2d"]
    ratios = {
        name: round(statistics.median(b / a for a, b in zip(own, theirs, strict=True)), 2)
        for name, theirs in seconds.items()
    }
    file = record.write(
        "conv2d_norm",
        {
            "task": f"norm of a circular convolution, weight {SHAPE}, images {SIZE} x {SIZE}, float32",
            "seed": SEED,
            "milliseconds": {name: record.summary(s) for name, s in seconds.items()},
            "times as long as gencourse, median of the rounds": ratios,
        },
    )
    print(file.read_text(encoding="utf-8"))


if __name__ == "__main__":
    main()
