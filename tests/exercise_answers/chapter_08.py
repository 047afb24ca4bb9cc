"""Right and wrong answers to the exercises of chapter 8."""

import torch
import torch.nn.functional as F


def sizes(n, layers):
    out = []
    for kind, kernel, stride, padding in layers:
        if kind == "conv":
            n = (n + 2 * padding - kernel) // stride + 1
        else:
            n = stride * (n - 1) + kernel - 2 * padding
        out.append(n)
    return out


def variant(conv, transposed, last_only=False):
    def f(n, layers):
        out = []
        for kind, k, s, p in layers:
            m = (conv if kind == "conv" else transposed)(n, k, s, p)
            out.append(m)
            n = n if last_only else m
        return out

    return f


def conv_size(n, k, s, p):
    return (n + 2 * p - k) // s + 1


def transposed_size(n, k, s, p):
    return s * (n - 1) + k - 2 * p


def transposed(y, w, stride, padding):
    spread = y.new_zeros(stride * (len(y) - 1) + 1)
    spread[::stride] = y
    border = len(w) - 1 - padding
    return F.conv1d(F.pad(spread, (border, border)).view(1, 1, -1), w.flip(0).view(1, 1, -1))[0, 0]


def trailing_zeros(y, w, stride, padding):
    spread = y.new_zeros(stride * len(y))
    spread[::stride] = y
    border = len(w) - 1 - padding
    return F.conv1d(F.pad(spread, (border, border)).view(1, 1, -1), w.flip(0).view(1, 1, -1))[0, 0]


def repeated(y, w, stride, padding):
    spread = y.repeat_interleave(stride)[: stride * (len(y) - 1) + 1]
    border = len(w) - 1 - padding
    return F.conv1d(F.pad(spread, (border, border)).view(1, 1, -1), w.flip(0).view(1, 1, -1))[0, 0]


def slopes(critic, x, reduce=torch.sum, create_graph=True):
    x = x.requires_grad_()
    return torch.autograd.grad(reduce(critic(x)), x, create_graph=create_graph)[0]


def penalty(critic, x):
    return (slopes(critic, x).flatten(1).norm(dim=1) - 1).square().mean()


SOLUTION = {"8.2": sizes, "8.3": transposed, "8.4": torch.tensor([2.0, 1.0, 2.0, 1.0]), "8.5": penalty}

WRONG = {
    "8.2": [
        (variant(lambda n, k, s, p: (n + p - k) // s + 1, transposed_size), "gives 14"),
        (variant(lambda n, k, s, p: -(-(n + 2 * p - k) // s) + 1, transposed_size), "round down"),
        (variant(conv_size, lambda n, k, s, p: s * n), "not just double"),
        (variant(conv_size, lambda n, k, s, p: s * n + k), "with kernel 4, stride 2, padding 1 gives 14"),
        (variant(conv_size, lambda n, k, s, p: s * (n - 1) + k - p - 1), "both ends"),
        (variant(conv_size, transposed_size, last_only=True), "next layer's n"),
        (lambda n, layers: sizes(n, layers)[-1:], "Return all of them"),
    ],
    "8.3": [
        (lambda y, w, stride, padding: transposed(y, w.flip(0), stride, padding), "mirrored"),
        (repeated, "stride - 1 zeros"),
        (trailing_zeros, "none after its last entry"),
        (lambda y, w, stride, padding: transposed(y, w, stride, 0), "k - 1 - padding"),
        (lambda y, w, stride, padding: transposed(y, w, 1, padding), "must have shape"),
    ],
    "8.4": [
        (torch.tensor([1.0, 2.0, 2.0, 1.0]), "still gives a constant"),
        (torch.tensor([1.0, -1.0, 1.0, 2.0]), "positive"),
        (torch.tensor([1.0, 2.0, 3.0]), "four numbers"),
    ],
    "8.5": [
        (lambda critic, x: (slopes(critic, x, torch.mean).norm() - 1).square(), "The mean of 16 scores"),
        (lambda critic, x: (slopes(critic, x).norm() - 1).square(), "one norm of 16"),
        (
            lambda critic, x: (slopes(critic, x, torch.mean).norm(dim=1) - 1).square().mean(),
            "the gradient is of the mean score",
        ),
        (lambda critic, x: (slopes(critic, x).norm(dim=1).mean() - 1).square(), "square each example's own gap"),
        (lambda critic, x: slopes(critic, x).norm(dim=1).square().mean(), "yours pays 1"),
        (
            lambda critic, x: (slopes(critic, x, create_graph=False).norm(dim=1) - 1).square().mean(),
            "no gradient to the critic's weights",
        ),
    ],
}
