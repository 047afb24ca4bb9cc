// Norms of 2 x 2 matrices and vectors, as in gencourse.norms. A = [[a, b], [c, d]]; p is "1", "2" or "inf".

export const times = ([[a, b], [c, d]], [x, y]) => [a * x + b * y, c * x + d * y];
export const transpose = ([[a, b], [c, d]]) => [[a, c], [b, d]];
export const scaled = (x, factor) => x.map((value) => value * factor);

/** The p-norm of a vector. */
export function vectorNorm(x, p) {
  if (p === "2") return Math.hypot(...x);
  const moduli = x.map(Math.abs);
  return p === "1" ? moduli[0] + moduli[1] : Math.max(...moduli);
}

/** x divided by its p-norm; the zero vector stays. */
export function unit(x, p) {
  const large = Math.max(...x.map(Math.abs)); // first, so that no norm overflows or is subnormal
  if (large === 0) return x;
  const y = x.map((value) => value / large);
  return scaled(y, 1 / vectorNorm(y, p));
}

/** The sums of moduli of the columns for p = 1, of the rows for p = inf. */
export const sums = (A, p) => (p === "1" ? transpose(A) : A).map((line) => vectorNorm(line, "1"));

/** The largest gain of x -> Ax: the largest column sum, singular value or row sum. */
export const induced = (A, p) => (p === "2" ? singular(A).sigma[0] : Math.max(...sums(A, p)));

/** A vector of p-norm 1 whose image is as long as the norm allows. */
export function maximizer(A, p) {
  if (p === "2") return singular(A).v;
  const [first, second] = sums(A, p);
  if (p === "1") return first >= second ? [1, 0] : [0, 1];
  return A[first >= second ? 0 : 1].map((value) => (value < 0 ? -1 : 1));
}

/**
 * The singular values and the first right singular vector. A is the sum of a turn with stretching, of strength
 * hypot(a + d, c - b) / 2, and a reflected one, of strength hypot(a - d, b + c) / 2. Nothing is squared.
 */
export function singular([[a, b], [c, d]]) {
  const large = Math.max(...[a, b, c, d].map(Math.abs)) || 1;
  const [turn, mirror] = [[a + d, c - b], [a - d, b + c]].map((pair) => scaled(pair, 0.5));
  const [r, s] = [turn, mirror].map(([x, y]) => Math.hypot(x / large, y / large));
  const angle = (Math.atan2(mirror[1], mirror[0]) - Math.atan2(turn[1], turn[0])) / 2;
  return { sigma: [large * (r + s), large * Math.abs(r - s)], v: [Math.cos(angle), Math.sin(angle)] };
}

/** x_1 = x / ||x||, ..., x_count of power iteration: each x_k with its image and its gain ||A x_k||_2. */
export function powerIteration(A, x, count) {
  const large = 2 ** Math.floor(Math.log2(Math.max(...A.flat().map(Math.abs)) || 1)); // a power of 2: no rounding
  const B = A.map((row) => row.map((value) => value / large));
  const rounds = [];
  for (let k = 1; k <= count; k += 1) {
    x = unit(x, "2");
    const y = times(B, x);
    rounds.push({ k, x, image: scaled(y, large), gain: large * Math.hypot(...y) });
    x = times(transpose(B), y);
  }
  return rounds;
}

/** Points of p-norm 1, once around; the corners alone where the ball has corners. */
export function ball(p, count = 180) {
  if (p === "1") return [[1, 0], [0, 1], [-1, 0], [0, -1]];
  if (p === "inf") return [[1, 1], [-1, 1], [-1, -1], [1, -1]];
  return Array.from({ length: count }, (_, i) => 2 * Math.PI * (i / count)).map((t) => [Math.cos(t), Math.sin(t)]);
}
