// How numbers are shown, and how far an axis reaches.

import assert from "node:assert/strict";
import test from "node:test";

import { short, tuple } from "../../gencourse/widgets/js/dom.js";
import { roundUp } from "../../gencourse/widgets/js/plane.js";

test("a number has four digits, a true minus, and powers of ten where it is very large or small", () => {
  const plain = [[0, "0"], [5, "5"], [6.708203932, "6.708"], [-0.25, "−0.25"]];
  const shown = [...plain, [1.234e-5, "1.2 × 10^−5"], [-1e7, "−1.0 × 10^7"]];
  for (const [x, text] of shown) assert.equal(short(x), text);
});

test("a vector hides rounding errors", () => {
  assert.equal(tuple([6e-17, -1]), "(0, −1)");
});

test("an axis reaches 1, 2, 5, 10, 20 ...", () => {
  const reaches = [[1, 1], [1.01, 2], [2, 2], [4.9, 5], [7, 10], [11, 20], [0.3, 0.5]];
  for (const [x, reach] of reaches) assert.equal(roundUp(x), reach);
});
