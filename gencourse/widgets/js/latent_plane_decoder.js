// A decoder of dense layers with LeakyReLU between them: gencourse.models.MLPVAE, in double precision.

const SLOPE = 0.2; // of LeakyReLU below zero

/** The bytes that a base64 text stands for. */
export const bytes = (text) => Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));

/** Numbers of two bytes each, the lower byte first: half precision, as the weights are stored. */
export function halves(packed) {
  const view = new DataView(packed.buffer, packed.byteOffset, packed.byteLength);
  return Float64Array.from({ length: packed.length / 2 }, (_, i) => half(view.getUint16(2 * i, true)));
}

function half(bits) {
  const [sign, power, rest] = [bits >> 15 ? -1 : 1, (bits >> 10) & 31, bits & 1023];
  return sign * (power === 0 ? rest * 2 ** -24 : (1024 + rest) * 2 ** (power - 25));
}

/** Layers of these widths from all their numbers: for each its weight, row by row, and then its bias. */
export function layers(widths, numbers) {
  let at = 0;
  const take = (count) => numbers.subarray(at, (at += count));
  return widths.slice(1).map((m, i) => ({ n: widths[i], m, weight: take(m * widths[i]), bias: take(m) }));
}

/** The logits of p(x|z), one for each pixel. */
export function decode(decoder, z) {
  return decoder.reduce((h, layer, i) => affine(layer, i === 0 ? h : h.map(leaky)), Float64Array.from(z));
}

const leaky = (v) => (v < 0 ? SLOPE * v : v);

function affine({ n, m, weight, bias }, h) {
  const out = new Float64Array(m);
  for (let i = 0, at = 0; i < m; i += 1) {
    let sum = bias[i];
    for (let j = 0; j < n; j += 1, at += 1) sum += weight[at] * h[j];
    out[i] = sum;
  }
  return out;
}

/** The probability of white for each logit: the mean image of Bernoulli pixels. */
export const mean = (logits) => logits.map((s) => 1 / (1 + Math.exp(-s)));

/** `count` places on the straight line between two, both ends among them. */
export const walk = (from, to, count) =>
  Array.from({ length: count }, (_, i) => from.map((v, j) => v + (i / (count - 1)) * (to[j] - v)));
