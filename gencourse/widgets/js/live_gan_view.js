// The picture of a run: the discriminator's landscape, the data and the generated points; and the divergence over time.

import { h, svg } from "./dom.js";
import { REACH } from "./live_gan_run.js";

const SIZE = 480; // pixels of the picture
const SQUARES = 40; // of the landscape, in each direction
const [WIDTH, HEIGHT] = [320, 110]; // of the chart

/** The colour variables of the page, as the canvas needs them: "#0072b2" as [0, 114, 178]. */
function colours(el) {
  const style = getComputedStyle(el);
  const rgb = (name) => style.getPropertyValue(name).trim().slice(1).match(/../g).map((two) => parseInt(two, 16));
  return { real: rgb("--blue"), fake: rgb("--orange"), data: style.getPropertyValue("--pink"), ink: style.color };
}

const pixel = ([x, y]) => [(x / REACH + 1) * (SIZE / 2), (1 - y / REACH) * (SIZE / 2)];

/** The canvas; `.paint(run, covered)` draws the present state, with a full circle around each mode that is covered. */
export function scene() {
  const el = h("canvas", { class: "explorer-canvas", role: "img", width: SIZE, height: SIZE });
  const context = el.getContext("2d");
  const small = h("canvas", { width: SQUARES, height: SQUARES });

  function landscape(run, { real, fake }) {
    const image = new ImageData(SQUARES, SQUARES);
    run.landscape(SQUARES).forEach((s, i) => image.data.set([...(s > 0 ? real : fake), 190 * Math.abs(s)], 4 * i));
    small.getContext("2d").putImageData(image, 0, 0);
    context.clearRect(0, 0, SIZE, SIZE);
    context.drawImage(small, 0, 0, SIZE, SIZE);
  }

  function modes({ mixture: { means, sigma } }, covered, ink) {
    context.strokeStyle = ink;
    context.lineWidth = 1.25;
    means.forEach((mean, k) => {
      context.setLineDash(covered[k] ? [] : [3, 4]);
      context.beginPath();
      context.arc(...pixel(mean), (3 * sigma * SIZE) / (2 * REACH), 0, 2 * Math.PI);
      context.stroke();
    });
    context.setLineDash([]);
  }

  function points({ real, fake, count }, { data, ink }) {
    context.strokeStyle = data;
    context.fillStyle = ink;
    context.beginPath();
    for (let r = 0; r < count; r += 1) {
      const [x, y] = pixel([real[r], real[count + r]]);
      context.moveTo(x - 3, y - 3);
      context.lineTo(x + 3, y + 3);
      context.moveTo(x - 3, y + 3);
      context.lineTo(x + 3, y - 3);
    }
    context.stroke();
    for (let r = 0; r < count; r += 1) {
      context.beginPath();
      context.arc(...pixel([fake[r], fake[count + r]]), 2.25, 0, 2 * Math.PI);
      context.fill();
    }
  }

  function paint(run, covered) {
    const palette = colours(el);
    landscape(run, palette);
    points(run.points(), palette);
    if (run.mixture.means.length < 30) modes(run, covered, palette.ink); // on the moons the circles would hide all
  }
  return { el, paint };
}

/** The divergence over the steps; `.show(history, floor)` for a list of { steps, js }. */
export function chart() {
  const line = svg("polyline", { class: "curve" });
  const dotted = svg("line", { class: "limit", x1: 0, x2: WIDTH });
  const last = svg("text", { x: WIDTH, y: HEIGHT + 13, "text-anchor": "end" });
  const words = [
    svg("text", { x: 0, y: -4 }, "Jensen-Shannon divergence, 0 to log 2"),
    svg("text", { x: 0, y: HEIGHT + 13 }, "step 0"),
  ];
  const frame = svg("rect", { class: "frame", width: WIDTH, height: HEIGHT });
  const view = { class: "explorer-chart", viewBox: `-2 -18 ${WIDTH + 4} ${HEIGHT + 36}`, "aria-hidden": "true" };
  const el = svg("svg", view, frame, dotted, line, last, ...words);
  const height = (js) => HEIGHT * (1 - js / Math.log(2));

  function show(history, floor) {
    const longest = Math.max(1000, history.at(-1).steps);
    const points = history.map(({ steps, js }) => `${((WIDTH * steps) / longest).toFixed(1)},${height(js).toFixed(1)}`);
    line.setAttribute("points", points.join(" "));
    for (const y of ["y1", "y2"]) dotted.setAttribute(y, height(floor));
    last.textContent = `step ${longest}`;
  }
  return { el, show };
}
