// Mixtures of Gaussians in the plane, as in gencourse.data: equal weights, covariance sigma^2 I.

const range = (count) => Array.from({ length: count }, (_, k) => k);

/** `modes` centres on a circle, the first at (radius, 0). */
function ring(modes, radius) {
  const angles = range(modes).map((k) => (2 * Math.PI * k) / modes);
  return angles.map((t) => [radius * Math.cos(t), radius * Math.sin(t)]);
}

/** side x side centres about the origin. */
function grid(side, spacing) {
  const ticks = range(side).map((k) => spacing * (k - (side - 1) / 2));
  return ticks.flatMap((x) => ticks.map((y) => [x, y]));
}

/** `modes` centres on each of two half circles that reach into each other. */
function moons(modes, radius) {
  const angles = range(modes).map((k) => (Math.PI * k) / (modes - 1));
  const upper = angles.map((t) => [radius * (Math.cos(t) - 0.5), radius * (Math.sin(t) - 0.25)]);
  return [...upper, ...upper.map(([x, y]) => [-x, -y])];
}

// In single precision, as torch has the centres: far from them, the density notices.
const mixture = (means, sigma) => ({ means: means.map((mean) => mean.map(Math.fround)), sigma });

/** The data sets by name, with the settings of gencourse.widgets.live_gan.MIXTURES. */
export const MIXTURES = {
  ring: mixture(ring(8, 2), 0.15),
  grid: mixture(grid(5, 1), 0.1),
  moons: mixture(moons(16, 1.5), 0.12),
};

/** n points as a matrix (2, n): all first coordinates, then all second ones. */
export function sample({ means, sigma }, random, n) {
  const points = new Float64Array(2 * n);
  for (let r = 0; r < n; r += 1) {
    const [x, y] = means[Math.floor(means.length * random.uniform())];
    points[r] = x + sigma * random.normal();
    points[n + r] = y + sigma * random.normal();
  }
  return points;
}

/** log p(x, y) in nats. The nearest centre's part is taken out first, so that nothing underflows. */
export function logDensity({ means, sigma }, x, y) {
  const scale = -1 / (2 * sigma ** 2);
  const square = ([a, b]) => (x - a) ** 2 + (y - b) ** 2;
  let [nearest, sum] = [Infinity, 0];
  for (const mean of means) nearest = Math.min(nearest, square(mean));
  for (const mean of means) sum += Math.exp(scale * (square(mean) - nearest));
  return scale * nearest + Math.log(sum / (means.length * 2 * Math.PI * sigma ** 2));
}
