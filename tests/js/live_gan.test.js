// The GAN in the page: its random numbers, its derivatives against differences, its judgement of known clouds.

import assert from "node:assert/strict";
import test from "node:test";

import { logDensity, MIXTURES, sample } from "../../gencourse/widgets/js/live_gan_data.js";
import { Judge, logMass } from "../../gencourse/widgets/js/live_gan_judge.js";
import { Net } from "../../gencourse/widgets/js/live_gan_net.js";
import { Random } from "../../gencourse/widgets/js/live_gan_random.js";
import { floorOf, POINTS, Run, strengths } from "../../gencourse/widgets/js/live_gan_run.js";

const RATES = { critic_steps: 1, lr_g: 1e-3, lr_d: 1e-3 };
const SETTINGS = { data: "ring", loss: "hinge", penalty: "r1", weight: 0.1, spectral: true, seed: 1, ...RATES };
const near = (found, expected, within) =>
  assert.ok(Math.abs(found - expected) <= within, `${found}, not ${expected} ± ${within}`);
const mean = (values) => values.reduce((sum, value) => sum + value, 0) / values.length;

test("the moments of the random numbers are those of the distributions, within five standard errors", () => {
  const [n, random] = [40000, new Random(1)];
  const [u, z] = [random.many("uniform", n), random.many("normal", n)];
  assert.ok(u.every((value) => value >= 0 && value < 1));
  for (const [values, m1, m2, error1, error2] of [[u, 1 / 2, 1 / 3, 0.29, 0.3], [z, 0, 1, 1, Math.SQRT2]]) {
    near(mean(values), m1, (5 * error1) / Math.sqrt(n));
    near(mean(values.map((value) => value ** 2)), m2, (5 * error2) / Math.sqrt(n));
  }
  near(mean(z.map((value) => value ** 4)), 3, (5 * Math.sqrt(96)) / Math.sqrt(n)); // var z^4 = 105 - 9
  near(mean(z.slice(1).map((value, i) => value * z[i])), 0, 5 / Math.sqrt(n)); // neighbours, of which half are a pair
});

test("one seed is one run, and another seed another", () => {
  const after = (seed) => {
    const run = new Run({ ...SETTINGS, seed });
    for (let k = 0; k < 5; k += 1) run.training.step();
    return Array.from(run.training.G.theta);
  };
  assert.deepEqual(after(3), after(3));
  assert.notDeepEqual(after(3), after(4));
});

test("looking changes nothing", () => {
  const [run, other] = [1, 2].map(() => new Run(SETTINGS));
  for (let k = 0; k < 3; k += 1) {
    run.training.step();
    run.measure();
    run.landscape(10);
    run.points();
    other.training.step();
  }
  assert.deepEqual(run.training.D.theta, other.training.D.theta);
  assert.deepEqual(run.training.G.theta, other.training.G.theta);
});

test("with spectral normalisation no pair of points is steeper than 1, once power iteration has converged", () => {
  const net = new Net([2, 32, 32, 1], true);
  net.start(new Random(2));
  for (let k = 0; k < 2000; k += 1) net.refresh();
  const x = new Random(3).many("normal", 400);
  const y = Float64Array.from(net.forward(x, 200));
  for (let r = 1; r < 200; r += 1) {
    const apart = Math.hypot(x[r] - x[r - 1], x[200 + r] - x[200 + r - 1]);
    assert.ok(Math.abs(y[r] - y[r - 1]) <= apart * (1 + 1e-6));
  }
});

test("the probabilities of the cells around a data set sum to 1", () => {
  const mixture = MIXTURES.grid;
  let sum = 0;
  for (let i = -60; i < 60; i += 1) for (let j = -60; j < 60; j += 1) sum += Math.exp(logMass(mixture, i, j));
  near(sum, 1, 1e-7);
});

test("a density far away is that of the nearest mode", () => {
  near(logDensity(MIXTURES.ring, 1e4, 0) / (-(((1e4 - 2) / 0.15) ** 2) / 2), 1, 1e-6);
});

test("points where the data have none are at log 2, and far points are counted like others", () => {
  const points = new Float64Array(2000).fill(50);
  const { js, kl, cells } = new Judge(MIXTURES.ring).divergences(points, 1000);
  near(js, Math.log(2), 1e-12);
  assert.ok(cells === 1 && Number.isFinite(kl) && kl > 1e4);
});

test("the data's own points are at 0, within the stated bias", () => {
  for (const name of Object.keys(MIXTURES)) {
    const { js, kl, cells } = floorOf(name);
    assert.ok(js > 0 && js < Math.log(1 + 2 * cells / POINTS) / 2, `${name}: ${js}`);
    assert.ok(kl > 0 && kl < Math.log(1 + 2 * cells / POINTS), `${name}: ${kl}`);
  }
});

test("a mode is covered by a tenth of its share within 3 sigma, and by nothing else", () => {
  const mixture = MIXTURES.ring;
  const judge = new Judge(mixture);
  const all = sample(mixture, new Random(5), 4000);
  assert.deepEqual(judge.covered(all, 4000), Array(8).fill(true));
  const at = (counts) => counts.flatMap((count, k) => Array(count).fill(mixture.means[k]));
  const cloud = (points) => Float64Array.from([...points.map(([x]) => x), ...points.map(([, y]) => y)]);
  const some = at([10, 9, 0, 0, 0, 0, 0, 781]); // 800 points: the fair share is 100
  assert.deepEqual(judge.covered(cloud(some), 800), [true, false, false, false, false, false, false, true]);
  for (const [away, found] of [[2.99, 2], [3.01, 0]]) {
    const beside = some.map(([x, y]) => [x, y + away * mixture.sigma]);
    assert.equal(judge.covered(cloud(beside), 800).filter(Boolean).length, found);
  }
});

test("the picture's strengths lie in [-1, 1] and know their side", () => {
  const scores = Float64Array.from([-40, -1, 0, 1, 40]);
  for (const loss of ["non_saturating", "hinge", "wasserstein"]) {
    const found = Array.from(strengths(scores, loss));
    assert.ok(found.every((s, i) => Math.abs(s) <= 1 && Math.sign(s) === Math.sign(scores[i])));
  }
  assert.deepEqual(strengths(scores, "wasserstein"), strengths(scores.map((s) => s + 7), "wasserstein"));
});
