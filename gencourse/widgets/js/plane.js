// A coordinate plane with its origin in the middle, and points in it that can be dragged by mouse, finger and keys.

import { short, svg } from "./dom.js";

const SIZE = 320;
const ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1] };

/** The next of 1, 2, 5, 10, 20 … that is at least x. */
export function roundUp(x) {
  const power = 10 ** Math.floor(Math.log10(x));
  return power * [1, 2, 5, 10].find((digit) => digit * power >= x * (1 - 1e-9));
}

/** A plane: `.el` is its SVG element, `.reach` the largest coordinate that it shows; `onDrop` follows a movement. */
export class Plane {
  constructor(label, onDrop = () => {}) {
    this.reach = 1;
    this.held = false;
    this.onDrop = onDrop;
    this.grid = svg("g", { class: "grid", "aria-hidden": "true" });
    this.shapes = svg("g", { "aria-hidden": "true" });
    this.handles = svg("g", {});
    const view = { class: "explorer-plane", viewBox: `0 0 ${SIZE} ${SIZE}`, role: "group", "aria-label": label };
    this.el = svg("svg", view, this.grid, this.shapes, this.handles);
  }

  /** Show coordinates up to `reach`, but not while a point is held: it would run away from the finger. */
  zoom(reach, mark = reach / 2) {
    if (this.held) return;
    this.reach = reach;
    const marks = [-mark, mark, 0].map((at) => this.mark(at));
    this.grid.replaceChildren(...marks.flat());
  }

  mark(at) {
    const [[x, bottom], [left, y]] = [this.pixel([at, -this.reach]), this.pixel([-this.reach, at])];
    const name = at === 0 ? "axis" : "line";
    const lines = [
      svg("line", { class: name, x1: x, x2: x, y1: 0, y2: bottom }),
      svg("line", { class: name, x1: left, x2: SIZE, y1: y, y2: y }),
    ];
    if (at === 0) return lines;
    return [
      ...lines,
      svg("text", { x, y: SIZE - 5, "text-anchor": "middle" }, short(at)),
      svg("text", { x: 5, y: y + 4 }, short(at)),
    ];
  }

  /** Where a point is in the picture; the second coordinate points up. */
  pixel([x, y]) {
    const scale = SIZE / 2 / this.reach;
    return [SIZE / 2 + x * scale, SIZE / 2 - y * scale];
  }

  /** Show these shapes in place of those before. */
  show(...shapes) {
    this.shapes.replaceChildren(...shapes);
  }

  area(points, name) {
    const corners = points.map((point) => this.pixel(point).map((v) => v.toFixed(2)).join(","));
    return svg("polygon", { class: name, points: corners.join(" ") });
  }

  dot(point, name, r = 4) {
    const [cx, cy] = this.pixel(point);
    return svg("circle", { class: `dot ${name}`, cx, cy, r });
  }

  /** An arrow from the origin, with a name beyond its tip. */
  arrow(tip, name, label) {
    const [[x0, y0], [x, y]] = [this.pixel([0, 0]), this.pixel(tip)];
    const length = Math.hypot(x - x0, y - y0);
    if (length < 1) return this.dot(tip, name, 2);
    const [ux, uy] = [(x - x0) / length, (y - y0) / length];
    const back = Math.min(9, length);
    const wing = (side) => `${x - back * ux + side * 4.5 * uy},${y - back * uy - side * 4.5 * ux}`;
    return svg(
      "g",
      { class: `arrow ${name}` },
      svg("line", { x1: x0, y1: y0, x2: x - 0.7 * back * ux, y2: y - 0.7 * back * uy }),
      svg("polygon", { points: `${x},${y} ${wing(1)} ${wing(-1)}` }),
      this.text([x + 16 * ux, y + 16 * uy], label),
    );
  }

  /** A name at a pixel, kept inside the picture. */
  text([x, y], label) {
    const inside = (v) => Math.min(Math.max(v, 12), SIZE - 12);
    return svg("text", { class: "name", x: inside(x), y: inside(y) + 4, "text-anchor": "middle" }, label);
  }

  /**
   * A point that the reader moves: `onDrag(point)` for mouse and finger, `onKey([dx, dy], fast)` for arrow keys and
   * with Shift. `.show(point, value, text)` puts it somewhere; `value`, in `range`, and `text` are read out.
   */
  handle({ label, name, range, onDrag, onKey }) {
    const circles = [svg("circle", { class: "reachable", r: 16 }), svg("circle", { class: "knob", r: 7 })];
    const role = { role: "slider", tabindex: 0, "aria-valuemin": range[0], "aria-valuemax": range[1] };
    const el = svg("g", { class: `handle ${name}`, "aria-label": label, ...role }, ...circles);
    const at = ({ clientX, clientY }) => {
      const box = this.el.getBoundingClientRect();
      const across = ((clientX - box.left) / box.width) * 2 - 1;
      const down = ((clientY - box.top) / box.height) * 2 - 1;
      return [across, -down].map((v) => Math.min(Math.max(v, -1), 1) * this.reach);
    };
    el.addEventListener("pointerdown", (event) => {
      event.preventDefault();
      el.focus({ preventScroll: true });
      el.setPointerCapture(event.pointerId);
      this.held = true;
    });
    // A finger on the point moves it and not the page. CSS has touch-action for this, but not for parts of an SVG.
    el.addEventListener("touchstart", (event) => event.preventDefault(), { passive: false });
    el.addEventListener("pointermove", (event) => el.hasPointerCapture(event.pointerId) && onDrag(at(event)));
    el.addEventListener("lostpointercapture", () => {
      this.held = false;
      this.onDrop();
    });
    el.addEventListener("keydown", (event) => {
      if (!ARROWS[event.key]) return;
      event.preventDefault();
      onKey(ARROWS[event.key], event.shiftKey);
    });
    this.handles.append(el);
    const show = (point, value, text) => {
      el.setAttribute("transform", `translate(${this.pixel(point)})`);
      el.setAttribute("aria-valuenow", value);
      el.setAttribute("aria-valuetext", text);
    };
    return { el, show };
  }
}
