// The latent plane's decoder and ELBO where they are known by hand. tests/test_latent_plane.py compares with torch.

import assert from "node:assert/strict";
import test from "node:test";

import { decode, halves, layers, mean, walk } from "../../gencourse/widgets/js/latent_plane_decoder.js";
import { average, elbo, gaussianKl, logLikelihood } from "../../gencourse/widgets/js/latent_plane_elbo.js";

const near = (x, y, tolerance = 1e-14) => assert.ok(Math.abs(x - y) <= tolerance * (1 + Math.abs(y)), `${x}, not ${y}`);

test("half precision: one, minus two, the largest, the smallest normal one, the smallest of all, zero", () => {
  const bits = [0x3c00, 0xc000, 0x7bff, 0x0400, 0x0001, 0x0000];
  const packed = Uint8Array.from(bits.flatMap((b) => [b & 255, b >> 8]));
  assert.deepEqual([...halves(packed)], [1, -2, 65504, 2 ** -14, 2 ** -24, 0]);
});

test("two layers by hand: LeakyReLU stands between them, and not behind the last", () => {
  // h = (z1 - z2, z1 + z2 + 1), then -h1 + 10 h2 + 100
  const numbers = Float64Array.from([1, -1, 1, 1, 0, 1, -1, 10, 100]);
  const net = layers([2, 2, 1], numbers);
  assert.deepEqual([...decode(net, [3, 1])], [-2 + 50 + 100]);
  assert.deepEqual([...decode(net, [1, 3])], [-0.2 * -2 + 50 + 100]);
  assert.deepEqual([...decode(net, [-60, 0])], [0.2 * 60 + 10 * 0.2 * -59 + 100]);
  assert.deepEqual([...decode(net, [-600, 0])], [0.2 * 600 + 10 * 0.2 * -599 + 100]); // below zero, and not bent
});

test("a logit of zero is a fair coin, and no logit is too large", () => {
  assert.deepEqual([...mean(Float64Array.of(0, 800, -800))], [0.5, 1, 0]);
  near(logLikelihood([0, 0], [0, 1]), -2 * Math.LN2);
  assert.equal(logLikelihood([800, -800], [1, 0]), 0);
  assert.equal(logLikelihood([800, -800], [0, 1]), -1600);
});

test("a grey pixel's term is the average over its coin", () => {
  const [white, black] = [1, 0].map((x) => logLikelihood([1.3], [x]));
  near(logLikelihood([1.3], [0.25]), 0.25 * white + 0.75 * black);
});

test("the divergence is zero for the prior itself, and known by hand elsewhere", () => {
  assert.equal(gaussianKl([0, 0], [1, 1]), 0);
  assert.equal(gaussianKl([1, 2], [1, 1]), 2.5);
  near(gaussianKl([0, 0], [Math.exp(-1), 1]), (Math.exp(-2) - 1 + 2) / 2);
});

test("the rule gives the moments of a Gaussian up to the ninth, each coordinate with its own mean and spread", () => {
  const moments = [1, 0, 1, 0, 3, 0, 15, 0, 105, 0];
  moments.forEach((m, k) => near(average(([a, b]) => a ** k * b ** 2, [0, 0], [1, 1]), m, 1e-13));
  near(average(([a]) => a, [5, -2], [3, 0.5]), 5);
  near(average(([, b]) => (b + 2) ** 2, [5, -2], [3, 0.5]), 0.25);
});

test("the ELBO is the first term less the second", () => {
  const { explained, kl, elbo: bound } = elbo((z) => [z[0]], [1], [0.2, -1], [0.5, 0.1]);
  assert.equal(bound, explained - kl);
  near(kl, gaussianKl([0.2, -1], [0.5, 0.1]));
});

test("a walk begins and ends where it should, in equal steps", () => {
  assert.deepEqual(walk([0, 1], [4, -1], 5), [[0, 1], [1, 0.5], [2, 0], [3, -0.5], [4, -1]]);
});
