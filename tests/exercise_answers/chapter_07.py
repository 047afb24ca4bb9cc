"""Answers to the exercises of chapter 7: the right ones, and wrong ones with a piece of the hint that each must get."""

import math

import torch

from gencourse import losses
from gencourse.exercises import chapter_07


def game_value(p, q):
    m = (p + q) / 2
    return (torch.xlogy(p, p / m) + torch.xlogy(q, q / m)).sum() - math.log(4)


def gan_losses(real, fake):
    zero = torch.zeros(())
    loss_d = torch.logaddexp(zero, -real).mean() + torch.logaddexp(zero, fake).mean()
    return loss_d, torch.logaddexp(zero, -fake).mean()


def by_sigmoid(real, fake):
    D, D_fake = torch.sigmoid(real), torch.sigmoid(fake)
    return -torch.log(D).mean() - torch.log(1 - D_fake).mean(), -torch.log(D_fake).mean()


def minimax_losses(real, fake):
    return gan_losses(real, fake)[0], losses.minimax.generator(fake)


def never_zero(p, q):
    m = (p + q) / 2
    return (p * (p / m).log() + q * (q / m).log()).sum() - math.log(4)


def detached_generator(generator, discriminator, optimizer_g, optimizer_d, x, z_d, z_g):
    loss_d = losses.non_saturating.discriminator(discriminator(x), discriminator(generator(z_d)))
    chapter_07.descend(optimizer_d, loss_d)
    loss_g = losses.non_saturating.generator(discriminator(generator(z_g).detach()))
    chapter_07.descend(optimizer_g, loss_g)
    return loss_d.detach(), loss_g.detach()


def still_discriminator(generator, discriminator, optimizer_g, optimizer_d, x, z_d, z_g):
    loss_g = losses.non_saturating.generator(discriminator(generator(z_g)))
    chapter_07.descend(optimizer_g, loss_g)
    return loss_g, loss_g


def stale_discriminator(generator, discriminator, optimizer_g, optimizer_d, x, z_d, z_g):
    loss_d = losses.non_saturating.discriminator(discriminator(x), discriminator(generator(z_d).detach()))
    loss_d.backward()
    optimizer_d.step()
    loss_g = losses.non_saturating.generator(discriminator(generator(z_g)))
    chapter_07.descend(optimizer_g, loss_g)
    return loss_d.detach(), loss_g.detach()


def saturating_generator(generator, discriminator, optimizer_g, optimizer_d, x, z_d, z_g):
    loss_d = losses.non_saturating.discriminator(discriminator(x), discriminator(generator(z_d).detach()))
    chapter_07.descend(optimizer_d, loss_d)
    loss_g = losses.minimax.generator(discriminator(generator(z_g)))
    chapter_07.descend(optimizer_g, loss_g)
    return loss_d.detach(), loss_g.detach()


SOLUTION = {"7.2": game_value, "7.3": gan_losses, "7.4": chapter_07.right_round}

WRONG = {
    "7.2": [
        (lambda p, q: game_value(p, q) + math.log(4), "log 4 below"),
        (lambda p, q: game_value(p, q) + math.log(2), "One log 2 is missing"),
        (lambda p, q: (game_value(p, q) - math.log(4)) / 2, "counts twice"),
        (lambda p, q: -game_value(p, q), "The sign"),
        (lambda p, q: game_value(p, q) / math.log(2), "natural logarithm"),
        (lambda p, q: (p - q).abs().sum(), "table by hand"),
        (never_zero, "0 log 0"),
        (lambda p, q: game_value(p, q) if (p != q).any() else torch.zeros(()), "-log 4"),
    ],
    "7.3": [
        (lambda real, fake: gan_losses(real, fake)[0], "two numbers"),
        (lambda real, fake: (gan_losses(real, fake)[0] / 2, gan_losses(real, fake)[1]), "halved"),
        (lambda real, fake: gan_losses(-real, -fake), "loss_d: -log D on real"),
        (minimax_losses, "minimax loss"),
        (
            lambda real, fake: (gan_losses(real, fake)[0], gan_losses(real, -fake)[1]),
            "loss_g: the mean of -log D",
        ),
        (by_sigmoid, "rounds before the log"),
    ],
    "7.4": [
        (detached_generator, "The generator does not move"),
        (still_discriminator, "The discriminator does not move"),
        (chapter_07.helping_round, "descends the discriminator's loss"),
        (chapter_07.contaminated_round, "follows both losses"),
        (chapter_07.same_noise_round, "z_g is there for it"),
        (stale_discriminator, "The discriminator moves, but not"),
        (saturating_generator, "The generator moves, but not"),
    ],
}
