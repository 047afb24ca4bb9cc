// The map of the gain over both frequencies, with a point that the reader moves, and the scale of its colours.

import { address, viridis } from "./convolution_gain_pictures.js";
import { highest } from "./convolution_gain_waves.js";
import { short, svg } from "./dom.js";
import { Plane } from "./plane.js";

const MARGIN = 1.16; // around the map, for its labels
const WIDTH = 320; // of the scale
const BAR = { left: 26, right: 268, top: 22, height: 14 };

/** A map: `.el` is its SVG element, `.show(gains, norm, n, f, best, text)` draws it. `onMove(f)` wants another wave. */
export function gainMap(onMove) {
  const plane = new Plane("Gain at every frequency");
  let now = { n: 1, f: [0, 0] }; // what is drawn

  const go = (f) => {
    const m = highest(now.n);
    const inside = f.map((part) => Math.min(Math.max(Math.round(part), -m), m));
    if (inside.some((part, i) => part !== now.f[i])) onMove(inside.map((part) => part + 0)); // no -0
  };
  const point = plane.handle({
    label: "f, the wave that you look at",
    name: "wave",
    range: [-16, 16],
    onDrag: ([x, y]) => go([-y, x]), // the first frequency goes down, as the rows of an image do
    onKey: ([dx, dy], fast) => go([now.f[0] - dy * (fast ? 4 : 1), now.f[1] + dx * (fast ? 4 : 1)]),
  });

  const cell = (f1, f2) => {
    const [[x, y], [right, bottom]] = [plane.pixel([f2 - 0.5, 0.5 - f1]), plane.pixel([f2 + 0.5, -0.5 - f1])];
    return { x, y, width: right - x, height: bottom - y };
  };
  const label = (x, y, text) => svg("text", { x, y, "text-anchor": "middle" }, text);

  function show(gains, norm, n, f, best, text) {
    now = { n, f };
    const [m, side] = [highest(n), 2 * highest(n) + 1];
    plane.reach = (m + 0.5) * MARGIN;
    const [low, middle, high] = [-n / 2, 0, n / 2].map((v) => plane.pixel([v, -v])); // -pi, 0 and pi
    const [edge, size] = [plane.pixel([-m - 0.5, m + 0.5])[0], cell(0, 0).width * side];
    const onclick = ({ clientX, clientY, target }) => {
      const box = target.getBoundingClientRect();
      const along = (v, start, length) => Math.floor(((v - start) / length) * side) - m;
      go([along(clientY, box.top, box.height), along(clientX, box.left, box.width)]);
    };
    const href = address(gains.map((v) => viridis(norm > 0 ? v / norm : 0)), side);
    const below = edge + size + 14;
    plane.show(
      svg("image", { class: "map", href, x: edge, y: edge, width: size, height: size, onclick }),
      svg("rect", { class: "best", ...cell(...best) }),
      ...[[low, "−π"], [middle, "0"], [high, "π"]].flatMap(([[x, y], name]) => [
        label(x, below, name),
        label(edge - 11, y + 4, name),
      ]),
      label((middle[0] + high[0]) / 2, below, "ω₂"),
      label(edge - 11, (middle[1] + high[1]) / 2 + 4, "ω₁"),
    );
    point.show([f[1], -f[0]], f[1], text);
  }
  return { el: plane.el, show };
}

/** The scale from 0 to the norm, with the flattened norm above it and the gain of the wave below. */
export function gainScale() {
  const el = svg("svg", { class: "explorer-scale", viewBox: `0 0 ${WIDTH} 60`, role: "img" });
  const { left, right, top, height } = BAR;
  const colours = Array.from({ length: 128 }, (_, i) => viridis(i / 127));
  const box = { x: left, y: top, width: right - left, height, preserveAspectRatio: "none" };

  function show(norm, flat, gain) {
    const at = (v) => left + (norm > 0 ? v / norm : 0) * (right - left);
    const named = (v, name, y, from, to) => {
      const text = svg("text", { x: Math.min(Math.max(at(v), 60), WIDTH - 60), y, "text-anchor": "middle" });
      text.textContent = `${name} ${short(v)}`;
      return [svg("line", { x1: at(v), x2: at(v), y1: from, y2: to }), text];
    };
    el.replaceChildren(
      svg("image", { href: address(colours, colours.length), ...box }),
      ...named(flat, "flattened", 12, top - 6, top + height),
      ...named(gain, "your wave", top + height + 19, top, top + height + 6),
      svg("text", { x: left - 6, y: top + 11, "text-anchor": "end" }, "0"),
      svg("text", { x: right + 6, y: top + 11 }, short(norm)),
    );
    el.setAttribute("aria-label", `Scale of the gain from 0 to ${short(norm)}; the flattened norm is ${short(flat)}.`);
  }
  return { el, show };
}
