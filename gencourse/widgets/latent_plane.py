"""Explorer: the plane of a VAE's two causes, decoded where the reader points, and the ELBO of the reader's guess."""

import base64
import copy
from typing import Any

import numpy as np
import torch
import traitlets
from torch import Tensor, nn

from .. import data, losses, plots, recipes
from ..assets import half
from ..models import MLPVAE, VAE, Bernoulli
from .base import Explorer, doubles, numbers

REACH, WIDEST, STOPS = 3, 8, 9  # as in js/latent_plane.js
EACH = 10  # training images of each class: with their pixels the page grows by 80 kB


class LatentPlane(Explorer):
    """The causes of a VAE as a plane: training images where the encoder puts them, a picture wherever z is moved.

    The reader's guess for the image x is q = N(z, (width * sigma)^2) with the encoder's sigma. Both terms of its ELBO
    stand beside the encoder's own. A walk leads from z to `end`.

    `model` is a `models.MLPVAE` with two causes and Bernoulli pixels; the default is the shipped "vae2d-fashion". It
    travels with the page, in half precision. Traits: image, from 0 to 99; z and end, with coordinates in [-3, 3];
    width, from 1/8 to 8; plane, what it shows, "images" or "pictures".
    ValueError: another kind of model. TraitError: a value out of its range.

    >>> LatentPlane(image=3, width=2).state()["z"]
    [0.0, 0.0]
    """

    module = "latent_plane"
    description = traitlets.Unicode(
        "The plane of two causes of a variational autoencoder. Training images are placed where the encoder puts them. "
        "Two points can be moved: the picture at the first is decoded, and the walk from it to the second."
    ).tag(sync=True)
    data = traitlets.Dict().tag(sync=True)
    image = traitlets.Int(0, min=0, max=10 * EACH - 1).tag(sync=True)
    z = traitlets.Any([0.0, 0.0]).tag(sync=True)
    end = traitlets.Any([2.0, 0.0]).tag(sync=True)
    width = traitlets.Float(1.0, min=1 / WIDEST, max=WIDEST).tag(sync=True)
    plane = traitlets.Enum(["images", "pictures"], "images").tag(sync=True)

    def __init__(self, model: VAE | None = None, **state: Any):
        self.model = rounded(recipes.load("vae2d-fashion") if model is None else model)
        super().__init__(**{"data": packed(self.model)} | state)

    @traitlets.validate("z", "end")
    def _place(self, proposal: traitlets.Bunch) -> list:
        return numbers(proposal.value, proposal.trait.name, (2,), REACH)

    def guess(self) -> tuple[Tensor, Tensor]:
        """z and width * sigma, the middle and the standard deviations of q, each (2,)."""
        return doubles(self.z), self.width * doubles(self.data["sigma"][self.image])

    def terms(self, z: Tensor, sigma: Tensor) -> tuple[Tensor, Tensor]:
        """E_q log p(x|z) and KL(q || p(z)) of q = N(z, sigma^2) for the image, z and sigma (2,), nats.

        Pixels are coins that show white with their grey as probability, and the first term is the average over them.
        The average over q is that of Gauss and Hermite's 5 x 5 places.
        """
        places, weights = np.polynomial.hermite_e.hermegauss(5)
        weights = doubles(np.outer(weights, weights).ravel() / (2 * np.pi))
        places = doubles(np.stack(np.meshgrid(places, places, indexing="ij"), -1).reshape(-1, 2))
        log_p = losses.bernoulli_log_likelihood(self.model.decode(z + sigma * places), self.x.expand(25, -1, -1, -1))
        return weights @ log_p, losses.gaussian_kl(z[None], 2 * sigma.log()[None])[0]

    @property
    def x(self) -> Tensor:
        """The image (1, 1, 28, 28), in [0, 1]."""
        images = np.frombuffer(base64.b64decode(self.data["images"]), "uint8").reshape(-1, 1, 28, 28)
        return doubles(images[self.image : self.image + 1]) / 255

    def picture(self) -> "matplotlib.axes.Axes":
        import matplotlib.pyplot as plt

        figure = plt.figure(figsize=(8, 5.6), layout="constrained", facecolor="white")
        grid = figure.add_gridspec(2, 2, height_ratios=(4, 1), width_ratios=(3, 2))
        left, right, below = (figure.add_subplot(grid[where]) for where in ((0, 0), (0, 1), (1, slice(None))))
        plots.classes(self.data["mu"], self.data["labels"], self.data["names"], ax=left)
        left.plot(*zip(self.z, self.end, strict=True), "--", color="black", lw=1)
        for name, (a, b) in (("z", self.z), ("end", self.end)):
            left.plot(a, b, "o", ms=9, mfc="white", mec="black")
            left.annotate(name, (a, b), (7, 7), textcoords="offset points", fontsize=11, color="black")
        left.set(xlim=(-REACH, REACH), ylim=(-REACH, REACH), xlabel="$z_1$", ylabel="$z_2$", aspect="equal")
        z, end, mu = (doubles(place) for place in (self.z, self.end, self.data["mu"][self.image]))
        plots.grid(torch.cat([self.x, self.model.generate(torch.stack([z, mu]))]), 3, right, ["x", "at z", "encoder's"])
        t = torch.linspace(0, 1, STOPS, dtype=torch.float64)[:, None]
        plots.interpolation(self.model.generate(torch.lerp(z, end, t))[None], below).set_xlabel("way from z to the end")
        return left

    def alt(self) -> str:
        explained, kl = self.terms(*self.guess())
        name = self.data["names"][self.data["labels"][self.image]]
        (a, b), (c, d) = self.z, self.end
        return (
            f"{len(self.data['labels'])} training images as marks in the plane of two causes, with a shape for each "
            f"class. At z = ({a:g}, {b:g}) a guess for image {self.image + 1} ({name}) has the ELBO "
            f"{explained:.1f} - {kl:.1f} = {explained - kl:.1f} nats. Below, pictures decoded on the way from z to "
            f"({c:g}, {d:g})."
        )


def rounded(model: VAE) -> VAE:
    """A copy of the model with weights in half precision, as the page has them, that computes in double precision."""
    if not isinstance(model, MLPVAE) or model.z_dim != 2 or not isinstance(model.likelihood, Bernoulli):
        kind = f"{type(model).__name__} with {model.z_dim} causes and {type(model.likelihood).__name__} pixels"
        raise ValueError(f"model must be an MLPVAE(latent_dim=2) with Bernoulli pixels, got {kind}")
    model = copy.deepcopy(model).cpu().eval().requires_grad_(False)
    model.load_state_dict({key: half(key, t) for key, t in model.state_dict().items()})
    return model.double()


def packed(model: VAE) -> dict[str, Any]:
    """What the page has to know: the decoder, some training images, and what the encoder says of them."""
    images, labels, names = data.fashion_mnist("train")
    pick = torch.cat([(labels == label).nonzero()[:EACH, 0] for label in range(len(names))])
    mu, logvar = model.encode(images[pick].double() / 255)
    dense = [layer for layer in model.decoder if isinstance(layer, nn.Linear)]
    weights = [t.flatten() for layer in dense for t in (layer.weight, layer.bias)]
    return {
        "widths": [dense[0].in_features, *(layer.out_features for layer in dense)],
        "weights": text(torch.cat(weights).numpy().astype("<f2")),
        "images": text(images[pick].numpy()),
        "labels": labels[pick].tolist(),
        "names": list(names),
        "mu": mu.numpy().round(4).tolist(),
        "sigma": torch.exp(logvar / 2).numpy().round(6).tolist(),
    }


def text(values: np.ndarray) -> str:
    """The bytes of an array in letters that JSON can hold."""
    return base64.b64encode(values.tobytes()).decode()
