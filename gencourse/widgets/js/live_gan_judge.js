// How far generated points are from a known density, as gencourse.metrics.plane has it: divergences over the cells of
// a square grid, and the modes that are covered. Points are a matrix (2, n).

import { logDensity } from "./live_gan_data.js";

const CELLS = 2; // cells for each sigma, in each direction
const NODES = [-Math.sqrt(0.6) / 2, 0, Math.sqrt(0.6) / 2]; // Gauss and Legendre's, in a cell of width 1
const WEIGHTS = [5 / 18, 8 / 18, 5 / 18];

/** log of the probability of cell (i, j), whose lower left corner is (i, j) times the width of a cell. */
export function logMass(mixture, i, j) {
  const width = mixture.sigma / CELLS;
  const middle = logDensity(mixture, (i + 0.5) * width, (j + 0.5) * width);
  let share = 0; // relative to the middle, which may be as small as exp(-10000)
  NODES.forEach((a, k) =>
    NODES.forEach((b, l) => {
      const log = logDensity(mixture, (i + 0.5 + a) * width, (j + 0.5 + b) * width);
      share += WEIGHTS[k] * WEIGHTS[l] * Math.exp(log - middle);
    }),
  );
  return middle + Math.log(share * width ** 2);
}

/** A judge of points against one mixture. It remembers the probabilities of the cells that it has met. */
export class Judge {
  constructor(mixture) {
    this.mixture = mixture;
    this.known = new Map();
  }

  /** JSD(p, q) and KL(q || p) over cells, in nats, for the points' distribution q; how many cells hold points. */
  divergences(points, n) {
    const cells = this.count(points, n);
    let [js, kl, met] = [0, 0, 0];
    for (const [key, { i, j, count }] of cells) {
      if (!this.known.has(key)) this.known.set(key, logMass(this.mixture, i, j));
      const [q, log] = [count / n, this.known.get(key)];
      const p = Math.exp(log);
      const half = Math.log((p + q) / 2);
      js += (q * (Math.log(q) - half) + (p > 0 ? p * (log - half) : 0)) / 2;
      kl += q * (Math.log(q) - log);
      met += p;
    }
    return { js: js + ((1 - met) * Math.log(2)) / 2, kl, cells: cells.size };
  }

  /** The points in each cell that holds any. */
  count(points, n) {
    const width = this.mixture.sigma / CELLS;
    const cells = new Map();
    for (let r = 0; r < n; r += 1) {
      const [i, j] = [Math.floor(points[r] / width), Math.floor(points[n + r] / width)];
      const key = i * 2 ** 26 + j; // one number for the pair, exact up to 2^25 cells from the origin
      const cell = cells.get(key);
      if (cell) cell.count += 1;
      else cells.set(key, { i, j, count: 1 });
    }
    return cells;
  }

  /** For each mode, whether a tenth of its fair share n / K of the points is nearest to it and within 3 sigma. */
  covered(points, n) {
    const { means, sigma } = this.mixture;
    const counts = means.map(() => 0);
    for (let r = 0; r < n; r += 1) {
      let [nearest, least] = [-1, (3 * sigma) ** 2];
      means.forEach(([x, y], k) => {
        const square = (points[r] - x) ** 2 + (points[n + r] - y) ** 2;
        if (square <= least) [nearest, least] = [k, square];
      });
      if (nearest >= 0) counts[nearest] += 1;
    }
    return counts.map((count) => count >= n / means.length / 10);
  }
}
