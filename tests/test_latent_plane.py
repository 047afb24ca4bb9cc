"""The latent plane: the browser decodes as torch does, and its ELBO is that of the package."""

import gzip

import pytest
import torch
import traitlets
from draws import F64, assert_close, normal, seeded
from test_explorers import javascript

import gencourse as gc
from gencourse.widgets import LatentPlane

CODE = """
import { bytes, decode, halves, layers, mean } from "./gencourse/widgets/js/latent_plane_decoder.js";
import { elbo } from "./gencourse/widgets/js/latent_plane_elbo.js";
const { widths, weights, images } = value.data;
const net = layers(widths, halves(bytes(weights)));
const pixels = widths.at(-1);
const greys = Float64Array.from(bytes(images), (byte) => byte / 255);
const image = (i) => greys.subarray(i * pixels, (i + 1) * pixels);
console.log(JSON.stringify({
  means: value.z.map((z) => [...mean(decode(net, z))]),
  terms: value.guesses.map(({ i, z, sigma }) => elbo((at) => decode(net, at), image(i), z, sigma)),
}));
"""


@pytest.fixture(scope="module")
def plane():
    return LatentPlane()


def browser(data: dict, z: torch.Tensor, guesses: list[dict] = ()) -> tuple[torch.Tensor, list[dict]]:
    """The mean images that JavaScript decodes at z (N, 2), and the terms of the guesses, all in double precision."""
    found = javascript(CODE, {"data": data, "z": z.tolist(), "guesses": list(guesses)})
    return torch.tensor(found["means"], dtype=F64), found["terms"]


def places(plane: LatentPlane) -> torch.Tensor:
    """200 places drawn from the prior, and those where the encoder puts the images, (300, 2)."""
    return torch.cat([normal(200, 2), torch.tensor(plane.data["mu"], dtype=F64)])


def test_the_browser_decodes_what_torch_decodes(plane):
    z = places(plane).float()  # float32 numbers, so that every side decodes the same places
    means, _ = browser(plane.data, z)
    assert_close(means, gc.load("vae2d-fashion").generate(z).flatten(1), tol=2e-6)  # torch's single precision
    assert_close(means, plane.model.generate(z.double()).flatten(1), tol=1e-12)
    means, _ = browser(plane.data, 3 * z)  # and far outside
    assert_close(means, plane.model.generate((3 * z).double()).flatten(1), tol=1e-12)


def test_the_browsers_terms_are_those_of_the_package(plane):
    """60 guesses from the prior and from the encoder, narrow and wide, for images of every class."""
    mu, sigma = (torch.tensor(plane.data[name], dtype=F64) for name in ("mu", "sigma"))
    z = torch.cat([normal(30, 2), mu[30:60]])
    guesses = [(3 * i % 100, z[i], sigma[i] * 2.0 ** (i % 7 - 3)) for i in range(60)]
    _, found = browser(plane.data, z, [{"i": i, "z": a.tolist(), "sigma": s.tolist()} for i, a, s in guesses])
    for (i, a, s), terms in zip(guesses, found, strict=True):
        plane.image = i
        explained, kl = plane.terms(a, s)
        assert terms["explained"] == pytest.approx(explained.item(), rel=1e-12)
        assert terms["kl"] == pytest.approx(kl.item(), rel=1e-12)
        assert terms["elbo"] == pytest.approx(gc.losses.elbo(explained[None], kl[None]).item(), rel=1e-12)


@pytest.mark.parametrize("image", range(0, 100, 10))
def test_the_first_term_is_the_average_over_q_and_over_the_coins(plane, image):
    """20,000 draws of z, a fresh coin for each pixel of each; within five standard errors."""
    plane.image, plane.width = image, 1
    mu, sigma = (torch.tensor(plane.data[name][image], dtype=F64) for name in ("mu", "sigma"))
    coins = torch.bernoulli(plane.x.expand(20_000, -1, -1, -1), generator=seeded(1))
    log_p = gc.losses.bernoulli_log_likelihood(plane.model.decode(mu + sigma * normal(20_000, 2)), coins)
    explained, _ = plane.terms(mu, sigma)
    assert abs(log_p.mean() - explained) < 5 * log_p.std() / len(log_p) ** 0.5


def test_the_images_are_training_images_ten_of_each_class_where_the_encoder_puts_them(plane, train):
    data = plane.data
    assert data["labels"] == [label for label in range(10) for _ in range(10)]
    assert data["names"] == list(train.class_names)
    found = [(train.images == (255 * x).round().byte()).flatten(1).all(1).nonzero()[0, 0] for x in images(plane)]
    assert train.labels[found].tolist() == data["labels"] and len(set(found)) == 100
    mu, logvar = plane.model.encode(images(plane))
    assert_close(data["mu"], mu, tol=1e-4)
    assert_close(data["sigma"], (logvar / 2).exp(), tol=1e-6)


def images(plane: LatentPlane) -> torch.Tensor:
    """All its images (100, 1, 28, 28)."""
    rows = []
    for plane.image in range(100):
        rows.append(plane.x)
    return torch.cat(rows)


def test_a_model_of_your_own_travels_in_half_precision():
    torch.manual_seed(0)
    model = gc.MLPVAE(latent_dim=2, hidden=(3, 5, 4))
    plane = LatentPlane(model)
    assert plane.data["widths"] == [2, 3, 5, 4, 784]
    means, _ = browser(plane.data, normal(20, 2))
    assert_close(means, plane.model.generate(normal(20, 2)).flatten(1))
    assert_close(means, model.generate(normal(20, 2).float()).flatten(1).detach(), tol=1e-3)


OTHERS = {
    "three causes": gc.MLPVAE(latent_dim=3, hidden=4),
    "convolutions": gc.ConvVAE(latent_dim=2, width=2),
    "greys": gc.MLPVAE(latent_dim=2, hidden=4, likelihood=gc.models.ContinuousBernoulli()),
}


@pytest.mark.parametrize("model", OTHERS.values(), ids=OTHERS)
def test_another_kind_of_model_is_refused(model):
    with pytest.raises(ValueError, match=r"MLPVAE\(latent_dim=2\) with Bernoulli pixels, got"):
        LatentPlane(model)


def test_the_state_is_checked(plane):
    wrong = {"image": 100, "z": [0, 3.5], "end": [0, 0, 0], "width": 9.0, "plane": "map"}
    for name, value in wrong.items():
        with pytest.raises(traitlets.TraitError, match=name):
            setattr(plane, name, value)


def test_a_page_with_it_stays_light(plane):
    assert len(gzip.compress(plane.html().encode())) <= 150_000  # of the 2,000,000 that a page may weigh


def test_the_words_tell_the_numbers_of_the_picture():
    plane = LatentPlane(image=83, z=[0.5, -1])
    explained, kl = plane.terms(*plane.guess())
    assert "(0.5, -1)" in plane.alt() and "Bag" in plane.alt() and f"{explained - kl:.1f} nats" in plane.alt()
