// The unit ball of a norm, its image under a 2 x 2 matrix, and the vector that the matrix stretches most.

import { button, choice, field, h, readout, short, tuple } from "./dom.js";
import { explorer } from "./explorer.js";
import {
  ball, induced, maximizer, powerIteration, scaled, singular, times, transpose, unit, vectorNorm,
} from "./matrix2.js";
import { Plane, roundUp } from "./plane.js";

const SIGNS = { 1: "1", 2: "2", inf: "∞" };
const LARGEST = 9; // of an entry
const ROUNDS = 12; // of power iteration

const radians = ([x, y]) => Math.atan2(y, x);
const degrees = (x) => Math.round((radians(x) * 180) / Math.PI);
const rounded = (v) => Number(v.toFixed(3)); // a link to a setting stays short
const turned = (x, by) => [Math.cos, Math.sin].map((f) => rounded(f(radians(x) + (by * Math.PI) / 180)));
const entry = (v) => Math.min(Math.max(Number(v.toFixed(2)), -LARGEST), LARGEST);
const withEntry = (A, i, j, v) => A.map((row, r) => row.map((old, c) => (r === i && c === j ? entry(v) : old)));
const withColumn = (A, j, [x, y]) => withEntry(withEntry(A, 0, j, x), 1, j, y);
const percent = (v) => `${short(100 * v)} %`;
const name = (k) => ["x", h("sub", {}, String(k))];

/** The vector that is looked at, its image, and the earlier rounds of power iteration that led to it. */
function looked({ A, p, x, k }) {
  if (p !== "2") return { x: unit(x, p), image: times(A, unit(x, p)), path: [] };
  const rounds = powerIteration(A, x, k);
  return { ...rounds.at(-1), path: rounds.slice(0, -1) };
}

/** The norm as a formula with the numbers of A in it, up to the last "=". */
function formula(A, p) {
  const size = ["‖A‖", h("sub", {}, SIGNS[p]), " = "];
  const [[a, b], [c, e]] = A;
  const [s, d] = [a * a + b * b + c * c + e * e, Math.abs(a * e - b * c)].map(short);
  if (p === "2") return [...size, "σ", h("sub", {}, "1"), ` = √((${s} + √(${s}² − 4 · ${d}²)) / 2) = `];
  const added = (p === "1" ? transpose(A) : A).map((line) => line.map((v) => short(Math.abs(v))).join(" + "));
  return [...size, `max(${added.join(", ")}) = `];
}

const WHY = {
  1: ", the largest column sum. Columns are the images of the corners.",
  2: ". Inside: the sum of squares and the determinant of A, without its sign.",
  inf: ", the largest row sum.",
};

/** Below the numbers: how power iteration climbs, or what becomes of the corners. */
function details({ A, p, k }, size, path, gain) {
  if (p !== "2") {
    const lengths = ball(p).slice(0, 2).map((x) => `${tuple(x)} gets the length ${short(vectorNorm(times(A, x), p))}`);
    return [`Corners of the ball: ${lengths.join(", ")}.`];
  }
  const [, small] = singular(A).sigma;
  const before = path.length ? `; before: ${path.map((round) => short(round.gain)).join(", ")}` : "";
  const missing = size > 0 ? percent(Math.max(0, 1 - gain / size)) : percent(0);
  const rate = size > 0 ? short((small / size) ** 4) : "0";
  const words = ` are missing. Each round leaves, in the end, (σ₂/σ₁)⁴ = ${rate} of that.`;
  return [...name(k), ` has the gain ${short(gain)}${before}. ${missing}${words}`];
}

function build({ root, set, tell, redraw }) {
  let now; // the state that is drawn

  const order = choice("p", SIGNS, (p) => set({ p, k: 1 }));
  const limits = { min: -LARGEST, max: LARGEST, step: 0.5 };
  const type = (i, j) => (value) => set({ A: withEntry(now.A, i, j, value) });
  const fields = [0, 1].map((i) => [0, 1].map((j) => field(`A, row ${i + 1}, column ${j + 1}`, limits, type(i, j))));
  const matrix = h("div", { class: "explorer-matrix" }, ...fields.flat().map(({ el }) => el));

  const left = new Plane("Unit ball", redraw);
  const right = new Plane("Image of the ball", redraw);
  const vector = left.handle({
    label: "x, on the edge of the ball",
    name: "x",
    range: [-180, 180],
    onDrag: (point) => Math.hypot(...point) > 0 && set({ x: turned(point, 0), k: 1 }),
    onKey: ([dx, dy], fast) => set({ x: turned(looked(now).x, (dy - dx) * (fast ? 15 : 1)), k: 1 }),
  });
  const columns = [0, 1].map((j) =>
    right.handle({
      label: `column ${j + 1} of A`,
      name: "column",
      range: [-LARGEST, LARGEST],
      onDrag: (point) => set({ A: withColumn(now.A, j, point) }),
      onKey: (to, fast) => set({ A: withColumn(now.A, j, now.A.map((row, i) => row[j] + to[i] * (fast ? 1 : 0.1))) }),
    }),
  );
  const title = h("p", { class: "explorer-title" });
  const [norm, gain, share] = ["norm", "gain", "share"].map(readout);
  const [first, second, third, fourth] = [0, 1, 2, 3].map(() => h("p"));
  const step = button("Step", () => set({ k: now.k + 1 }));
  const back = button("Back to x₁", () => set({ k: 1 }));
  const iteration = h("div", { class: "explorer-buttons" }, "Power iteration: ", step, back);

  root.append(
    h("div", { class: "explorer-controls" }, order.el, h("div", { class: "explorer-entries" }, "A =", matrix)),
    h(
      "div",
      { class: "explorer-planes" },
      h("div", {}, title, left.el),
      h("div", {}, h("p", { class: "explorer-title" }, "Its image under A"), right.el),
    ),
    h("div", { class: "explorer-numbers" }, first, second, third, iteration, fourth),
  );

  return function draw(state) {
    now = { ...state, k: Math.min(Math.max(Math.round(state.k), 1), ROUNDS) };
    const { A, p, k } = now;
    const size = induced(A, p);
    const best = maximizer(A, p).map((v, _, x) => (x[0] < 0 ? 0 - v : v)); // of the two, always the same
    const { x, image, path } = looked(now);
    const length = vectorNorm(image, p);
    const apart = Math.hypot(x[0] - best[0], x[1] - best[1]) > 0.1; // else one name would hide the other

    order.show(p);
    fields.forEach((row, i) => row.forEach((one, j) => one.show(A[i][j])));

    title.textContent = `Unit ball, p = ${SIGNS[p]}`;
    left.zoom(1.4, 1);
    left.show(
      left.area(ball(p), "ball"),
      ...path.map((round) => left.dot(round.x, "x", 2.5)),
      left.arrow(best, "best", "x*"),
      left.arrow(x, "x", apart ? "x" : ""),
    );
    vector.show(x, degrees(x), `${tuple(x)}, gain ${short(length)}`);

    right.zoom(roundUp(1.15 * Math.max(1, size, ...A.flat().map(Math.abs))));
    right.show(
      right.area(ball(p).map((point) => scaled(point, size)), "limit"),
      right.area(ball(p).map((point) => times(A, point)), "image"),
      ...path.map((round) => right.dot(round.image, "x", 2.5)),
      right.arrow(times(A, best), "best", "Ax*"),
      right.arrow(image, "x", apart ? "Ax" : ""),
    );
    transpose(A).forEach((column, j) => columns[j].show(column, column[0], tuple(column)));

    norm.show(size);
    gain.show(length);
    share.show(size > 0 ? length / size : 1, percent);
    first.replaceChildren(...formula(A, p), norm.el, WHY[p]);
    second.replaceChildren(`The longest image: x* = ${tuple(best)} becomes Ax* = ${tuple(times(A, best))}.`);
    const own = `Your x = ${tuple(x)} becomes ${tuple(image)}: gain `;
    third.replaceChildren(own, gain.el, ", ", share.el, " of the norm.");
    iteration.hidden = p !== "2";
    step.disabled = k === ROUNDS;
    back.disabled = k === 1;
    fourth.replaceChildren(...details(now, size, path, length));
    tell(`p = ${SIGNS[p]}: norm ${short(size)}; gain at x ${short(length)}, ${share.el.textContent} of the norm.`);
  };
}

export default explorer(["A", "p", "x", "k"], build);
