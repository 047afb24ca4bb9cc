// Norms of 2 x 2 matrices where they are known by hand. tests/test_explorers.py compares them with gencourse.norms.

import assert from "node:assert/strict";
import test from "node:test";

import * as matrix2 from "../../gencourse/widgets/js/matrix2.js";

const { ball, induced, maximizer, powerIteration, singular, times, unit, vectorNorm } = matrix2;

const A = [[3, 0], [-4, 5]]; // chapter 2
const near = (x, y, tolerance = 1e-14) => assert.ok(Math.abs(x - y) <= tolerance * Math.abs(y), `${x} is not ${y}`);

test("the norms of chapter 2's matrix are those by hand", () => {
  assert.equal(induced(A, "1"), 7);
  assert.equal(induced(A, "inf"), 9);
  near(induced(A, "2"), Math.sqrt(45));
  near(singular(A).sigma[1], Math.sqrt(5));
});

test("the gains of power iteration are those of chapter 3", () => {
  const gains = powerIteration(A, [1, 0], 3).map(({ gain }) => gain);
  assert.equal(gains[0], 5);
  near(gains[1], Math.sqrt((81 * 45 + 5) / 82));
});

test("a start on the short axis stays there", () => {
  // A rounding error of the vector grows ninefold a round, by 9^11 = 3e10; the gain feels its square.
  for (const { gain } of powerIteration(A, [0.707, 0.707], 12)) near(gain, Math.sqrt(5), 1e-10);
});

test("every point of a ball's edge has norm 1", () => {
  for (const p of ["1", "2", "inf"]) for (const x of ball(p)) near(vectorNorm(x, p), 1);
});

test("the maximiser has norm 1 and reaches the norm, for singular and for scaled matrices too", () => {
  const singulars = [[[0, 0], [0, 2]], [[1, 2], [2, 4]], [[1e-300, 0], [0, 0]]];
  for (const M of [A, [[0, -1], [1, 0]], [[1e200, 0], [1e200, 1e199]], ...singulars]) {
    for (const p of ["1", "2", "inf"]) {
      near(vectorNorm(maximizer(M, p), p), 1);
      near(vectorNorm(times(M, maximizer(M, p)), p), induced(M, p));
    }
  }
});

test("the zero matrix and the zero vector give zeros, not NaN", () => {
  const zero = [[0, 0], [0, 0]];
  for (const p of ["1", "2", "inf"]) assert.equal(induced(zero, p), 0);
  assert.deepEqual(powerIteration(zero, [1, 0], 2).map(({ gain }) => gain), [0, 0]);
  assert.deepEqual(unit([0, 0], "2"), [0, 0]);
});
