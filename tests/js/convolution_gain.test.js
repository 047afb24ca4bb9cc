// Gains that are known by hand, and the truths of chapter 4. tests/test_convolution_gain.py compares with the package.

import assert from "node:assert/strict";
import test from "node:test";

import { grey, viridis } from "../../gencourse/widgets/js/convolution_gain_pictures.js";
import * as waves from "../../gencourse/widgets/js/convolution_gain_waves.js";

const { convolved, flattened, gain, loudest, spectrum, transfer, wave, within } = waves;

const DELTA = [[0, 0, 0], [0, 1, 0], [0, 0, 0]];
const BOX = [[1, 1, 1], [1, 1, 1], [1, 1, 1]];
const SOBEL = [[1, 0, -1], [2, 0, -2], [1, 0, -1]];
const LAPLACIAN = [[0, -1, 0], [-1, 4, -1], [0, -1, 0]];
const CROOKED = [[0.3, -1.2, 2], [1.7, 0, -0.4], [-0.9, 2.2, 0.1]];

const near = (x, y, tolerance = 1e-13) => assert.ok(Math.abs(x - y) <= tolerance, `${x} is not ${y}`);
const top = (kernel, n) => loudest(spectrum(kernel, n));

test("the norms of chapter 4's kernels are those by hand, at the waves of its figure", () => {
  for (const [kernel, norm, f, flat] of [
    [BOX, 9, [0, 0], 9],
    [SOBEL, 8, [0, 4], 12],
    [LAPLACIAN, 8, [8, 8], 20],
    [DELTA, 1, [0, 0], 1],
  ]) {
    near(top(kernel, 16).norm, norm);
    assert.deepEqual(top(kernel, 16).f, f);
    near(flattened(kernel), Math.sqrt(flat));
  }
});

test("an odd circle has no checkerboard, and the Laplacian's norm is that of the next best wave", () => {
  near(top(LAPLACIAN, 15).norm, 4 - 4 * Math.cos((14 * Math.PI) / 15));
  assert.deepEqual(top(LAPLACIAN, 15).f, [7, 7]);
});

test("a wave keeps its shape: its image is the gain times the wave, moved", () => {
  for (const [n, f] of [[3, [1, -1]], [8, [3, 2]], [15, [-7, 4]], [32, [16, 5]]]) {
    const [re, im] = transfer(CROOKED, n, f);
    const image = convolved(CROOKED, n, wave(n, f));
    image.forEach((value, t) => {
      const angle = (2 * Math.PI * (f[0] * Math.floor(t / n) + f[1] * (t % n))) / n;
      near(value, re * Math.cos(angle) - im * Math.sin(angle), 1e-12); // the real part of w_hat e^(i omega t)
    });
    near(Math.hypot(...image) / Math.hypot(...wave(n, f)), gain(CROOKED, n, f), 1e-12);
  }
});

test("rows go down and columns across, and the kernel reads what lies ahead of a pixel", () => {
  const x = Array(25).fill(0);
  x[2 * 5 + 3] = 1; // row 2, column 3
  const from = (i, j) => DELTA.map((row, r) => row.map((_, c) => (r === i && c === j ? 1 : 0)));
  assert.equal(convolved(from(0, 1), 5, x)[3 * 5 + 3], 1); // tap (-1, 0): seen from one row below
  assert.equal(convolved(from(1, 2), 5, x)[2 * 5 + 2], 1); // tap (0, 1): seen from one column before
  assert.equal(convolved(from(0, 0), 3, [0, 0, 0, 0, 0, 0, 0, 0, 1])[0], 1); // around the torus
});

test("the flattened norm is the root mean square of the gains, and the true norm 1 to 3 times that", () => {
  for (const kernel of [BOX, SOBEL, LAPLACIAN, DELTA, CROOKED]) {
    for (const n of [3, 7, 15]) {
      const all = spectrum(kernel, n).map((one) => one.gain);
      assert.equal(all.length, n * n);
      const flat = flattened(kernel);
      near(Math.hypot(...all) / n, flat);
      assert.ok(top(kernel, n).norm >= flat * (1 - 1e-14) && top(kernel, n).norm <= 3 * flat * (1 + 1e-14));
    }
  }
});

test("the map of an even torus shows its outermost waves on both sides", () => {
  const all = spectrum(CROOKED, 4).map((one) => one.gain);
  const [rows, last] = [[0, 1, 2, 3, 4].map((i) => all.slice(5 * i, 5 * i + 5)), 4];
  assert.deepEqual(rows[0], rows[last]);
  for (const row of rows) assert.equal(row[0], row[last]);
});

test("a wave that the kernel wipes out has no gain at all, and the zero kernel no loud wave", () => {
  assert.equal(gain(SOBEL, 16, [8, 3]), 0);
  assert.equal(gain(BOX, 3, [1, 0]), 0);
  assert.deepEqual(top([[0, 0, 0], [0, 0, 0], [0, 0, 0]], 8), { norm: 0, f: [0, 0] });
  near(gain([[0, 0, 0], [1, 1e-10 - 1, 0], [0, 0, 0]], 8, [0, 0]), 1e-10, 1e-15); // small, but no rounding
});

test("a wave comes back as the same one with fewer periods", () => {
  for (const [f, n, expected] of [
    [[0, 0], 16, [0, 0]],
    [[8, -8], 16, [8, -8]],
    [[9, -9], 16, [-7, 7]],
    [[16, -16], 5, [1, -1]],
    [[3, 2], 5, [-2, 2]],
  ]) {
    assert.deepEqual(within(f, n), expected);
    assert.deepEqual(wave(n, f), wave(n, expected));
  }
});

test("colours have their ends, and no share leaves the scale", () => {
  assert.deepEqual([viridis(0), viridis(1)], [[68, 1, 84], [253, 231, 37]]);
  assert.deepEqual([viridis(-1), viridis(2)], [viridis(0), viridis(1)]);
  assert.deepEqual([grey(-1), grey(0), grey(1), grey(7)].map(([v]) => v), [0, 128, 255, 255]);
});
