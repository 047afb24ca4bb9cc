// The two terms of the ELBO for a Gaussian guess of two causes, in nats: gencourse.losses, in double precision.

/** log p(x|s) of Bernoulli pixels; of a grey pixel, the average over the coin that its grey stands for. */
export function logLikelihood(logits, x) {
  let sum = 0;
  for (let i = 0; i < x.length; i += 1) sum += x[i] * logits[i] - softplus(logits[i]);
  return sum;
}

// log(1 + e^s), exact for every s
const softplus = (s) => Math.max(s, 0) + Math.log1p(Math.exp(-Math.abs(s)));

/** KL(N(mu, sigma²) || N(0, I)), in closed form. */
export const gaussianKl = (mu, sigma) =>
  mu.reduce((sum, m, j) => sum + (m * m + sigma[j] * sigma[j] - 1) / 2 - Math.log(sigma[j]), 0);

// Gauss and Hermite's five points and weights: exact for the average of polynomials up to degree 9 over N(0, 1).
const NEAR = Math.sqrt(5 - Math.sqrt(10));
const FAR = Math.sqrt(5 + Math.sqrt(10));
const RULE = [
  [-FAR, (7 - 2 * Math.sqrt(10)) / 60],
  [-NEAR, (7 + 2 * Math.sqrt(10)) / 60],
  [0, 8 / 15],
  [NEAR, (7 + 2 * Math.sqrt(10)) / 60],
  [FAR, (7 - 2 * Math.sqrt(10)) / 60],
];

/** The average of f(z) over z ~ N(mu, sigma²) in the plane, from 5 x 5 places. */
export function average(f, mu, sigma) {
  let sum = 0;
  for (const [a, u] of RULE) for (const [b, v] of RULE) sum += u * v * f([mu[0] + a * sigma[0], mu[1] + b * sigma[1]]);
  return sum;
}

/** E_q log p(x|z), `explained`, KL(q || p(z)), `kl`, and their difference, for the guess q = N(mu, sigma²). */
export function elbo(decode, x, mu, sigma) {
  const explained = average((z) => logLikelihood(decode(z), x), mu, sigma);
  const kl = gaussianKl(mu, sigma);
  return { explained, kl, elbo: explained - kl };
}
