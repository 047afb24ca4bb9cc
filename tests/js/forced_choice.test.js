// The forced choice where its numbers are known by hand. tests/test_forced_choice_explorer.py compares with scipy.

import assert from "node:assert/strict";
import test from "node:test";

import { createAnswers } from "../../gencourse/widgets/js/forced_choice_answers.js";
import { binomial, interval, power, pValue, trials } from "../../gencourse/widgets/js/forced_choice_statistics.js";

const near = (x, y, tolerance = 1e-13) => assert.ok(Math.abs(x - y) <= tolerance * Math.abs(y), `${x} is not ${y}`);
const sum = (values) => values.reduce((a, b) => a + b, 0);

test("the binomial distribution of four coins, and of answers that are certain", () => {
  assert.deepEqual(binomial(4, 0.5), [1, 4, 6, 4, 1].map((ways) => ways / 16));
  assert.deepEqual(binomial(2, 0), [1, 0, 0]);
  assert.deepEqual(binomial(2, 1), [0, 0, 1]);
});

test("it adds up to one, with mean nr and variance nr(1 - r), near both ends too", () => {
  for (const [n, r] of [[7, 0.3], [80, 0.999], [80, 1e-6], [300, 0.6]]) {
    const p = binomial(n, r);
    near(sum(p), 1);
    near(sum(p.map((v, k) => v * k)), n * r);
    near(sum(p.map((v, k) => v * (k - n * r) ** 2)), n * r * (1 - r), 1e-9);
  }
});

test("chapter 17 by hand: eight of ten, half of them, all of them", () => {
  assert.equal(pValue(8, 10), 112 / 1024);
  assert.equal(pValue(2, 10), 112 / 1024);
  assert.equal(pValue(5, 10), 1);
  assert.equal(pValue(9, 9), 2 / 512);
});

test("all right: the interval begins where r^n is 2.5 %, and none right is its mirror image", () => {
  near(interval(20, 20)[0], 0.025 ** (1 / 20));
  assert.equal(interval(20, 20)[1], 1);
  const [low, high] = interval(3, 20);
  const mirrored = interval(17, 20);
  near(low, 1 - mirrored[1], 1e-12);
  near(high, 1 - mirrored[0], 1e-12);
});

test("the interval leaves out one half exactly where the p-value is at most 0.05", () => {
  for (let n = 1; n <= 40; n += 1) {
    for (let c = 0; c <= n; c += 1) {
      const [low, high] = interval(c, n);
      assert.equal(low > 0.5 || high < 0.5, pValue(c, n) <= 0.05, `${c} of ${n}`);
    }
  }
});

test("the power of five trials is zero, of six that of all right or all wrong", () => {
  assert.equal(power(0.9, 5), 0);
  near(power(0.9, 6), 0.9 ** 6 + 0.1 ** 6);
  assert.equal(power(1, 6), 1);
  assert.equal(trials(1, 0.8), 6);
});

/** A storage like the browser's. */
function storage(items = {}) {
  return {
    items,
    getItem: (name) => items[name] ?? null,
    setItem: (name, text) => (items[name] = text),
    removeItem: (name) => delete items[name],
  };
}

test("answers outlive the page, each test for itself, until they are deleted together", () => {
  const place = storage();
  const first = createAnswers(() => place);
  assert.equal(first.any(), false);
  assert.deepEqual(place.items, {}); // nothing is written before there is an answer
  first.keep("a", "LR");
  first.keep("b", "R");
  const later = createAnswers(() => place);
  assert.deepEqual([later.of("a", 5), later.of("b", 5), later.of("c", 5)], ["LR", "R", ""]);
  assert.equal(later.of("a", 1), "L");
  later.forget();
  assert.deepEqual(place.items, {});
  assert.deepEqual([first.of("a", 5), first.any(), first.last()], ["", false, true]);
});

test("where the browser denies its storage, or has no room, they live as long as the page", () => {
  const denied = () => {
    throw new Error("denied");
  };
  const full = { ...storage(), setItem: denied };
  for (const open of [denied, () => null, () => full]) {
    const answers = createAnswers(open);
    answers.keep("a", "L");
    answers.keep("a", "LR");
    assert.deepEqual([answers.of("a", 5), answers.any(), answers.last()], ["LR", true, false]);
    assert.equal(createAnswers(open).of("a", 5), "");
    answers.forget();
    assert.deepEqual([answers.of("a", 5), answers.any()], ["", false]);
  }
});

test("what is not ours in the storage is no answer", () => {
  for (const text of ["{broken", "null", "7", '"LR"', '["LR"]', '{"a":7}', '{"a":"LXR"}']) {
    const place = storage({ "gencourse-forced-choice": text });
    const answers = createAnswers(() => place);
    assert.equal(answers.of("a", 5), "", text);
    answers.keep("a", "R");
    assert.equal(answers.of("a", 5), "R", text);
  }
});
