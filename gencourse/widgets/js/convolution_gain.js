// A 3 x 3 kernel and its gain at every frequency: the true norm of a convolution against that of its flattened kernel.

import { gainMap, gainScale } from "./convolution_gain_map.js";
import { grey, pixels } from "./convolution_gain_pictures.js";
import {
  convolved, flattened, gain, loudest, spectrum, transfer, wave, within,
} from "./convolution_gain_waves.js";
import { button, field, h, readout, short, slider } from "./dom.js";
import { explorer } from "./explorer.js";

const LARGEST = 9; // of an entry
const PIXELS = [3, 32]; // of a side: the bounds hold where the kernel fits on the image
const DIGITS = 6; // of an entry: a link to a setting stays short
const NAMED = {
  Identity: [[0, 0, 0], [0, 1, 0], [0, 0, 0]],
  Box: [[1, 1, 1], [1, 1, 1], [1, 1, 1]],
  Blur: [[1, 2, 1], [2, 4, 2], [1, 2, 1]],
  Sobel: [[1, 0, -1], [2, 0, -2], [1, 0, -1]],
  Laplacian: [[0, -1, 0], [-1, 4, -1], [0, -1, 0]],
  Sharpen: [[0, -1, 0], [-1, 5, -1], [0, -1, 0]],
};

const entry = (v) => Math.min(Math.max(Number(v.toFixed(DIGITS)), -LARGEST), LARGEST) + 0; // no -0
const each = (kernel, f) => kernel.map((row, i) => row.map((w, j) => entry(f(w, i, j))));
const normal = () => Math.sqrt(-2 * Math.log(1 - Math.random())) * Math.cos(2 * Math.PI * Math.random());
const pair = ([f1, f2]) => `(${short(f1)},\u00a0${short(f2)})`; // in one line
const ofPi = (f, n) => `(${f.map((part) => short((2 * part) / n)).join(", ")}) π`;

/** What becomes of the wave, besides its size. */
function turned(kernel, n, f) {
  if (gain(kernel, n, f) === 0) return "it is wiped out";
  const part = Math.abs(Math.atan2(...transfer(kernel, n, f).reverse())) / (2 * Math.PI);
  if (part < 1e-9) return "it stays in its place";
  return part > 0.5 - 1e-9 ? "black and white change places" : `it is moved by ${short(part)} of a period`;
}

function build({ root, set, tell }) {
  let now; // the state that is drawn

  const type = (i, j) => (v) => set({ kernel: each(now.kernel, (old, r, c) => (r === i && c === j ? v : old)) });
  const limits = { min: -LARGEST, max: LARGEST, step: "any" };
  const fields = [0, 1, 2].map((i) => [0, 1, 2].map((j) => field(`row ${i + 1}, column ${j + 1}`, limits, type(i, j))));
  const entries = h("div", { class: "explorer-matrix explorer-kernel" }, ...fields.flat().map(({ el }) => el));
  const random = () => set({ kernel: each(now.kernel, () => Number(normal().toFixed(1))) });
  const named = Object.entries(NAMED).map(([name, kernel]) => button(name, () => set({ kernel })));
  const divide = button("Divide by the flattened norm", () =>
    set({ kernel: each(now.kernel, (w) => w / flattened(now.kernel)) }),
  );
  const resize = (n) => set({ n, f: now.f.map((part) => Math.round((part * n) / now.n) + 0) });
  const side = slider("Pixels on a side", { min: PIXELS[0], max: PIXELS[1], step: 1, format: String }, resize);

  const map = gainMap((f) => set({ f }));
  const scale = gainScale();
  const pictures = ["The wave", "Its image"].map(pixels);
  const captions = pictures.map(() => h("div"));
  const [size, norm, flat, ratio] = ["gain", "norm", "flattened", "ratio"].map(readout);
  const [first, second, third, fourth] = [0, 1, 2, 3].map(() => h("p"));
  const go = button("Go to the loudest wave", () => set({ f: loudest(spectrum(now.kernel, now.n)).f }));

  root.append(
    h(
      "div",
      { class: "explorer-controls" },
      h("div", { class: "explorer-entries" }, "w =", entries),
      h(
        "div",
        { class: "explorer-beside" },
        h("div", { class: "explorer-buttons" }, ...named, button("Random", random)),
        h("div", { class: "explorer-buttons" }, divide),
        side.el,
      ),
    ),
    h(
      "div",
      { class: "explorer-planes" },
      h("div", {}, h("p", { class: "explorer-title" }, "Gain at every frequency"), map.el, scale.el),
      h(
        "div",
        {},
        h("div", { class: "explorer-pair" }, ...pictures.map(({ el }, i) => h("div", {}, el, captions[i]))),
        h("div", { class: "explorer-numbers" }, first, second, third, fourth),
        h("div", { class: "explorer-buttons" }, go),
      ),
    ),
  );

  return function draw(state) {
    const n = Math.min(Math.max(Math.round(state.n), PIXELS[0]), PIXELS[1]); // a link may say anything
    const { kernel } = state;
    now = { kernel, n, f: within(state.f.map(Math.round), n) };
    const { f } = now;
    const [all, own, length] = [spectrum(kernel, n), gain(kernel, n, f), flattened(kernel)];
    const best = loudest(all);

    fields.forEach((row, i) => row.forEach((one, j) => one.show(kernel[i][j])));
    side.show(n);
    divide.disabled = length === 0;

    map.show(all.map((one) => one.gain), best.norm, n, f, best.f, `${pair(f)}, gain ${short(own)}`);
    scale.show(best.norm, length, own);

    const x = wave(n, f);
    const top = Math.max(1, own); // both pictures have the same white, so that one sees which is stronger
    [x, convolved(kernel, n, x)].forEach((values, i) => pictures[i].paint(values.map((v) => grey(v / top)), n));
    captions[0].replaceChildren("the wave, ±1");
    captions[1].replaceChildren(`its image, ±${short(own)}`);

    size.show(own);
    norm.show(best.norm);
    flat.show(length);
    ratio.show(length > 0 ? best.norm / length : 1);
    first.replaceChildren(`Your wave f = ${pair(f)}, ω = ${ofPi(f, n)}: gain `, size.el, `; ${turned(kernel, n, f)}.`);
    second.replaceChildren(`True norm, the largest of ${n * n} gains: `, norm.el, `, at f = ${pair(best.f)}.`);
    const squares = short(kernel.flat().reduce((sum, w) => sum + w * w, 0));
    third.replaceChildren(`Flattened norm, from the nine numbers alone: √${squares} = `, flat.el, ".");
    fourth.replaceChildren("The true norm is ", ratio.el, " times the flattened one; the bounds are 1 and √9 = 3.");
    const sizes = `True norm ${short(best.norm)}, flattened ${short(length)}, ratio ${ratio.el.textContent}`;
    tell(`Wave ${pair(f)}: gain ${short(own)}. ${sizes}.`);
  };
}

export default explorer(["kernel", "n", "f"], build);
