// What the explorer of the fake cloud shows: both clouds in the plane, and the table of their measures.

import { h, readout, svg } from "./dom.js";
import { DIGITS, isWorse } from "./fake_cloud_measures.js";

const written = (v) => v.toFixed(DIGITS).replace("-", "−");

export const PICTURE =
  "Blue: real points, a ring where no fake ball reaches (recall). Orange crosses: fake points, bold where no real ball " +
  "reaches (precision). Ellipses: all that the Fréchet distance sees. Drag the centre, the end of the first axis " +
  "(stretch and turn) and that of the second (stretch).";
export const PERFECT =
  "log q: the mean log-likelihood under the fake density q, in nats per point. A perfect cloud has the density of the " +
  "real points. Its column holds the worst of 19 such clouds of this size, and the log-likelihood of that density.";
export const note = (text) => h("p", { class: "explorer-note" }, text);

/** Many small marks as one element: `stroke` draws one around a pixel. */
const marks = (plane, points, name, stroke) =>
  svg("path", { class: name, d: points.map((p) => `M${plane.pixel(p).map((v) => v.toFixed(1))}${stroke}`).join("") });
const DOT = "h0"; // with round ends
const RING = "m-2.2 0a2.2 2.2 0 1 0 4.4 0a2.2 2.2 0 1 0 -4.4 0";
const CROSS = "m-2.5 -2.5l5 5m0 -5l-5 5";

/** The ellipse of a Gaussian at two standard deviations: mu + 2 C (cos t, sin t) with C C^T = cov. */
function ellipse({ mu: [x, y], cov: [[a, b], [, c]] }) {
  const side = Math.sqrt(a);
  const [low, rest] = [b / side, Math.sqrt(Math.max(0, c - (b * b) / a))];
  return Array.from({ length: 72 }, (_, k) => (k * Math.PI) / 36).map((t) => [
    x + 2 * side * Math.cos(t),
    y + 2 * (low * Math.cos(t) + rest * Math.sin(t)),
  ]);
}

/** Both clouds, each point marked by whether a ball of the other cloud holds it; their ellipses, and lines. */
export function scene(plane, real, fake, gaussian, judged, lines) {
  const [held, missed] = [true, false].map((is) => real.filter((_, i) => judged.reached[i] === is));
  const [right, wrong] = [true, false].map((is) => fake.filter((_, j) => judged.good[j] === is));
  const line = (ends) => {
    const [[x1, y1], [x2, y2]] = ends.map((end) => plane.pixel(end));
    return svg("line", { class: "way", x1, y1, x2, y2 });
  };
  return [
    plane.area(ellipse(gaussian), "ball outline"),
    plane.area(ellipse(judged.gaussian), "image outline"),
    marks(plane, held, "points real", DOT),
    marks(plane, missed, "points real missed", RING),
    marks(plane, right, "points fake", CROSS),
    marks(plane, wrong, "points fake wrong", CROSS),
    ...lines.map(line),
  ];
}

/** The table of the measures, beside those of a perfect cloud; `.show(found, limits)` gives the names of the worse. */
export function table(measures) {
  const rows = measures.map(([name, words, more]) => {
    const [value, limit, verdict] = [readout(name), h("td"), h("td")];
    value.el.setAttribute("aria-live", "off"); // `tell` speaks, at rest
    const title = h("th", { scope: "row" }, `${words} ${more ? "↑" : "↓"}`);
    return { name, words, more, value, limit, verdict, el: h("tr", {}, title, h("td", {}, value.el), limit, verdict) };
  });
  const heads = ["↑ more is better", "this cloud", "a perfect one", "verdict"].map((text) =>
    h("th", { scope: "col" }, text),
  );
  const el = h(
    "table",
    { class: "explorer-terms explorer-measures" },
    h("thead", {}, h("tr", {}, ...heads)),
    h("tbody", {}, ...rows.map((row) => row.el)),
  );
  const show = (found, limits) =>
    rows.filter(({ name, more, value, limit, verdict, el: row }) => {
      const worse = isWorse(found[name], limits[name], more);
      value.show(found[name], written);
      limit.textContent = `${more ? "≥" : "≤"} ${written(limits[name])}`;
      verdict.textContent = worse ? "worse" : "as good";
      row.className = worse ? "is-worse" : "";
      return worse;
    });
  return { el, show, rows };
}
