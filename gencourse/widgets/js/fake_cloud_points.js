// The fake cloud as points and as a density, as in gencourse.widgets.FakeCloud. `data` is what Python packed.

/** L = R(angle) diag(stretch). */
export function linear({ stretch: [a, b], angle }) {
  const t = (angle * Math.PI) / 180;
  const [c, s] = [Math.cos(t), Math.sin(t)];
  return [[c * a, -s * b], [s * a, c * b]];
}

/** Which mode a point belongs to: the first with the probability `share`, the others with equal ones. */
const mode = (u, share) => (u >= share ? 1 : 0) + (u >= (1 + share) / 2 ? 1 : 0);

/** The points u that are to be moved. */
function base({ shape, share, count }, data) {
  if (shape === "copies") return data.real.slice(0, count);
  const z = data.z.slice(0, count);
  if (shape === "gaussian") return z.map(([p, q]) => [data.sd * p, data.sd * q]);
  return z.map(([p, q], i) => {
    const [x, y] = data.means[mode(data.u[i], share)];
    return [x + data.sigma * p, y + data.sigma * q];
  });
}

/** The fake points y = centre + L u. */
export function fakePoints(state, data) {
  const [[a, b], [c, d]] = linear(state);
  const [x, y] = state.centre;
  const points = base(state, data).map(([p, q]) => [x + (p * a + q * b), y + (p * c + q * d)]);
  if (state.outlier) points[points.length - 1] = data.outlier;
  return points;
}

/** Weights, as logarithms, means and standard deviation of the density that u is drawn from. */
function mixture({ shape, share, count }, data) {
  const rest = Math.log((1 - share) / 2);
  if (shape === "modes") return [[Math.log(share), rest, rest], data.means, data.sigma];
  if (shape === "gaussian") return [[0], [[0, 0]], data.sd];
  return [Array(count).fill(-Math.log(count)), data.real.slice(0, count), data.copy];
}

/**
 * log of sum_k exp(logs[k]) N(x; means[k], sd^2 I), in nats. The largest part so far is taken out: nothing underflows.
 * For copies this is the work of a movement: 600 points under 300 Gaussians, most of which are too far to matter.
 */
export function logMixture([x, y], logs, means, sd) {
  const scale = -1 / (2 * sd ** 2);
  let [largest, sum] = [-Infinity, 0];
  for (let k = 0; k < means.length; k += 1) {
    const [dx, dy] = [x - means[k][0], y - means[k][1]];
    const log = logs[k] + scale * (dx * dx + dy * dy);
    if (log === -Infinity || log < largest - 40) continue; // a dropped mode, or less than rounding
    sum = log > largest ? sum * Math.exp(largest - log) + 1 : sum + Math.exp(log - largest);
    largest = Math.max(largest, log);
  }
  return largest + Math.log(sum) - Math.log(2 * Math.PI * sd ** 2);
}

/** The mean of log q over points, in nats: log q(x) = log p_u(L^-1 (x - centre)) - log |det L|. */
export function likelihood(points, state, data) {
  const { centre, stretch: [a, b], count } = state;
  const [c, s] = linear({ ...state, stretch: [1, 1] }).map(([first]) => first);
  const parts = mixture(state, data);
  const logs = points.map(([x, y]) => {
    const [p, q] = [x - centre[0], y - centre[1]];
    const log = logMixture([(c * p + s * q) / a, (c * q - s * p) / b], ...parts) - Math.log(a * b);
    if (!state.outlier) return log;
    const far = logMixture([x, y], [0], [data.outlier], data.sigma) - Math.log(count);
    const near = log + Math.log1p(-1 / count);
    return Math.max(near, far) + Math.log1p(Math.exp(-Math.abs(near - far)));
  });
  return logs.reduce((total, log) => total + log, 0) / points.length;
}
