// A GAN in the plane that trains in the page, measured against the density that it should learn.

import { button, calm, choice, field, h, readout, short, slider } from "./dom.js";
import { explorer } from "./explorer.js";
import { floorOf, POINTS, Run } from "./live_gan_run.js";
import { chart, scene } from "./live_gan_view.js";

const SETTINGS = ["data", "loss", "penalty", "weight", "spectral", "critic_steps", "lr_g", "lr_d", "seed"];
const FIRST = ["data", "spectral", "seed"]; // what the first weights and data hang on
const SLICE = 11; // milliseconds of training in a frame: the page must go on to answer
const PAINT = 50; // milliseconds between two pictures
const MEASURE = 1000; // and between two measurements
const THEMES = ["data-theme", "theme", "data-jp-theme-light"]; // where pages and notebooks say light or dark

const DATA = { ring: "ring", grid: "grid", moons: "two moons" };
const LOSSES = { non_saturating: "non-saturating", wasserstein: "Wasserstein", hinge: "hinge" };
const PENALTIES = { none: "nothing", gradient: "gradient penalty", r1: "R1", clip: "clipping" };
const SURE = "Blue: D says real. Orange: D says generated. Without colour: undecided.";
const SIDES = { non_saturating: SURE, hinge: SURE, wasserstein: "Blue: D is above its mean. Orange: below." };

const RATES = [1e-4, 0.032];
const RANGES = { weight: [0.01, 10], lr_g: RATES, lr_d: RATES, seed: [1, 9999], speed: [1, 3200] };
const WORDS = Object.entries({ data: DATA, loss: LOSSES, penalty: PENALTIES });

const tidy = (exponent) => Number((10 ** exponent).toPrecision(2));
const grouped = (n) => String(n).replace(/\B(?=(\d{3})+$)/g, ",");
const nats = (x) => `${x < 100 ? x.toFixed(3) : grouped(Math.round(x))} nats`;
const written = (state, names) => JSON.stringify(names.map((name) => state[name]));

/** The state, with what a mistyped link may hold put right. */
function sane(state) {
  const put = { critic_steps: state.critic_steps === 5 ? 5 : 1 };
  for (const [name, known] of WORDS) {
    put[name] = Object.hasOwn(known, state[name]) ? state[name] : Object.keys(known)[0];
  }
  for (const [name, [low, high]] of Object.entries(RANGES)) put[name] = Math.min(Math.max(state[name], low), high);
  return { ...state, ...put };
}

/** One of several, for a setting of any type. */
function one(label, options, read, onChoose) {
  const { el, show } = choice(label, options, (word) => onChoose(read(word)));
  return { el, show: (value) => show(String(value)) };
}

/** A slider for a number whose powers of ten matter. */
function powers(label, [min, max, step], onInput) {
  const { el, show } = slider(label, { min, max, step, format: (e) => short(tidy(e)) }, (e) => onInput(tidy(e)));
  return { el, show: (value) => show(Math.log10(value)) };
}

function controls(set) {
  const yes = (word) => word === "true";
  return {
    data: one("Data", DATA, String, (data) => set({ data })),
    loss: one("Loss", LOSSES, String, (loss) => set({ loss })),
    penalty: one("D is held by", PENALTIES, String, (penalty) => set({ penalty })),
    spectral: one("Spectral normalisation", { false: "off", true: "on" }, yes, (spectral) => set({ spectral })),
    critic_steps: one("Steps of D for each of G", { 1: "1", 5: "5" }, Number, (n) => set({ critic_steps: n })),
    weight: powers("Weight of the penalty", [-2, 1, 0.25], (weight) => set({ weight })),
    lr_g: powers("Learning rate of G", [-4, -1.5, 0.25], (lr_g) => set({ lr_g })),
    lr_d: powers("Learning rate of D", [-4, -1.5, 0.25], (lr_d) => set({ lr_d })),
    speed: powers("Steps a second, at most", [0, 3.5, 0.1], (speed) => set({ speed })),
    seed: field("Seed", { min: 1, max: 9999, step: 1 }, (seed) => set({ seed: Math.round(seed) })),
  };
}

/** The numbers of a run, and the sentence for those who listen; `.show(run, measured, rate)`. */
function numbers() {
  const [steps, js, kl, modes, slope] = ["steps", "js", "kl", "modes", "slope"].map(readout);
  for (const { el } of [steps, js, kl, modes, slope]) el.setAttribute("aria-live", "off"); // `tell` speaks, at rest
  const [rate, floors] = [h("span"), h("span")];
  const el = h(
    "div",
    { class: "explorer-numbers" },
    h("p", {}, "Step ", steps.el, rate),
    h("p", {}, "Jensen-Shannon divergence: ", js.el, ` of at most ${Math.log(2).toFixed(3)}`),
    h("p", {}, "KL(generated ‖ data): ", kl.el),
    h("p", {}, floors),
    h("p", {}, "Modes covered: ", modes.el),
    h("p", {}, "Slope of D at the data: ", slope.el),
  );
  const show = (run, measured, perSecond) => {
    const [found, all] = [measured.covered.filter(Boolean).length, measured.covered.length];
    const floor = floorOf(run.settings.data);
    steps.show(run.training.steps, grouped);
    rate.textContent = perSecond ? `, ${grouped(Math.round(perSecond))} a second` : "";
    js.show(measured.js, nats);
    kl.show(measured.kl, nats);
    floors.textContent = `(${grouped(POINTS)} points of the data itself get ${nats(floor.js)} and ${nats(floor.kl)}.)`;
    modes.show(found, (n) => `${n} of ${all}`);
    slope.show(measured.slope);
    return `${found} of ${all} modes covered, Jensen-Shannon divergence ${nats(measured.js)}`;
  };
  return { el, show };
}

function build({ root, set, tell }) {
  const { el: picture, paint } = scene();
  const { el: curve, show: showCurve } = chart();
  const { el: figures, show: showNumbers } = numbers();
  const control = controls(set);
  const legend = h("p", { class: "explorer-note" });
  const play = button("Play", () => (playing ? pause() : start()));
  const step = button("Step", () => {
    pause();
    run.training.step();
    look();
  });
  const again = button("Restart", () => begin());

  const first = {}; // what was measured before the first step, by settings
  let [run, state, measured, history] = [];
  let [playing, coming, rate] = [false, 0, 0]; // whether, the frame that is asked for, and steps a second

  function repaint() {
    if (root.isConnected) paint(run, measured.covered);
  }

  /** Draw what was measured of the present state, and say it unless the next one follows at once. */
  function look(found = run.measure()) {
    measured = found;
    history.push({ steps: run.training.steps, js: measured.js });
    const sentence = showNumbers(run, measured, playing && rate);
    showCurve(history, floorOf(run.settings.data).js);
    requestAnimationFrame(repaint); // before the first frame the figure is not on the page, and has no colours
    const words = `Step ${run.training.steps}: ${sentence}.`;
    picture.setAttribute("aria-label", `${DATA[run.settings.data]}, data and generated points. ${words}`);
    if (!playing) tell(words);
  }

  function begin() {
    run = new Run(state);
    [history, rate] = [[], 0];
    look((first[written(state, FIRST)] ??= run.measure())); // while a slider moves, nothing new is to be measured
  }

  function pause() {
    if (!playing) return;
    playing = false;
    cancelAnimationFrame(coming);
    play.textContent = "Play";
    look();
  }

  function start() {
    playing = true;
    play.textContent = "Pause";
    let [owed, done] = [0, 0];
    let [before, painted, measuredAt] = Array(3).fill(performance.now());
    const frame = (now) => {
      if (!root.isConnected) return;
      coming = requestAnimationFrame(frame);
      const { top, bottom } = root.getBoundingClientRect();
      const seen = bottom > 0 && top < innerHeight; // out of sight it rests
      owed = seen ? Math.min(owed + (state.speed * (now - before)) / 1000, state.speed / 10 + 1) : 0; // no catching up
      before = now;
      const until = performance.now() + SLICE;
      for (; owed >= 1 && performance.now() < until; owed -= 1, done += 1) run.training.step();
      if (now - measuredAt >= MEASURE) {
        rate = (1000 * done) / (now - measuredAt);
        [done, painted, measuredAt] = [0, now, now];
        look();
      } else if (now - painted >= (calm() ? MEASURE : PAINT)) {
        painted = now;
        repaint();
      }
    };
    coming = requestAnimationFrame(frame);
  }

  const { data, loss, penalty, spectral, critic_steps: steps, weight, lr_g: lrG, lr_d: lrD, speed, seed } = control;
  const rows = [[data, loss], [penalty, weight], [spectral, steps], [lrG, lrD]];
  const named = h("label", { class: "explorer-slider" }, "Seed", seed.el);
  root.append(
    ...rows.map((row) => h("div", { class: "explorer-controls" }, ...row.map(({ el }) => el))),
    h("div", { class: "explorer-buttons" }, play, step, again, named, speed.el),
    h("div", { class: "explorer-planes" }, h("div", {}, picture, legend), h("div", {}, figures, curve)),
  );

  const theme = new MutationObserver(repaint); // a canvas does not follow a change from light to dark by itself
  [document.documentElement, document.body].forEach((el) => theme.observe(el, { attributeFilter: THEMES }));

  return function draw(given) {
    const next = sane(given);
    const changed = !state || written(next, SETTINGS) !== written(state, SETTINGS);
    state = next;
    for (const [name, { show }] of Object.entries(control)) show(state[name]);
    weight.el.querySelector("input").disabled = state.penalty !== "gradient" && state.penalty !== "r1";
    legend.textContent = `${SIDES[state.loss]} Dots: generated. Crosses: data.`;
    if (changed) begin();
  };
}

export default explorer([...SETTINGS, "speed"], build);
