// The statistics of a forced choice, exact, as in gencourse/metrics/forced_choice.py.

export const LEVEL = 0.05;
const TAIL = 0.025; // on either side of a 95 % interval
const HALVINGS = 100; // of [0, 1]: beyond the last bit of any bound

const sum = (values) => values.reduce((a, b) => a + b, 0);

/** The probabilities of 0, 1, ..., n right answers, each right with probability r. */
export function binomial(n, r) {
  if (r > 0.5) return binomial(n, 1 - r).reverse(); // (1 - r)^n would be too small for a number
  const odds = r / (1 - r);
  const p = [(1 - r) ** n];
  for (let k = 0; k < n; k += 1) p.push(((p[k] * (n - k)) / (k + 1)) * odds);
  return p;
}

/** The probability that a guesser strays from half of n at least as far as c does. */
export const pValue = (c, n) => Math.min(1, 2 * sum(binomial(n, 0.5).slice(0, Math.min(c, n - c) + 1)));

/** The 95 % interval of Clopper and Pearson: outside, a tail from the score c of n on has less than 2.5 %. */
export const interval = (c, n) => [lower(c, n), 1 - lower(n - c, n)];

/** The rate at which c or more right answers of n have 2.5 %; their probability grows with the rate. */
function lower(c, n) {
  if (c === 0) return 0;
  let [low, high] = [0, 1];
  for (let i = 0; i < HALVINGS; i += 1) {
    const r = (low + high) / 2;
    if (sum(binomial(n, r).slice(c)) < TAIL) low = r;
    else high = r;
  }
  return high;
}

/** The probability that n trials show a difference, if answers are right with probability r. */
export function power(r, n) {
  const guesser = binomial(n, 0.5);
  let rare = 0; // scores 0, ..., rare - 1, and as many at the other end, have p <= LEVEL
  for (let below = guesser[0]; 2 * below <= LEVEL; below += guesser[rare]) rare += 1;
  const p = binomial(n, r);
  return sum([...p.slice(0, rare), ...p.slice(n + 1 - rare)]);
}

/** The smallest number of trials with this power. */
export function trials(r, wanted) {
  let n = 1;
  while (power(r, n) < wanted) n += 1;
  return n;
}
