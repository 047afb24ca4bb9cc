"""The GAN that trains in the page: its gradients, its steps and its judgement are those of torch and the package."""

import itertools

import page_random
import pytest
import torch
import traitlets
from test_explorers import javascript
from torch.nn.utils import parametrize

import gencourse as gc
from gencourse.metrics import cell_divergences, modes_covered
from gencourse.widgets import live_gan

BATCH = 16
LOSSES = ("non_saturating", "wasserstein", "hinge")
PENALTIES = ("none", "gradient", "r1", "clip")

every_setting = pytest.mark.parametrize(
    ("loss", "penalty", "spectral"), list(itertools.product(LOSSES, PENALTIES, (False, True)))
)
every_data_set = pytest.mark.parametrize("name", live_gan.MIXTURES)


@pytest.fixture(autouse=True)
def double_precision():
    """The page computes with 64 bits, and so does torch here, noise included."""
    torch.set_default_dtype(torch.float64)
    yield
    torch.set_default_dtype(torch.float32)


def small_trainer(loss: str, penalty: str, spectral: bool, critic_steps: int = 1) -> gc.GANTrainer:
    rates = {"lr": 1e-3, "lr_discriminator": 2e-3, "critic_steps": critic_steps}
    return live_gan.trainer(loss, penalty, weight=0.7, spectral=spectral, seed=3, **rates)


def numbers(net: torch.nn.Module, what=lambda parameter: parameter) -> list[float]:
    """All parameters as the page has them: layer by layer, the weight before the bias."""
    pairs = [(getattr(layer, "parametrizations", None), layer) for layer in net.net[::2]]
    parts = [part for p, layer in pairs for part in (p.weight.original if p else layer.weight, layer.bias)]
    return [x for part in parts for x in what(part).detach().flatten().tolist()]


def vectors(net: torch.nn.Module) -> list[dict[str, list[float]]] | None:
    """The u and v of spectral normalisation, layer by layer."""
    if not parametrize.is_parametrized(net.net[0]):
        return None
    norms = [layer.parametrizations.weight[0] for layer in net.net[::2]]
    return [{"u": norm._u.tolist(), "v": norm._v.tolist()} for norm in norms]


def given_to_the_page(t: gc.GANTrainer, x: list[torch.Tensor], penalty: str, spectral: bool) -> dict:
    """Settings, first weights and all that is random: the trainer's own noise, drawn by a copy of its generator."""
    rng = torch.Generator()
    rng.set_state(t.noise.get_state())
    drawn = []
    for _ in x:
        for _ in range(t.critic_steps):
            drawn.append(torch.randn(BATCH, 2, generator=rng).T.flatten().tolist())
            if penalty == "gradient":
                drawn.append(torch.rand(BATCH, generator=rng).tolist())
        drawn.append(torch.randn(BATCH, 2, generator=rng).T.flatten().tolist())
    settings = {"loss": t.loss.name, "penalty": penalty, "weight": 0.7, "spectral": spectral}
    settings |= {"critic_steps": t.critic_steps, "lr_g": 1e-3, "lr_d": 2e-3}
    weights = {"G": numbers(t.generator), "D": numbers(t.discriminator), "vectors": vectors(t.discriminator)}
    return {"settings": settings, "x": [batch.T.flatten().tolist() for batch in x], "drawn": drawn} | weights


START = """
import { Training } from "./gencourse/widgets/js/live_gan_train.js";
const next = (values) => () => Float64Array.from(values.shift());
const draw = { real: next(value.x), normal: next(value.drawn), uniform: next(value.drawn) };
const t = new Training(value.settings, draw, value.x[0].length / 2);
t.G.theta.set(value.G);
t.D.theta.set(value.D);
if (value.vectors) t.D.layers.forEach((layer, l) => (layer.u.set(value.vectors[l].u), layer.v.set(value.vectors[l].v)));
"""


def error(found: list[float], expected: list[float]) -> float:
    """The largest difference, relative to the largest number."""
    found, expected = torch.tensor(found), torch.tensor(expected)
    return ((found - expected).abs().max() / expected.abs().max()).item()


def real_batches(n: int) -> list[torch.Tensor]:
    rng = torch.Generator().manual_seed(5)
    return [gc.data.RingOfGaussians(sigma=0.2).sample(BATCH, rng).double() for _ in range(n)]


@every_setting
def test_gradients_are_those_of_torch(loss, penalty, spectral):
    t, (x,) = small_trainer(loss, penalty, spectral), real_batches(1)
    code = """
    t.discriminatorGradient(draw.real());
    const D = Array.from(t.D.grad);
    t.D.grad.fill(0);
    t.generatorGradient();
    const [G, idle] = [t.G, t.D].map(({ grad }) => Array.from(grad));
    console.log(JSON.stringify({ D, G, idle, losses: [t.lossD, t.lossG] }));
    """
    found = javascript(START + code, given_to_the_page(t, [x], penalty, spectral))

    x_hat = t.generate(BATCH, None).detach()
    real, fake = t.score_both(x, x_hat, None)
    loss_d = t.loss.discriminator(real, fake)
    (loss_d + t.critic_penalty(x, x_hat, None)).backward()
    assert error(found["D"], numbers(t.discriminator, lambda p: p.grad)) < 1e-10
    loss_g = t.loss.generator(t.discriminator(t.generate(BATCH, None)))
    loss_g.backward()
    assert error(found["G"], numbers(t.generator, lambda p: p.grad)) < 1e-10
    assert not any(found["idle"])  # the generator's half leaves nothing in the discriminator
    assert error(found["losses"], [loss_d.item(), loss_g.item()]) < 1e-12


@pytest.mark.parametrize("critic_steps", [1, 3])
@every_setting
def test_twenty_steps_are_those_of_the_packages_trainer(loss, penalty, spectral, critic_steps):
    t, x = small_trainer(loss, penalty, spectral, critic_steps), real_batches(20)
    code = "for (let k = 0; k < 20; k += 1) t.step();"
    code += "console.log(JSON.stringify({ G: Array.from(t.G.theta), D: Array.from(t.D.theta) }));"
    found = javascript(f"{START} {code}", given_to_the_page(t, x, penalty, spectral))
    before = numbers(t.discriminator)
    for batch in x:
        t.step(batch)
    assert error(before, numbers(t.discriminator)) > 1e-3  # it has moved
    assert error(found["D"], numbers(t.discriminator)) < 1e-6
    assert error(found["G"], numbers(t.generator)) < 1e-6


# Data, first weights, judgement


@every_data_set
def test_the_page_has_the_packages_mixtures(name):
    mixture = live_gan.MIXTURES[name]
    x = 4 * torch.randn(200, 2, generator=torch.Generator().manual_seed(2))
    code = """
    import { MIXTURES, logDensity } from "./gencourse/widgets/js/live_gan_data.js";
    const mixture = MIXTURES[value.name];
    console.log(JSON.stringify({ ...mixture, log: value.x.map(([a, b]) => logDensity(mixture, a, b)) }));
    """
    found = javascript(code, {"name": name, "x": x.tolist()})
    assert found["sigma"] == mixture.sigma and error(found["means"], mixture.means.tolist()) < 1e-6
    assert error(found["log"], mixture.log_prob(x).tolist()) < 1e-12


JUDGE = """
import { MIXTURES } from "./gencourse/widgets/js/live_gan_data.js";
import { Judge } from "./gencourse/widgets/js/live_gan_judge.js";
const [judge, n] = [new Judge(MIXTURES[value.name]), value.x.length / 2];
console.log(JSON.stringify({ ...judge.divergences(value.x, n), covered: judge.covered(value.x, n) }));
"""


@every_data_set
@pytest.mark.parametrize("blur", [0, 0.05, 1])
def test_the_page_judges_as_the_package_does(name, blur):
    mixture, rng = live_gan.MIXTURES[name], torch.Generator().manual_seed(4)
    x = mixture.sample(3000, rng).double()
    x = x[x[:, 0] > -1] + blur * torch.randn(1, 2, generator=rng)  # some modes are missing
    found = javascript(JUDGE, {"name": name, "x": x.T.flatten().tolist()})
    jsd, kl = cell_divergences(x, mixture)
    assert error([found["js"], found["kl"]], [jsd, kl]) < 1e-12
    assert found["covered"] == modes_covered(x, mixture).tolist()


@pytest.mark.parametrize("spectral", [False, True])
def test_a_seed_gives_the_page_the_weights_that_python_draws_for_it(spectral):
    code = """
    import { Run } from "./gencourse/widgets/js/live_gan_run.js";
    const { training } = new Run(value);
    console.log(JSON.stringify({ G: Array.from(training.G.theta), D: Array.from(training.D.theta) }));
    """
    found = javascript(code, gc.widgets.LiveGAN(seed=77, spectral=spectral).state())
    generator, discriminator = page_random.first_networks(77, spectral)
    assert error(found["G"], numbers(generator)) < 1e-12 and error(found["D"], numbers(discriminator)) < 1e-12


# The class


def test_the_state_of_a_live_gan_is_checked():
    explorer = gc.widgets.LiveGAN(data="moons", seed=5)
    wrong = {"data": "spiral", "loss": "minimax", "penalty": None, "weight": 0, "critic_steps": 2, "lr_g": 1, "seed": 0}
    for name, value in wrong.items():
        with pytest.raises(traitlets.TraitError, match=name):
            setattr(explorer, name, value)
    assert explorer.data == "moons" and explorer.seed == 5


@pytest.mark.parametrize("loss", LOSSES)
def test_strengths_lie_between_minus_one_and_one_and_know_their_side(loss):
    scores = torch.tensor([-40.0, -1.0, 0.0, 1.0, 40.0])
    found = live_gan.strengths(scores, loss)
    assert found.abs().max() <= 1 and torch.equal(found.sign(), scores.sign())
    scores, found = scores + 3, live_gan.strengths(scores + 3, loss)
    code = """
    import { strengths } from "./gencourse/widgets/js/live_gan_run.js";
    console.log(JSON.stringify(strengths(value.scores, value.loss)));
    """
    assert error(javascript(code, {"scores": scores.tolist(), "loss": loss}), found.tolist()) < 1e-12


def test_the_still_picture_leaves_the_global_random_numbers_alone(monkeypatch):
    monkeypatch.setattr(live_gan, "STEPS", 3)
    torch.set_default_dtype(torch.float32)
    torch.manual_seed(0)
    expected = torch.rand(1)
    torch.manual_seed(0)
    explorer = gc.widgets.LiveGAN(seed=9, penalty="clip")
    assert "after 3 steps" in explorer.alt() and len(explorer.picture().collections) == 3
    assert torch.equal(torch.rand(1), expected)
