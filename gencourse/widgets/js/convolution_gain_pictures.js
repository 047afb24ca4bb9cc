// Colours for gains and for pixels, and pictures of them.

import { h } from "./dom.js";

// Viridis, as in the figures of the book: even steps look even, and every colour blindness sees them.
const CODES = [
  "440154", "48186a", "472d7b", "424086", "3b528b", "33638d", "2c728e", "26828e", "21918c",
  "1fa088", "28ae80", "3fbc73", "5ec962", "84d44b", "addc30", "d8e219", "fde725",
];
const VIRIDIS = CODES.map((code) => [0, 2, 4].map((at) => parseInt(code.slice(at, at + 2), 16)));

/** The colour of a share from 0 to 1, as [red, green, blue] up to 255. */
export function viridis(share) {
  const place = Math.min(Math.max(share, 0), 1) * (VIRIDIS.length - 1);
  const left = Math.min(Math.floor(place), VIRIDIS.length - 2);
  return VIRIDIS[left].map((low, k) => Math.round(low + (place - left) * (VIRIDIS[left + 1][k] - low)));
}

/** Black for -1, white for 1, grey in between. */
export const grey = (v) => Array(3).fill(Math.round(127.5 * (1 + Math.min(Math.max(v, -1), 1))));

/** A canvas of square pixels. `.paint(colours, columns)` shows them, row by row. */
export function pixels(label) {
  const el = h("canvas", { class: "explorer-pictures", role: "img", "aria-label": label });
  const paint = (colours, columns) => {
    [el.width, el.height] = [columns, colours.length / columns];
    const image = new ImageData(el.width, el.height);
    colours.forEach((colour, i) => image.data.set([...colour, 255], 4 * i));
    el.getContext("2d").putImageData(image, 0, 0);
  };
  return { el, paint };
}

/** The same as the address of a picture, for use inside an SVG. */
export function address(colours, columns) {
  const canvas = pixels("");
  canvas.paint(colours, columns);
  return canvas.el.toDataURL();
}
