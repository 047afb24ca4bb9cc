// What the forced choice shows: pictures of the sheet, the plan, and the result with all pairs.

import { h, readout, short } from "./dom.js";
import { interval, LEVEL, power, pValue, trials } from "./forced_choice_statistics.js";

const SIDE = 28; // pixels
const RATES = [0.6, 0.7, 0.8];
const WANTED = 0.8; // power
const SIDES = { L: "left", R: "right" };
const three = (v) => v.toFixed(3);

/** The key "LRR...", out of the bits that Python packed. */
export function unpackKey(text, length) {
  const bytes = atob(text);
  const bit = (i) => (bytes.charCodeAt(i >> 3) >> (7 - (i % 8))) & 1;
  return Array.from({ length }, (_, i) => "LR"[bit(i)]).join("");
}

/** The sheet, whose pictures are painted as soon as the browser has read it. */
export function pictures(address) {
  const sheet = new Image();
  const read = new Promise((resolve) => (sheet.onload = resolve));
  sheet.src = address;
  /** A picture: `.show(pair, "L")` paints the left one of a pair, counted from 0. */
  return function picture(attributes = {}) {
    const el = h("canvas", { width: SIDE, height: SIDE, ...attributes });
    const show = async (pair, side) => {
      await read;
      const from = [side === "L" ? 0 : SIDE, pair * SIDE, SIDE, SIDE];
      el.getContext("2d").drawImage(sheet, ...from, 0, 0, SIDE, SIDE);
    };
    return { el, show };
  };
}

/** What a test with n pairs can find: a table; `.show(n)` fills it. */
export function plan() {
  const rows = RATES.map((rate) => {
    const [found, needed] = ["power", "needed"].map((name) => readout(`${name}-${rate}`));
    needed.show(trials(rate, WANTED), String);
    const cells = [found, needed].map(({ el }) => h("td", {}, el));
    return { rate, found, el: h("tr", {}, h("th", { scope: "row" }, String(rate)), ...cells) };
  });
  const heads = ["true rate", "", `pairs for power ${WANTED}`].map((text) => h("th", { scope: "col" }, text));
  const body = h("tbody", {}, ...rows.map(({ el }) => el));
  const el = h("table", { class: "explorer-terms" }, h("thead", {}, h("tr", {}, ...heads)), body);
  const show = (n) => {
    heads[1].textContent = `power with ${n} pairs`;
    for (const { rate, found } of rows) found.show(power(rate, n), three);
  };
  return { el, show };
}

/** The score with its test, in words: lines for the page, and one sentence for those who listen. */
export function result(letters, key) {
  const n = key.length;
  const right = [...letters].filter((letter, i) => letter === key[i]).length;
  const p = pValue(right, n);
  const ends = interval(right, n);
  const [score, chance, low, high] = ["right", "p", "low", "high"].map(readout);
  score.show(right, String);
  chance.show(p, short);
  low.show(ends[0], three);
  high.show(ends[1], three);
  return {
    sentence: `You chose the real picture in ${right} of ${n} pairs, p-value ${short(p)}.`,
    lines: [
      h("p", {}, "You chose the real picture in ", score.el, ` of ${n} pairs.`),
      h("p", {}, "Exact two-sided p-value against a rate of 1/2: ", chance.el, `. ${verdict(right, n, p)}`),
      h("p", {}, "95 % interval for your rate: ", low.el, " to ", high.el, "."),
    ],
  };
}

function verdict(right, n, p) {
  if (p > LEVEL) return "A guesser often strays as far: it shows neither that you can tell nor that you cannot.";
  if (right > n / 2) return `At level ${LEVEL} this is more than luck: you can tell.`;
  return `At level ${LEVEL} this is more than luck: you see a difference, and take the generated picture for real.`;
}

/** All pairs of a finished test, with a frame around the real picture. `pair(i)` counts on the sheet. */
export function solution(letters, key, pair, picture) {
  const items = [...key].map((real, i) => {
    const tiles = [..."LR"].map((side) => picture({ class: side === real ? "is-real" : "", "aria-hidden": "true" }));
    tiles.forEach((tile, j) => tile.show(pair(i), "LR"[j]));
    const hit = letters[i] === real;
    const words = `Pair ${i + 1}: the ${SIDES[real]} picture was real, you chose the ${SIDES[letters[i]]} one.`;
    const caption = h("span", { "aria-hidden": "true" }, `${i + 1} ${hit ? "✓" : "✗"}`);
    return h("li", {}, ...tiles.map(({ el }) => el), caption, h("span", { class: "explorer-voice" }, words));
  });
  return h("ul", { class: "explorer-solution" }, ...items);
}
