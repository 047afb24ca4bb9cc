"""How likely a VAE finds data: the ELBO, and the importance-weighted bound that approaches log p(x)."""

import math
from collections.abc import Iterator

import torch
from jaxtyping import Float
from torch import Tensor, nn

from .. import losses
from ..models.sampling import eval_mode

ROWS = 2000  # decoder inputs held at once: k = 500 for a whole test set would be a million images


@torch.no_grad()
def elbo(
    model: nn.Module,
    x: Float[Tensor, "b *shape"],
    samples: int = 1,
    generator: torch.Generator | None = None,
    *,
    labels: Tensor | None = None,
) -> Float[Tensor, "b"]:
    r"""The evidence lower bound of each example, $E_q \log p(x|z) - KL(q(z|x)\,\|\,p(z))$, in nats, (B,).

    The expectation is a mean over `samples` draws of z, the KL is exact. A bound on log p(x) only for data
    that the likelihood is a density of: binarise greys for a Bernoulli. The model is evaluated in eval mode.

    Args:
        model: a VAE with `encode`, `decode` and `likelihood.log_prob`.
        x: examples, (B, 1, 28, 28) for the image models.
        samples: draws of z for each example.
        generator: of the noise.
        labels: (B,), for a class-conditional model, whose bound is on log p(x | label).

    Source: [kingma2014, eq. 3].
    """
    check_count("samples", samples)
    parts = []
    with eval_mode(model):
        for rows, label in chunks(x, labels, ROWS):
            mu, logvar = model.encode(rows, *given(label))
            draws = [log_p for log_p, _ in draw(model, rows, label, mu, logvar, samples, generator)]
            parts.append(losses.elbo(torch.cat(draws).mean(0), losses.gaussian_kl(mu, logvar)))
    return torch.cat(parts)


@torch.no_grad()
def iwae_bound(
    model: nn.Module,
    x: Float[Tensor, "b *shape"],
    k: int,
    generator: torch.Generator | None = None,
    *,
    labels: Tensor | None = None,
) -> Float[Tensor, "b"]:
    r"""The importance-weighted bound $\log \frac1k \sum_i p(x, z_i) / q(z_i|x)$ of each example, nats, (B,).

    $L_1$ is the ELBO, $L_k \le L_{k+1} \le \log p(x)$ in expectation, and $L_k \to \log p(x)$. One draw of
    the k samples for each example; arguments as for `elbo`. Memory does not grow with k.

    Source: [burda2016, eq. 8 and theorem 1].
    """
    check_count("k", k)
    parts = []
    with eval_mode(model):
        for rows, label in chunks(x, labels, ROWS):
            mu, logvar = model.encode(rows, *given(label))
            total = torch.full((len(rows),), -math.inf, dtype=mu.dtype, device=mu.device)
            for log_p, z in draw(model, rows, label, mu, logvar, k, generator):
                log_prior = log_density(z, torch.zeros_like(mu), torch.zeros_like(mu))
                log_weight = log_p + log_prior - log_density(z, mu, logvar)
                total = torch.logaddexp(total, log_weight.logsumexp(0))
            parts.append(total - math.log(k))
    return torch.cat(parts)


def draw(
    model: nn.Module,
    x: Tensor,
    label: Tensor | None,
    mu: Float[Tensor, "b z"],
    logvar: Float[Tensor, "b z"],
    k: int,
    generator: torch.Generator | None,
) -> Iterator[tuple[Float[Tensor, "m b"], Float[Tensor, "m b z"]]]:
    """log p(x|z) at k draws of z from q(z|x), and those z, in pieces of m draws that fit `ROWS`."""
    most = max(1, ROWS // len(x))
    for m in (min(most, k - done) for done in range(0, k, most)):
        eps = torch.randn((m, *mu.shape), generator=generator, dtype=mu.dtype, device=mu.device)
        z = mu + torch.exp(logvar / 2) * eps  # (m, B, Z)
        rows, labels = (None if t is None else t.repeat(m, *[1] * (t.ndim - 1)) for t in (x, label))
        logits = model.decode(z.flatten(0, 1), *given(labels))  # (m B, ...)
        yield model.likelihood.log_prob(logits, rows).view(m, -1), z


def log_density(
    z: Float[Tensor, "m b z"], mu: Float[Tensor, "b z"], logvar: Float[Tensor, "b z"]
) -> Float[Tensor, "m b"]:
    """log N(z; mu, exp(logvar)) of each z, nats."""
    return torch.stack([losses.gaussian_log_density(one, mu, logvar) for one in z])


def chunks(x: Tensor, labels: Tensor | None, size: int) -> list[tuple[Tensor, Tensor | None]]:
    """`x` and its labels in pieces of at most `size` examples."""
    parts = x.split(size)
    return list(zip(parts, [None] * len(parts) if labels is None else labels.split(size), strict=True))


def given(label: Tensor | None) -> tuple[Tensor, ...]:
    """The label as an extra argument, or none: a model that knows no labels need not accept them."""
    return () if label is None else (label,)


def check_count(name: str, value: int) -> None:
    """A `ValueError` unless `value` is a whole number of at least 1."""
    if isinstance(value, bool) or not isinstance(value, int) or value < 1:
        raise ValueError(f"{name} must be a whole number of at least 1, got {value!r}")
