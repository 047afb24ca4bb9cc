// One run: settings and a seed in, a training with its own random numbers out, and what is measured of it.

import { MIXTURES, sample } from "./live_gan_data.js";
import { Judge } from "./live_gan_judge.js";
import { Random } from "./live_gan_random.js";
import { NOISE, Training } from "./live_gan_train.js";

export const POINTS = 20000; // generated ones that are judged
export const REACH = 3; // the plane is looked at up to this coordinate
const SHARE = 500; // points at a time
const JUDGED = 2 ** 31; // the seed of the noise that is judged: no run has it, and every run the same

const judges = {}; // by data set: each remembers its cells
const floors = {}; // by data set: what the data's own points get
let noise; // of the points that are judged, SHARE at a time

function judgeOf(name) {
  return (judges[name] ??= new Judge(MIXTURES[name]));
}

/** What the estimates give for as many points of the data set itself, where both divergences are 0. */
export function floorOf(name) {
  return (floors[name] ??= judgeOf(name).divergences(sample(MIXTURES[name], new Random(JUDGED), POINTS), POINTS));
}

/** How sure the discriminator is, from -1 (generated) to 1 (real): 2D - 1, or its place in the range of a critic. */
export function strengths(scores, loss) {
  if (loss !== "wasserstein") return scores.map((s) => Math.tanh(s / 2));
  const mean = scores.reduce((sum, s) => sum + s, 0) / scores.length; // a constant changes nothing in this loss
  const most = scores.reduce((large, s) => Math.max(large, Math.abs(s - mean)), 1e-12);
  return scores.map((s) => (s - mean) / most);
}

function judgedNoise() {
  const random = new Random(JUDGED);
  return (noise ??= Array.from({ length: POINTS / SHARE }, () => random.many("normal", NOISE * SHARE)));
}

/** A training from first weights that hang on the seed, the data set and spectral normalisation alone. */
export class Run {
  constructor(settings) {
    this.settings = settings;
    this.mixture = MIXTURES[settings.data];
    const random = new Random(settings.seed);
    const draw = {
      real: (n) => sample(this.mixture, random, n),
      normal: (n) => random.many("normal", n),
      uniform: (n) => random.many("uniform", n),
    };
    this.training = new Training(settings, draw).start(random);
    this.shown = sample(this.mixture, new Random(JUDGED), SHARE);
  }

  /** Generated points (2, n) for n a multiple of SHARE, always of the same noise. */
  generated(n) {
    const points = new Float64Array(2 * n);
    for (let at = 0; at < n; at += SHARE) {
      const some = this.training.G.forward(judgedNoise()[at / SHARE], SHARE);
      points.set(some.subarray(0, SHARE), at);
      points.set(some.subarray(SHARE, 2 * SHARE), n + at);
    }
    return points;
  }

  /** Data points (2, SHARE) and generated ones to look at. */
  points() {
    return { real: this.shown, fake: this.generated(SHARE), count: SHARE };
  }

  /** Divergences of POINTS generated points, the modes that they cover, and the discriminator's slope at the data. */
  measure() {
    const points = this.generated(POINTS);
    const judge = judgeOf(this.settings.data);
    return { ...judge.divergences(points, POINTS), covered: judge.covered(points, POINTS), slope: this.slope() };
  }

  /** The root mean square slope of the discriminator at data points: the square root of what R1 weighs. */
  slope() {
    const { D } = this.training;
    D.forward(this.shown, SHARE);
    const g = D.backward(new Float64Array(SHARE).fill(1), SHARE, false);
    let sum = 0;
    for (let i = 0; i < 2 * SHARE; i += 1) sum += g[i] ** 2;
    return Math.sqrt(sum / SHARE);
  }

  /** How sure the discriminator is at the middles of size x size squares, the uppermost row first. */
  landscape(size) {
    const at = new Float64Array(2 * size * size);
    for (let i = 0; i < size * size; i += 1) {
      at[i] = REACH * ((2 * (i % size) + 1) / size - 1);
      at[size * size + i] = REACH * (1 - (2 * Math.floor(i / size) + 1) / size);
    }
    const scores = this.training.D.forward(at, size * size).slice(0, size * size);
    return strengths(scores, this.settings.loss);
  }
}
