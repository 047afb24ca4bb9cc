// Which picture is real? A forced choice whose answers stay in the reader's browser, with its exact test at the end.

import { button, h, slider } from "./dom.js";
import { explorer } from "./explorer.js";
import { createAnswers } from "./forced_choice_answers.js";
import { pictures, plan, result, solution, unpackKey } from "./forced_choice_view.js";

const POOL = 80; // pairs in the page
const FEWEST = 6; // in a test

const KEPT =
  "Your answers are kept in this browser alone, in its local storage, also when you leave the page. " +
  "They are sent to nobody and are not in the page’s address. Reset leaves them as they are.";
const FORGOTTEN =
  "This browser lets the page keep nothing: your answers are gone when you leave it. " +
  "They are sent to nobody and are not in the page’s address.";

const ASK = "Which picture is real? Press it, or go to the pictures with Tab and use the keys ← and →.";

const clamped = (v, low, high) => Math.min(Math.max(Math.round(v), low), high);

function build({ root, set, tell, redraw, start }) {
  const { sheet, key, name } = start.data;
  const letters = unpackKey(key, POOL);
  const picture = pictures(sheet);
  const answers = createAnswers(() => localStorage);
  let now; // the setting that is drawn

  const test = () => `${name}:${now.first}:${now.pairs}`;
  const given = () => answers.of(test(), now.pairs);
  const finished = () => given().length === now.pairs;

  function answer(side) {
    if (finished()) return;
    answers.keep(test(), given() + side);
    redraw();
  }

  const count = slider("Pairs in a test", { min: FEWEST, max: POOL, step: 1, format: String }, (pairs) =>
    set({ pairs }),
  );
  const counter = count.el.querySelector("input");
  const settled = h("span", { class: "explorer-note" }, "settled by the first answer");
  count.el.append(settled);

  const sides = { L: "left picture", R: "right picture" };
  const tiles = Object.keys(sides).map((side) => ({ side, ...picture() }));
  const buttons = tiles.map(({ side, el }) => {
    const one = button("", (event) => event.detail < 2 && answer(side)); // a double click answers once
    one.append(el, h("span", {}, sides[side]));
    one.setAttribute("aria-keyshortcuts", side === "L" ? "ArrowLeft" : "ArrowRight");
    return one;
  });
  const pair = h("div", { class: "explorer-forced" }, ...buttons);
  pair.addEventListener("keydown", (event) => {
    const side = { ArrowLeft: "L", ArrowRight: "R" }[event.key];
    if ((!side && event.key !== "Enter") || event.altKey || event.ctrlKey || event.metaKey) return; // the browser's own
    if (side || event.repeat) event.preventDefault(); // a key that is held down answers once
    if (side && !event.repeat) answer(side);
  });

  const progress = h("p", { class: "explorer-title" });
  const question = h("p", { class: "explorer-title" }, ASK);
  const asked = h("div", {}, question, pair);

  const words = h("div", { class: "explorer-numbers", tabindex: "-1" });
  const again = button("Start again with other pairs", () => set(next()));
  const exhausted = h("p", {}, "You have seen all pairs of this page. In a notebook, another seed draws others.");
  const legend = h("p", {}, "The frame is around the real picture; ✓ stands where you chose it, ✗ where you did not.");
  const shown = h("div");
  const told = h("div", {}, words, h("div", { class: "explorer-buttons" }, again), exhausted, legend, shown);

  const planned = plan();
  const kept = h("p", { class: "explorer-note" });
  const forget = button("Delete all my answers", () => {
    answers.forget();
    redraw();
  });

  root.append(
    h("div", { class: "explorer-controls" }, count.el),
    progress,
    asked,
    told,
    planned.el,
    kept,
    h("div", { class: "explorer-buttons" }, forget),
  );

  /** The test after this one: pairs that nobody has seen yet, as many as there are left. */
  function next() {
    const first = now.first + now.pairs;
    return { first, pairs: Math.min(now.pairs, POOL - first + 1) };
  }

  /** Where a press took its own button away, the focus goes on to what came in its place. */
  function keepFocus(draw) {
    const inside = root.contains(document.activeElement);
    draw();
    const active = document.activeElement;
    const lost = !root.contains(active) || active.disabled || active.closest("[hidden]");
    if (inside && lost) (finished() ? words : buttons[0]).focus();
  }

  const draw = (state) => {
    const first = clamped(state.first, 1, POOL - FEWEST + 1); // a link may say anything
    const most = POOL - first + 1;
    const pairs = clamped(state.pairs, FEWEST, most);
    now = { first, pairs };
    const done = given();
    const over = finished();

    counter.max = most;
    count.show(pairs);
    counter.disabled = done.length > 0; // who knows a score must not choose the number by it
    settled.hidden = !counter.disabled;
    asked.hidden = over;
    told.hidden = !over;
    planned.show(pairs);
    kept.textContent = answers.last() ? KEPT : FORGOTTEN;
    forget.disabled = !answers.any();

    const from = first - 1;
    if (over) {
      const solved = letters.slice(from, from + pairs);
      const { lines, sentence } = result(done, solved);
      words.replaceChildren(...lines);
      shown.replaceChildren(solution(done, solved, (i) => from + i, picture));
      again.disabled = next().pairs < FEWEST;
      exhausted.hidden = !again.disabled;
      progress.textContent = `All ${pairs} pairs are answered.`;
      tell(sentence);
    } else {
      words.replaceChildren(); // nothing of an earlier result is left in the page
      shown.replaceChildren();
      tiles.forEach(({ side, show }) => show(from + done.length, side));
      progress.textContent = `Pair ${done.length + 1} of ${pairs}`;
      tell(`${progress.textContent}.`);
    }
  };
  return (state) => keepFocus(() => draw(state));
}

export default explorer(["data", "pairs", "first"], build);
