// Grey pictures of 28 x 28 pixels on a canvas, and the marks of the classes.

import { h, svg } from "./dom.js";

const SIDE = 28;

/** A canvas for `columns` pictures in a row. `.paint(pictures)` shows them; each has its greys in [0, 1]. */
export function strip(columns, label, rows = 1, gap = 0) {
  const [width, height] = [columns, rows].map((count) => count * (SIDE + gap) - gap);
  const el = h("canvas", { class: "explorer-pictures", width, height, role: "img", "aria-label": label });
  const context = el.getContext("2d");
  const paint = (pictures) =>
    pictures.forEach((greys, k) => {
      const [x, y] = [k % columns, Math.floor(k / columns)].map((at) => at * (SIDE + gap));
      context.putImageData(image(greys), x, y);
    });
  return { el, paint };
}

function image(greys) {
  const pixels = new ImageData(SIDE, SIDE);
  for (let i = 0; i < greys.length; i += 1) pixels.data.fill(Math.round(255 * greys[i]), 4 * i, 4 * i + 3);
  for (let i = 3; i < pixels.data.length; i += 4) pixels.data[i] = 255; // opaque
  return pixels;
}

// Corners, turn in degrees and how far a star is drawn in; the order is that of gencourse.plots.classes.
const SHAPES = [
  [16, 0], [4, 45], [4, 0], [3, 0], [3, 180], [3, 270], [3, 90], [5, 0], [6, 0], [8, 45, 0.35],
];

/** The mark of a class, around the origin: its own shape, and one of five colours. */
export function mark(label, attributes = {}) {
  const [corners, turn, inner = 1] = SHAPES[label % SHAPES.length];
  const points = Array.from({ length: corners }, (_, k) => {
    const angle = (2 * Math.PI * k) / corners + (turn * Math.PI) / 180;
    const r = k % 2 === 1 ? 4.5 * inner : 4.5;
    return `${(r * Math.sin(angle)).toFixed(2)},${(-r * Math.cos(angle)).toFixed(2)}`;
  });
  return svg("polygon", { class: `mark colour-${label % 5}`, points: points.join(" "), ...attributes });
}
