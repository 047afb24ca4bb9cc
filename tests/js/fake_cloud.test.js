// The fake cloud and its measures where they are known by hand. tests/test_fake_cloud.py compares them with the package.

import assert from "node:assert/strict";
import test from "node:test";

import * as measures from "../../gencourse/widgets/js/fake_cloud_measures.js";
import { fakePoints, likelihood, linear } from "../../gencourse/widgets/js/fake_cloud_points.js";

const { frechet, isWorse, Judge, meanAndCov, meanKernel, radii, squares } = measures;

const near = (x, y, tolerance = 1e-12) => assert.ok(Math.abs(x - y) <= tolerance, `${x} is not ${y}`);
const STATE = { shape: "modes", centre: [0, 0], stretch: [1, 1], angle: 0, share: 1 / 3, outlier: false, count: 4 };
const DATA = {
  means: [[2, 0], [-1, 1], [-1, -1]],
  sigma: 0.5,
  sd: 2,
  copy: 0.1,
  outlier: [9, 9],
  real: [[0, 1], [2, 3], [4, 5], [6, 7], [8, 9]],
  z: [[0, 0], [1, 0], [0, 1], [-1, -1], [2, 2]],
  u: [0.1, 0.4, 0.6, 0.9, 0.2],
};

test("mean and covariance of the corners of a square", () => {
  const { mu, cov } = meanAndCov([[1, 1], [-1, 1], [-1, -1], [1, -1]]);
  assert.deepEqual(mu, [0, 0]);
  cov.flat().forEach((value, i) => near(value, [4 / 3, 0, 0, 4 / 3][i]));
});

test("the Fréchet distance compares standard deviations axis by axis where covariances commute", () => {
  const one = { mu: [0, 0], cov: [[1, 0], [0, 4]] };
  const two = { mu: [3, 0], cov: [[9, 0], [0, 4]] };
  near(frechet(one, two), 9 + 4);
  near(frechet(two, one), 13);
  assert.equal(frechet(one, one), 0);
});

test("turned by a right angle, a Gaussian pays twice the squared difference of its deviations", () => {
  near(frechet({ mu: [0, 0], cov: [[1, 0], [0, 9]] }, { mu: [0, 0], cov: [[9, 0], [0, 1]] }), 8);
});

test("a line has no width: the distance of two flat Gaussians at an angle, from the one product that is left", () => {
  // tr + tr - 2 |cos t| for the covariances v v^T and w w^T of unit vectors at the angle t
  const flat = (t) => [Math.cos(t), Math.sin(t)].map((a, _, v) => v.map((b) => a * b));
  for (const t of [0, 0.3, 1, Math.PI / 2, 2.5]) {
    near(frechet({ mu: [0, 0], cov: flat(0) }, { mu: [0, 0], cov: flat(t) }), 2 - 2 * Math.abs(Math.cos(t)), 1e-7);
  }
});

test("the kernel's mean leaves out the pairs of a point with itself, and no others", () => {
  // k(a, b) = (a.b / 2 + 1)^3: 8 for (1, 1) and itself, 0 for (1, 1) and (-1, -1), 1 for the origin and anything
  const [a, b, o] = [[1, 1], [-1, -1], [0, 0]];
  assert.equal(meanKernel([a, b]), 0);
  assert.equal(meanKernel([a, b, o]), 4 / 6);
  assert.equal(meanKernel([a, o], [a, b, o]), (8 + 0 + 1 + 3) / 6);
  assert.equal(meanKernel([a, a]), 8); // a copy is another point
});

test("a radius reaches the k-th nearest other point, and a copy is another point", () => {
  const line = [0, 1, 3, 7].map((x) => [x, 0]);
  assert.deepEqual(radii(squares(line, line), 1), [1, 1, 4, 16]);
  assert.deepEqual(radii(squares(line, line), 3), [49, 36, 16, 49]);
  const twice = [[5, 5], [5, 5], [0, 0]];
  assert.deepEqual(radii(squares(twice, twice), 1), [0, 0, 50]);
});

test("copies are perfect in everything that looks at the points, and KID of copies is below 0", () => {
  const real = Array.from({ length: 30 }, (_, i) => [Math.cos(i * i), Math.sin(3 * i)]);
  const { measures: found, good, reached } = new Judge(real).judge(real);
  near(found.frechet, 0, 1e-14);
  assert.ok(found.kid < 0);
  assert.deepEqual([found.precision, found.recall, found.coverage], [1, 1, 1]);
  assert.equal(found.density, 6 / 5); // five neighbours and the point itself
  assert.ok([...good, ...reached].every(Boolean));
});

test("precision, recall, density and coverage of points on a line, by hand; a point on a surface is in the ball", () => {
  const onLine = (...places) => places.map((x) => [x, 0]);
  const { measures: found, good, reached } = new Judge(onLine(0, 1, 2, 3, 4, 5)).judge(onLine(-3, -2, -4, -6));
  assert.deepEqual(good, [true, true, false, false]); // the ball of 0 has radius 3, those of 1 to 4 radius 2
  assert.deepEqual(reached, [true, true, true, false, false, false]); // radii 3, 4, 2, 4: from -2 to 2
  assert.equal(found.precision, 1 / 2);
  assert.equal(found.recall, 1 / 2);
  assert.equal(found.density, (3 + 2) / (5 * 4)); // k = 5: radius 5 around 0 holds -2, -3, -4; 4 around 1: -2, -3
  assert.equal(found.coverage, 2 / 6);
});

test("two clouds far apart have nothing in common", () => {
  const real = Array.from({ length: 20 }, (_, i) => [Math.cos(i), Math.sin(i)]);
  const { measures: found } = new Judge(real).judge(real.map(([x, y]) => [x + 100, y]));
  assert.deepEqual([found.precision, found.recall, found.density, found.coverage], [0, 0, 0, 0]);
  near(found.frechet, 10000, 1e-9);
});

test("a verdict is about the digits that are shown, and equal is not worse", () => {
  assert.deepEqual([0.9, 0.9004, 0.8996, 0.899].map((v) => isWorse(v, 0.9, true)), [false, false, false, true]);
  assert.deepEqual([0.1, 0.1004, -1, 0.101].map((v) => isWorse(v, 0.1, false)), [false, false, false, true]);
});

test("a fake point belongs to the mode that its u falls to, and is moved by L", () => {
  const whole = [[2, 0], [-0.5, 1], [-1, 1.5], [-1.5, -1.5]];
  fakePoints(STATE, DATA).flat().forEach((value, i) => near(value, whole.flat()[i]));
  const dropped = fakePoints({ ...STATE, share: 0 }, DATA);
  assert.ok(dropped.every(([x]) => x < 0));
  const turned = fakePoints({ ...STATE, angle: 90, stretch: [2, 3], centre: [1, 1] }, DATA);
  turned.flat().forEach((value, i) => near(value, whole.flatMap(([x, y]) => [1 - 3 * y, 1 + 2 * x])[i]));
});

test("copies are the first real points themselves, and the outlier takes the last place", () => {
  const copies = { ...STATE, shape: "copies" };
  assert.deepEqual(fakePoints(copies, DATA), DATA.real.slice(0, 4));
  assert.deepEqual(fakePoints({ ...copies, outlier: true }, DATA), [...DATA.real.slice(0, 3), [9, 9]]);
});

test("L turns first and second axis and stretches each", () => {
  linear({ angle: 90, stretch: [2, 3] }).flat().forEach((value, i) => near(value, [0, -3, 2, 0][i]));
  assert.ok(Object.is(linear({ angle: 0, stretch: [1, 1] })[0][0], 1)); // copies at rest are copies to the last bit
});

test("the likelihood of a point in the middle of a Gaussian is minus the log of its volume", () => {
  const state = { ...STATE, shape: "gaussian", centre: [3, -1], stretch: [0.5, 1.5], angle: 20 };
  near(likelihood([[3, -1]], state, DATA), -Math.log(2 * Math.PI * 4 * 0.75));
});

test("the fake density integrates to one, with every shape, stretch and outlier", () => {
  const [step, axis] = [0.05, Array.from({ length: 601 }, (_, i) => -15 + 0.05 * i)];
  for (const shape of ["modes", "gaussian"]) {
    const state = { ...STATE, shape, centre: [1, -0.5], stretch: [0.6, 1.4], angle: -35, share: 0.7, outlier: true };
    let total = 0;
    for (const x of axis) for (const y of axis) total += Math.exp(likelihood([[x, y]], state, DATA)) * step ** 2;
    near(total, 1, 1e-6);
  }
});

test("an unlikely point has a finite likelihood, and a mode without points leaves no NaN", () => {
  const far = likelihood([[1e5, 0]], { ...STATE, share: 1 }, DATA);
  assert.ok(Number.isFinite(far) && far < -1e9);
});
