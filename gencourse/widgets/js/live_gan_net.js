// A network of linear layers with LeakyReLU between them, and its derivatives by hand. Every batch of n vectors is a
// matrix with n columns, stored row by row: all first coordinates, then all second ones.

const SLOPE = 0.2; // of LeakyReLU below zero, as in gencourse.models
const TINY = 1e-12; // as in torch's normalize

/**
 * out (m, n) += A x for x (k, n), where A[o, i] lies at W[o * down + i * across]: W or its transpose. Four rows of x at
 * a time, because reading and writing `out` takes longer than the arithmetic.
 */
function addProduct(out, W, [down, across], x, [m, k], n) {
  for (let o = 0; o < m; o += 1) {
    const to = o * n;
    let i = 0;
    for (; i + 3 < k; i += 4) {
      const at = o * down + i * across;
      const [a, b, c, d] = [W[at], W[at + across], W[at + 2 * across], W[at + 3 * across]];
      const [p, q, s, t] = [i * n, (i + 1) * n, (i + 2) * n, (i + 3) * n];
      for (let r = 0; r < n; r += 1) out[to + r] += a * x[p + r] + b * x[q + r] + c * x[s + r] + d * x[t + r];
    }
    for (; i < k; i += 1) {
      const [a, p] = [W[o * down + i * across], i * n];
      for (let r = 0; r < n; r += 1) out[to + r] += a * x[p + r];
    }
  }
}

/** out (outs, n) = W x + bias. */
function times(out, { used, bias, ins, outs }, x, n, withBias = true) {
  for (let o = 0; o < outs; o += 1) out.fill(withBias ? bias[o] : 0, o * n, (o + 1) * n);
  addProduct(out, used, [ins, 1], x, [outs, ins], n);
}

/** out (ins, n) = W^T dy. */
function timesTransposed(out, { used, ins, outs }, dy, n) {
  out.fill(0, 0, ins * n);
  addProduct(out, used, [1, ins], dy, [ins, outs], n);
}

/** into (outs, ins) += dy x^T, two columns at a time. */
function addOuter(into, { ins, outs }, dy, x, n) {
  for (let o = 0; o < outs; o += 1) {
    const from = o * n;
    for (let i = 0; i < ins; i += 2) {
      const [p, q] = [i * n, (i + 1) * n];
      let [one, two] = [0, 0];
      for (let r = 0; r < n; r += 1) {
        one += dy[from + r] * x[p + r];
        two += dy[from + r] * x[q + r];
      }
      into[o * ins + i] += one;
      into[o * ins + i + 1] += two;
    }
  }
}

/** into (outs) += the sums of the rows of dy. */
function addSums(into, dy, n) {
  for (let o = 0; o < into.length; o += 1) for (let r = 0; r < n; r += 1) into[o] += dy[o * n + r];
}

/** values times LeakyReLU's slope. Its output has the sign of its input, so the outputs tell the slopes. */
function bend(values, outputs, size) {
  for (let i = 0; i < size; i += 1) if (!(outputs[i] > 0)) values[i] *= SLOPE;
}

/** x / ||x||, in place. */
function toUnit(x) {
  const length = Math.max(Math.hypot(...x), TINY);
  x.forEach((value, i) => (x[i] = value / length));
}

const dot = (x, y) => x.reduce((sum, value, i) => sum + value * y[i], 0);

/**
 * `sizes` are the numbers of units, the input's first; all but the last must be even. All parameters lie in `theta` and
 * their gradients in `grad`, layer by layer, W (outs, ins) before the bias, as in torch's parameters_to_vector. With
 * `spectral` each W is used divided by its largest singular value, estimated as u . W v, where u and v stay from call
 * to call: spectral normalisation [miyato2018].
 */
export class Net {
  constructor(sizes, spectral = false) {
    const shapes = sizes.slice(1).map((outs, l) => [sizes[l], outs]);
    const count = shapes.reduce((sum, [ins, outs]) => sum + (ins + 1) * outs, 0);
    const [theta, grad] = [new Float64Array(count), new Float64Array(count)];
    let at = 0;
    const take = (size) => [theta.subarray(at, at + size), grad.subarray(at, (at += size))];
    const layers = shapes.map(([ins, outs]) => {
      const [[W, dW], [bias, dBias]] = [take(ins * outs), take(outs)];
      const layer = { ins, outs, W, dW, bias, dBias, used: W, dUsed: dW };
      if (!spectral) return layer;
      const [used, dUsed, u, v] = [ins * outs, ins * outs, outs, ins].map((size) => new Float64Array(size));
      return { ...layer, used, dUsed, u, v, sigma: 1 };
    });
    Object.assign(this, { sizes, spectral, theta, grad, layers, columns: 0 });
  }

  /** torch's first weights, uniform within 1 / sqrt(ins); u and v after 15 rounds of power iteration. */
  start(random) {
    for (const { ins, W, bias, v } of this.layers) {
      const bound = 1 / Math.sqrt(ins);
      for (const values of [W, bias]) values.forEach((_, i) => (values[i] = bound * (2 * random.uniform() - 1)));
      if (this.spectral) v.set(random.many("normal", ins));
    }
    for (let round = 0; round < 15; round += 1) this.refresh();
  }

  /** Before each use in training: a round of power iteration, u = W v and v = W^T u of length 1; then W / sigma. */
  refresh() {
    if (!this.spectral) return;
    for (const layer of this.layers) {
      const { W, used, u, v } = layer;
      const raw = { ...layer, used: W };
      times(u, raw, v, 1, false);
      toUnit(u);
      timesTransposed(v, raw, u, 1);
      toUnit(v);
      const image = new Float64Array(u.length);
      times(image, raw, v, 1, false);
      layer.sigma = dot(u, image);
      for (let i = 0; i < W.length; i += 1) used[i] = W[i] / layer.sigma;
    }
  }

  /** The outputs (last size, n) for x (first size, n); the next call overwrites them. */
  forward(x, n) {
    if (n > this.columns) {
      this.columns = n;
      const room = () => this.sizes.map((size) => new Float64Array(size * n));
      Object.assign(this, { values: room(), signals: room(), tangents: room() });
    }
    this.values[0] = x;
    const last = this.layers.length - 1;
    this.layers.forEach((layer, l) => {
      const out = this.values[l + 1];
      times(out, layer, this.values[l], n);
      if (l < last) bend(out, out, layer.outs * n);
    });
    return this.values[last + 1];
  }

  /** From the slope dy of a loss in the outputs, its slope in the inputs; with `learn`, `grad` grows by its own. */
  backward(dy, n, learn = true) {
    const { values, signals } = this;
    signals[this.layers.length] = dy;
    for (let l = this.layers.length - 1; l >= 0; l -= 1) {
      const layer = this.layers[l];
      if (learn) {
        addOuter(layer.dUsed, layer, signals[l + 1], values[l], n);
        addSums(layer.dBias, signals[l + 1], n);
      }
      timesTransposed(signals[l], layer, signals[l + 1], n);
      if (l > 0) bend(signals[l], values[l], layer.ins * n);
    }
    if (learn) this.collect();
    return signals[0];
  }

  /**
   * `grad` grows by the gradient of the sum of v . (slope in the inputs), v (first size, n), after
   * `backward(dy, n, false)` has found that slope. LeakyReLU's second derivative is 0 almost everywhere. So the slope
   * is a product, linear in each W: send v forward through it, and multiply what comes from below and from above.
   */
  backwardOfSlope(v, n) {
    const { values, signals, tangents } = this;
    const last = this.layers.length - 1;
    tangents[0] = v;
    this.layers.forEach((layer, l) => {
      addOuter(layer.dUsed, layer, signals[l + 1], tangents[l], n);
      if (l === last) return;
      times(tangents[l + 1], layer, tangents[l], n, false);
      bend(tangents[l + 1], values[l + 1], layer.outs * n);
    });
    this.collect();
  }

  /** The gradient in W from that in W / sigma, where sigma = u . W v moves along. */
  collect() {
    if (!this.spectral) return;
    for (const { used, dUsed, dW, sigma, u, v, ins } of this.layers) {
      const along = dot(dUsed, used);
      for (let i = 0; i < dW.length; i += 1) {
        dW[i] += (dUsed[i] - along * u[Math.floor(i / ins)] * v[i % ins]) / sigma;
      }
      dUsed.fill(0);
    }
  }
}
