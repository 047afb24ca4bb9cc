// Adversarial training in the plane: the algorithm of gencourse.training.GANTrainer, with gradients by hand.

import { Net } from "./live_gan_net.js";

export const NOISE = 2; // coordinates of z
export const BATCH = 64;
export const CLIP = 0.1; // where clipping holds the critic's parameters
const HIDDEN = 32;
const [BETA1, BETA2, EPS] = [0.5, 0.999, 1e-8]; // of Adam, as in GANTrainer

const sigmoid = (s) => (s < 0 ? Math.exp(s) / (1 + Math.exp(s)) : 1 / (1 + Math.exp(-s)));
const softplus = (s) => Math.max(s, 0) + Math.log1p(Math.exp(-Math.abs(s)));

const up = { value: (s) => -s, slope: () => -1 };
const real = { value: (s) => softplus(-s), slope: (s) => -sigmoid(-s) };

/** What a score costs the discriminator on real and on generated points, and the generator; as gencourse.losses. */
export const LOSSES = {
  non_saturating: { real, fake: { value: softplus, slope: sigmoid }, generator: real },
  wasserstein: { real: up, fake: { value: (s) => s, slope: () => 1 }, generator: up },
  hinge: {
    real: { value: (s) => Math.max(0, 1 - s), slope: (s) => (s < 1 ? -1 : 0) },
    fake: { value: (s) => Math.max(0, 1 + s), slope: (s) => (s > -1 ? 1 : 0) },
    generator: up,
  },
};

/** A penalty's slope in the discriminator's slope g, divided by g, from the weight and |g|^2. */
const PENALTIES = {
  gradient: (weight, square) => 2 * weight * (1 - 1 / Math.sqrt(square + 1e-12)), // of weight (|g| - 1)^2
  r1: (weight) => weight, // of weight / 2 |g|^2
};

/** Adam [kingma2015] on one network. */
class Adam {
  constructor(net, lr) {
    const [m, v] = [0, 1].map(() => new Float64Array(net.theta.length));
    Object.assign(this, { net, lr, steps: 0, m, v });
  }

  step() {
    const { m, v, net: { theta, grad } } = this;
    this.steps += 1;
    const [rate, root] = [this.lr / (1 - BETA1 ** this.steps), Math.sqrt(1 - BETA2 ** this.steps)];
    for (let i = 0; i < theta.length; i += 1) {
      m[i] += (1 - BETA1) * (grad[i] - m[i]);
      v[i] = BETA2 * v[i] + (1 - BETA2) * grad[i] * grad[i];
      theta[i] -= (rate * m[i]) / (Math.sqrt(v[i]) / root + EPS);
    }
    grad.fill(0);
  }
}

/**
 * The two networks and their optimisers. `draw` gives what is random, in this order for each step: real(n) points
 * (2, n); then for each update of the discriminator normal(n * NOISE) and, for the gradient penalty, uniform(n); then
 * normal(n * NOISE) for the generator. `start` draws the first weights.
 */
export class Training {
  constructor({ loss, penalty, weight, spectral, critic_steps, lr_g, lr_d }, draw, n = BATCH) {
    Object.assign(this, { loss: LOSSES[loss], penalty, weight, criticSteps: critic_steps, draw, n });
    this.penalised = Object.hasOwn(PENALTIES, penalty);
    Object.assign(this, { steps: 0, lossD: NaN, lossG: NaN }); // the penalty is not part of lossD
    this.G = new Net([NOISE, HIDDEN, HIDDEN, 2]);
    this.D = new Net([2, HIDDEN, HIDDEN, 1], spectral);
    this.adamG = new Adam(this.G, lr_g);
    this.adamD = new Adam(this.D, lr_d);
    this.ones = new Float64Array(n).fill(1);
    this.dScore = new Float64Array(n);
    this.between = new Float64Array(2 * n);
    this.v = new Float64Array(2 * n);
  }

  start(random) {
    this.G.start(random);
    this.D.start(random);
    return this;
  }

  step() {
    const x = this.draw.real(this.n);
    for (let k = 0; k < this.criticSteps; k += 1) this.discriminatorStep(x);
    this.generatorStep();
    this.steps += 1;
  }

  generate() {
    return this.G.forward(this.draw.normal(this.n * NOISE), this.n);
  }

  /** The mean cost of the scores of x; afterwards `dScore` is its slope in each score. */
  score(x, cost) {
    const scores = this.D.forward(x, this.n);
    let sum = 0;
    for (let r = 0; r < this.n; r += 1) {
      sum += cost.value(scores[r]);
      this.dScore[r] = cost.slope(scores[r]) / this.n;
    }
    return sum / this.n;
  }

  /** Tell real from generated a little better; the generator does not move. */
  discriminatorStep(x) {
    this.discriminatorGradient(x);
    this.adamD.step();
    if (this.penalty === "clip") clamp(this.D.theta, CLIP);
  }

  discriminatorGradient(x) {
    const fake = this.generate();
    this.D.refresh();
    this.lossD = this.score(x, this.loss.real);
    this.D.backward(this.dScore, this.n);
    if (this.penalised) this.D.refresh(); // as GANTrainer: without a penalty both go through D at once
    this.lossD += this.score(fake, this.loss.fake);
    this.D.backward(this.dScore, this.n);
    if (this.penalty === "gradient") this.penalise(this.mixed(x, fake, this.draw.uniform(this.n)));
    if (this.penalty === "r1") this.penalise(x);
  }

  /** Score a little higher with the discriminator, which does not move; the noise is new. */
  generatorStep() {
    this.generatorGradient();
    this.adamG.step();
  }

  generatorGradient() {
    this.D.refresh();
    this.lossG = this.score(this.generate(), this.loss.generator);
    this.G.backward(this.D.backward(this.dScore, this.n, false), this.n);
  }

  /** u x + (1 - u) fake, one u for each pair. */
  mixed(x, fake, u) {
    for (let i = 0; i < 2 * this.n; i += 1) this.between[i] = fake[i] + u[i % this.n] * (x[i] - fake[i]);
    return this.between;
  }

  /** Add the gradient of the mean penalty on the discriminator's slopes at x. */
  penalise(x) {
    this.D.refresh();
    this.D.forward(x, this.n);
    const g = this.D.backward(this.ones, this.n, false);
    for (let r = 0; r < this.n; r += 1) {
      const factor = PENALTIES[this.penalty](this.weight, g[r] ** 2 + g[this.n + r] ** 2);
      this.v[r] = (factor * g[r]) / this.n;
      this.v[this.n + r] = (factor * g[this.n + r]) / this.n;
    }
    this.D.backwardOfSlope(this.v, this.n);
  }
}

function clamp(values, limit) {
  for (let i = 0; i < values.length; i += 1) values[i] = Math.min(Math.max(values[i], -limit), limit);
}
