// A fake cloud that the reader moves, stretches, turns and thins out, and eight measures that judge it.

import { button, choice, h, short, slider, tuple } from "./dom.js";
import { explorer } from "./explorer.js";
import { Judge } from "./fake_cloud_measures.js";
import { fakePoints, likelihood, linear } from "./fake_cloud_points.js";
import { note, PERFECT, PICTURE, scene, table } from "./fake_cloud_view.js";
import { Plane } from "./plane.js";

const REACH = 4.75; // of the plane
const [FAR, THIN, WIDE] = [1.5, 0.25, 1.5]; // of the centre, and of both stretches
const HANDLE = 2; // a handle's distance from the centre for stretch 1: where the first mode is
const STEPS = 30; // of the share, so that a third is one of them
const SHAPES = { modes: "three modes", gaussian: "one Gaussian", copies: "copies of real points" };
const COUNTS = { 50: "50", 100: "100", 300: "300" };
const SIDES = { false: "no", true: "yes" };
const NAMES = ["shape", "centre", "stretch", "angle", "share", "outlier", "count"];

const clamped = (v, low, high) => Math.min(Math.max(v, low), high);
const tidy = (v) => Number(v.toFixed(2)); // a link to a setting stays short
const near = (point) => point.map((v) => tidy(clamped(v, -FAR, FAR)));
const stretched = (v) => tidy(clamped(v, THIN, WIDE));
const turned = (degrees) => Math.round(((degrees + 540) % 360) - 180) || 0; // no -0
const listed = (names) => [names.slice(0, -1).join(", "), names.at(-1)].filter(Boolean).join(" and ");

/** The state, with what a mistyped link may hold put right. */
function sane(state) {
  return {
    ...state,
    shape: Object.hasOwn(SHAPES, state.shape) ? state.shape : "modes",
    centre: state.centre.map((v) => clamped(v, -FAR, FAR)),
    stretch: state.stretch.map((v) => clamped(v, THIN, WIDE)),
    angle: clamped(state.angle, -180, 180),
    share: clamped(state.share, 0, 1),
    count: Object.hasOwn(COUNTS, state.count) ? state.count : 300,
  };
}

function build({ root, set, tell, redraw, start }) {
  const { data } = start;
  const judge = new Judge(data.real);
  let now; // the state that is drawn

  const cases = Object.entries(data.cases).map(([name, setting]) => button(name, () => set(setting)));
  const shape = choice("Fake points", SHAPES, (word) => set({ shape: word }));
  const count = choice("how many", COUNTS, (word) => set({ count: Number(word) }));
  const outlier = choice("far outlier", SIDES, (word) => set({ outlier: word === "true" }));
  const share = slider(
    "Share of the first mode",
    { min: 0, max: STEPS, step: 1, format: (k) => `${Math.round((100 * k) / STEPS)} %` },
    (k) => set({ share: k / STEPS, shape: "modes" }),
  );

  const plane = new Plane("Real and fake points", redraw);
  plane.zoom(REACH, 2);
  const from = ([x, y]) => [x - now.centre[0], y - now.centre[1]];
  const centre = plane.handle({
    label: "centre of the fake cloud",
    name: "x",
    range: [-FAR, FAR],
    onDrag: (point) => set({ centre: near(point) }),
    onKey: (to, fast) => set({ centre: near(now.centre.map((v, i) => v + to[i] * (fast ? 0.25 : 0.05))) }),
  });
  const first = plane.handle({
    label: "first axis: stretch and turn",
    name: "column",
    range: [-180, 180],
    onDrag(point) {
      const [x, y] = from(point);
      const length = stretched(Math.hypot(x, y) / HANDLE);
      set({ stretch: [length, now.stretch[1]], angle: turned((Math.atan2(y, x) * 180) / Math.PI) });
    },
    onKey([dx, dy], fast) {
      const length = stretched(now.stretch[0] + dy * (fast ? 0.1 : 0.02));
      set({ stretch: [length, now.stretch[1]], angle: turned(now.angle - dx * (fast ? 15 : 1)) });
    },
  });
  const second = plane.handle({
    label: "second axis: stretch",
    name: "column",
    range: [THIN, WIDE],
    onDrag(point) {
      const [[, a], [, b]] = linear({ ...now, stretch: [1, 1] });
      const [x, y] = from(point);
      set({ stretch: [now.stretch[0], stretched((x * a + y * b) / HANDLE)] });
    },
    onKey: ([dx, dy], fast) =>
      set({ stretch: [now.stretch[0], stretched(now.stretch[1] + (dx + dy) * (fast ? 0.1 : 0.02))] }),
  });

  const figures = table(data.measures);
  const verdict = h("p");
  root.append(
    h("div", { class: "explorer-buttons" }, "Cases: ", ...cases),
    h("div", { class: "explorer-controls" }, shape.el, count.el, outlier.el, share.el),
    h(
      "div",
      { class: "explorer-planes" },
      h("div", {}, plane.el, note(PICTURE)),
      h("div", {}, figures.el, verdict, note(PERFECT)),
    ),
  );

  /** Where the handles of both axes are. */
  const tips = () => {
    const [[a, b], [c, d]] = linear(now);
    const at = (x, y) => [now.centre[0] + HANDLE * x, now.centre[1] + HANDLE * y];
    return [at(a, c), at(b, d)];
  };

  return function draw(state) {
    now = sane(state);
    const fake = fakePoints(now, data);
    const judged = judge.judge(fake);
    const [seen, heldOut] = [data.real, data.held].map((points) => likelihood(points, now, data));
    const worse = figures.show({ ...judged.measures, seen, held_out: heldOut }, data.limits[now.count]);
    const fine = figures.rows.filter((row) => !worse.includes(row));

    shape.show(now.shape);
    count.show(String(now.count));
    outlier.show(String(now.outlier));
    share.show(Math.round(STEPS * now.share));

    const [one, two] = tips();
    plane.show(...scene(plane, data.real, fake, judge.gaussian, judged, [one, two].map((tip) => [now.centre, tip])));
    centre.show(now.centre, now.centre[0], tuple(now.centre));
    first.show(one, now.angle, `stretched ${short(now.stretch[0])}, turned by ${short(now.angle)} degrees`);
    second.show(two, now.stretch[1], `stretched ${short(now.stretch[1])}`);

    const [bad, good] = [worse, fine].map((rows) => listed(rows.map(({ words }) => words)));
    const sentence = !bad
      ? "All measures agree: this cloud is as good as a perfect one."
      : !good
        ? "All measures agree: this cloud is worse than a perfect one."
        : `They disagree. Worse than a perfect cloud: ${bad}. As good: ${good}.`;
    verdict.textContent = sentence;
    tell(sentence);
  };
}

export default explorer(["data", ...NAMES], build);
