// How far a fake cloud is from a real one, as in gencourse.metrics: points [x, y] of the plane.

const [BALLS, CELLS] = [3, 5]; // k of precision and recall, and of density and coverage
export const DIGITS = 3; // of each number that is shown, and of its comparison

const mean = (values) => values.reduce((sum, value) => sum + value, 0) / values.length;

/** The mean and the unbiased covariance [[a, b], [b, c]]. */
export function meanAndCov(points) {
  const [mx, my] = [0, 1].map((i) => mean(points.map((point) => point[i])));
  const about = (f) => points.reduce((sum, [x, y]) => sum + f(x - mx, y - my), 0) / (points.length - 1);
  const b = about((x, y) => x * y);
  return { mu: [mx, my], cov: [[about((x) => x * x), b], [b, about((x, y) => y * y)]] };
}

const det = ([[a, b], [c, d]]) => Math.max(0, a * d - b * c);

/**
 * The Fréchet distance of two Gaussians. Of a 2 x 2 matrix M the nuclear norm is the sum s of two singular values, and
 * s^2 = ||M||_F^2 + 2 |det M|. With M = cov1^(1/2) cov2^(1/2) that is tr(cov1 cov2) + 2 sqrt(det cov1 det cov2).
 */
export function frechet({ mu: [x1, y1], cov: one }, { mu: [x2, y2], cov: two }) {
  const [[a, b], [, c]] = one;
  const [[p, q], [, r]] = two;
  const overlap = Math.sqrt(a * p + 2 * b * q + c * r + 2 * Math.sqrt(det(one) * det(two)));
  return Math.max(0, (x1 - x2) ** 2 + (y1 - y2) ** 2 + a + c + p + r - 2 * overlap); // rounding can leave -1e-15
}

/** The mean of the cubic kernel over all pairs of x and y, or of one set over pairs of different points. */
export function meanKernel(x, y = null) {
  const other = y ?? x;
  let sum = 0;
  for (let i = 0; i < x.length; i += 1) {
    const [a, b] = x[i];
    let row = 0; // sums of rows lose fewer digits than one long sum
    for (let j = 0; j < other.length; j += 1) {
      if (y === null && i === j) continue;
      const v = (a * other[j][0] + b * other[j][1]) / 2 + 1;
      row += v * v * v;
    }
    sum += row;
  }
  return sum / (x.length * (y === null ? x.length - 1 : y.length));
}

/** All squared distances, one row for each x. */
export const squares = (x, y) =>
  x.map(([a, b]) => {
    const row = new Float64Array(y.length);
    for (let j = 0; j < y.length; j += 1) row[j] = (a - y[j][0]) ** 2 + (b - y[j][1]) ** 2;
    return row;
  });

/** The k-th smallest number. */
function smallest(row, k) {
  const least = new Float64Array(k).fill(Infinity); // sorted
  for (const value of row) {
    if (value >= least[k - 1]) continue;
    let i = k - 1;
    for (; i > 0 && least[i - 1] > value; i -= 1) least[i] = least[i - 1];
    least[i] = value;
  }
  return least[k - 1];
}

/** The squared distance of each point to its k-th nearest other point. The nearest of all is the point itself. */
export const radii = (distances, k) => distances.map((row) => smallest(row, k + 1));

/** What is known of the real points before any fake ones: `.judge(fake)` gives the measures. */
export class Judge {
  constructor(real) {
    const distances = squares(real, real);
    this.real = real;
    this.gaussian = meanAndCov(real);
    this.kernel = meanKernel(real);
    this.balls = radii(distances, BALLS);
    this.cells = radii(distances, CELLS);
  }

  /** The measures, the Gaussian of the fake points, which of them lie in a real ball, and which real in a fake one. */
  judge(fake) {
    const [n, m] = [this.real.length, fake.length];
    const own = radii(squares(fake, fake), BALLS);
    const [good, reached, met] = [m, n, n].map((length) => Array(length).fill(false));
    let inside = 0; // pairs of a fake point and a real one's cell that holds it
    squares(this.real, fake).forEach((row, i) => {
      const [ball, cell] = [this.balls[i], this.cells[i]];
      for (let j = 0; j < m; j += 1) {
        if (row[j] <= ball) good[j] = true;
        if (row[j] <= own[j]) reached[i] = true;
        if (row[j] > cell) continue;
        inside += 1;
        met[i] = true;
      }
    });
    const gaussian = meanAndCov(fake);
    const share = (marks) => marks.filter(Boolean).length / marks.length;
    const measures = {
      frechet: frechet(this.gaussian, gaussian),
      kid: this.kernel + meanKernel(fake) - 2 * meanKernel(this.real, fake),
      precision: share(good),
      recall: share(reached),
      density: inside / (CELLS * m),
      coverage: share(met),
    };
    return { measures, gaussian, good, reached };
  }
}

/** Whether a measure is worse than the limit of perfect clouds, to the digits shown; `more` says which way is better. */
export function isWorse(value, limit, more) {
  const shown = Number(value.toFixed(DIGITS));
  return more ? shown < limit : shown > limit;
}
