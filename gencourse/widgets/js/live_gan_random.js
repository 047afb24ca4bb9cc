// Random numbers that a seed repeats: in every browser the same.

/** mulberry32: one 32-bit counter, mixed; 2^32 numbers before it repeats. */
export class Random {
  constructor(seed) {
    this.counter = seed | 0;
    this.spare = null;
  }

  /** A number from [0, 1). */
  uniform() {
    this.counter = (this.counter + 0x6d2b79f5) | 0;
    let t = Math.imul(this.counter ^ (this.counter >>> 15), this.counter | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  }

  /** A standard normal number: Box and Muller's two at a time. */
  normal() {
    if (this.spare !== null) {
      const kept = this.spare;
      this.spare = null;
      return kept;
    }
    const length = Math.sqrt(-2 * Math.log(1 - this.uniform())); // 1 - u is never 0
    const angle = 2 * Math.PI * this.uniform();
    this.spare = length * Math.sin(angle);
    return length * Math.cos(angle);
  }

  /** `n` numbers of a kind, "normal" or "uniform". */
  many(kind, n) {
    return Float64Array.from({ length: n }, () => this[kind]());
  }
}
