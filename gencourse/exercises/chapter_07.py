"""The checks of chapter 7, "The MLP GAN"."""

import math
from collections.abc import Callable

import torch
from torch import Tensor, nn

from .. import losses
from . import close


def check_7_2(f: Callable) -> str | None:
    """f(p, q): the value of the game at the best discriminator, in nats, for distributions (K,)."""
    p, q = torch.tensor([0.5, 0.5]), torch.tensor([0.25, 0.75])
    got, value = f(p, q), best_value(p, q)
    known = {
        2 * jsd(p, q): "That is 2 JSD: the value lies log 4 below it.",
        value + math.log(2): "One log 2 is missing: both expectations have the factor 1/2 inside their logarithm.",
        jsd(p, q) - math.log(4): "The divergence counts twice in the value: 2 JSD - log 4.",
        -value: "The sign is that of the discriminator's loss; the value is what it maximises.",
        value / math.log(2): "Those are bits; use the natural logarithm.",
    }
    for wrong, hint in known.items():
        if close(got, wrong):
            return hint
    if not close(got, value):
        return f"For p = (1/2, 1/2) and q = (1/4, 3/4) the value is {value:.4f}, the one of the table by hand."
    apart = f(torch.tensor([1.0, 0.0]), torch.tensor([0.0, 1.0]))
    if not close(apart, 0.0, atol=1e-6):
        return "For p = (1, 0) and q = (0, 1) the value is 0: there 0 log 0 counts as 0; torch.xlogy does that."
    if not close(f(p, p), -math.log(4)):
        return "For q = p the value is -log 4."
    return None


def check_7_3(f: Callable) -> str | None:
    """f(real, fake): both losses (loss_d, loss_g) from logits (B,), exact for every finite logit."""
    real, fake = torch.tensor([2.0, -1.0, 0.5]), torch.tensor([-3.0, 1.0, 0.25])
    answer = f(real, fake)
    if not isinstance(answer, tuple | list) or len(answer) != 2:
        return "Return two numbers: loss_d, loss_g."
    loss_d, loss_g = answer
    expected_d, expected_g = (
        losses.non_saturating.discriminator(real, fake),
        losses.non_saturating.generator(fake),
    )
    if close(loss_d, expected_d / 2):
        return "loss_d is halved: add the two means, do not average them."
    if not close(loss_d, expected_d):
        return f"loss_d: -log D on real plus -log(1 - D) on generated examples, each a mean; here {expected_d:.4f}."
    if close(loss_g, losses.minimax.generator(fake)):
        return "loss_g is the minimax loss log(1 - D), whose slope vanishes early; the non-saturating one is -log D."
    if not close(loss_g, expected_g):
        return f"loss_g: the mean of -log D over the generated examples; here {expected_g:.4f}."
    extreme = torch.tensor([-1000.0, 1000.0])
    if not (close(f(extreme, extreme)[0], 1000.0) and close(f(extreme, extreme)[1], 500.0)):
        return "At logits of -1000 and 1000 the losses are 1000 and 500: a sigmoid or an exp rounds before the log."
    return None


def check_7_4(f: Callable) -> str | None:
    """f(generator, discriminator, optimizer_g, optimizer_d, x, z_d, z_g): one round of the game, mended."""
    start = played(f, rounds=0)
    for rounds in (1, 2):  # a second round, because gradients that were not cleared show only there
        after, right = played(f, rounds), played(right_round, rounds)
        if same(after[0], start[0]):
            return "The generator does not move: a detach cuts the way from its loss to its parameters."
        if same(after[1], start[1]):
            return "The discriminator does not move."
        if not same(after[1], right[1]):
            return "The discriminator moves, but not by one step down its own loss alone."
        if same(after[0], played(helping_round, rounds)[0]):
            return (
                "The generator descends the discriminator's loss: its own gradient is cut, the other's is left in it."
            )
        if same(after[0], played(contaminated_round, rounds)[0]):
            return "The generator follows both losses: the discriminator's backward left gradients in it."
        if same(after[0], played(same_noise_round, rounds)[0]):
            return "The generator's half uses the noise of the discriminator's half; z_g is there for it."
        if not same(after[0], right[0]):
            return "The generator moves, but not by one step down its own loss alone."
    return None


def jsd(p: Tensor, q: Tensor) -> float:
    """The Jensen-Shannon divergence in nats."""
    m = (p + q) / 2
    return float((torch.xlogy(p, p / m) + torch.xlogy(q, q / m)).sum() / 2)


def best_value(p: Tensor, q: Tensor) -> float:
    """The value of the game at the best discriminator."""
    return 2 * jsd(p, q) - math.log(4)


def played(play: Callable, rounds: int) -> tuple[Tensor, Tensor]:
    """The parameters of a tiny generator and a tiny discriminator after some rounds."""
    networks = [nn.Linear(2, 3), nn.Sequential(nn.Linear(3, 1), nn.Flatten(0))]
    noise = torch.Generator().manual_seed(0)
    with torch.no_grad():
        for parameter in (p for network in networks for p in network.parameters()):
            parameter.copy_(torch.randn(parameter.shape, generator=noise))
    optimizers = [torch.optim.SGD(network.parameters(), lr=0.1) for network in networks]
    for _ in range(rounds):
        x, z_d, z_g = (torch.randn(5, n, generator=noise) for n in (3, 2, 2))
        play(*networks, *optimizers, x, z_d, z_g)
    return tuple(nn.utils.parameters_to_vector(network.parameters()).detach() for network in networks)


def same(a: Tensor, b: Tensor) -> bool:
    """Whether two parameter vectors agree up to rounding."""
    return close(a, b, rtol=1e-4, atol=1e-6)


def right_round(generator, discriminator, optimizer_g, optimizer_d, x, z_d, z_g) -> tuple[Tensor, Tensor]:
    """One step of each network down its own loss."""
    loss_d = losses.non_saturating.discriminator(discriminator(x), discriminator(generator(z_d).detach()))
    descend(optimizer_d, loss_d)
    loss_g = losses.non_saturating.generator(discriminator(generator(z_g)))
    descend(optimizer_g, loss_g)
    return loss_d.detach(), loss_g.detach()


def same_noise_round(generator, discriminator, optimizer_g, optimizer_d, x, z_d, z_g) -> tuple[Tensor, Tensor]:
    """The mistake of drawing noise once for both halves."""
    return right_round(generator, discriminator, optimizer_g, optimizer_d, x, z_d, z_d)


def contaminated_round(
    generator, discriminator, optimizer_g, optimizer_d, x, z_d, z_g, cut: bool = False
) -> tuple[Tensor, Tensor]:
    """The mistake of a missing detach where all gradients are cleared at the start."""
    optimizer_g.zero_grad()
    optimizer_d.zero_grad()
    loss_d = losses.non_saturating.discriminator(discriminator(x), discriminator(generator(z_d)))
    loss_d.backward()
    optimizer_d.step()
    x_hat = generator(z_g)
    loss_g = losses.non_saturating.generator(discriminator(x_hat.detach() if cut else x_hat))
    loss_g.backward()
    optimizer_g.step()
    return loss_d.detach(), loss_g.detach()


def helping_round(*networks_and_data) -> tuple[Tensor, Tensor]:
    """The mistake that the exercise hands out: the detach stands in the wrong half."""
    return contaminated_round(*networks_and_data, cut=True)


def descend(optimizer: torch.optim.Optimizer, loss: Tensor) -> None:
    """One step of the optimiser down the loss."""
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
