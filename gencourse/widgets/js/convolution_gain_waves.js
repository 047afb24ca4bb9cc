// A 3 x 3 kernel of one channel on a torus of n x n pixels, wave by wave: chapter 4, as in gencourse.norms.
// The middle of the kernel is tap (0, 0). The wave f = [f1, f2] has f1 periods down the image and f2 across it.

const TAPS = [-1, 0, 1];

/** The angle 2 pi k / n, of k modulo n: what is the same on the torus is then the same to the last bit. */
const angle = (k, n) => (2 * Math.PI * (((k % n) + n) % n)) / n;

/** The largest number of periods that can be told apart, up and down. For an even n, -m and m are the same wave. */
export const highest = (n) => Math.floor(n / 2);

/** The same wave with parts from -m to m. */
export const within = (f, n) => f.map((part) => part - n * Math.sign(part) * Math.round(Math.abs(part) / n - 1e-9));

/** w_hat(omega) = sum_a w_a e^(i omega a) at omega = 2 pi f / n, as [real part, imaginary part]. */
export function transfer(kernel, n, [f1, f2]) {
  let [real, imaginary] = [0, 0];
  for (const a1 of TAPS) {
    for (const a2 of TAPS) {
      const [w, phase] = [kernel[1 + a1][1 + a2], angle(f1 * a1 + f2 * a2, n)];
      real += w * Math.cos(phase);
      imaginary += w * Math.sin(phase);
    }
  }
  return [real, imaginary];
}

/** |w_hat(omega)|. Where the nine terms cancel but for their rounding, it is zero. */
export function gain(kernel, n, f) {
  const size = Math.hypot(...transfer(kernel, n, f));
  return size <= 1e-14 * kernel.flat().reduce((sum, w) => sum + Math.abs(w), 0) ? 0 : size;
}

/** Every f with parts from -m to m, row by row, with its gain: [{ f, gain }, ...]. */
export function spectrum(kernel, n) {
  const parts = Array.from({ length: 2 * highest(n) + 1 }, (_, i) => i - highest(n));
  return parts.flatMap((f1) => parts.map((f2) => ({ f: [f1, f2], gain: gain(kernel, n, [f1, f2]) })));
}

/** The largest gain, which is the norm of the convolution, and its wave: of several the slowest, f and not -f. */
export function loudest(all) {
  const norm = all.reduce((most, one) => Math.max(most, one.gain), 0);
  const speed = ([f1, f2]) => Math.abs(f1) + Math.abs(f2);
  const most = all.filter((one) => one.gain >= norm * (1 - 1e-12)).map((one) => one.f);
  return { norm, f: most.sort((a, b) => speed(a) - speed(b) || b[0] - a[0] || b[1] - a[1])[0] };
}

/** The norm of the flattened kernel, which for one channel is a row of nine numbers: the length of this row. */
export const flattened = (kernel) => Math.hypot(...kernel.flat());

/** cos(omega t) at every pixel t, row by row. */
export const wave = (n, [f1, f2]) =>
  Array.from({ length: n * n }, (_, t) => Math.cos(angle(f1 * Math.floor(t / n) + f2 * (t % n), n)));

/** (Kx)_t = sum_a w_a x_(t + a), on the torus. */
export function convolved(kernel, n, x) {
  const at = (t1, t2) => x[((t1 + n) % n) * n + ((t2 + n) % n)];
  return x.map((_, t) => {
    let sum = 0;
    for (const a1 of TAPS) {
      for (const a2 of TAPS) sum += kernel[1 + a1][1 + a2] * at(Math.floor(t / n) + a1, (t % n) + a2);
    }
    return sum;
  });
}
