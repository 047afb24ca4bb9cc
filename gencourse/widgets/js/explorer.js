// The frame of every explorer: state in, picture out, a reset button, and one sentence for those who listen.

import { button, h } from "./dom.js";

const SILENCE = 500; // milliseconds: only the place where a movement ends is read out

/**
 * An anywidget module. `names` are the traits that make up the state. `build({ root, set, tell, redraw, start })` makes
 * the elements once, inside `root`, for the state `start`; it returns `draw(state)`, which is called after every
 * change, whoever made it. `set({ name: value })` changes the state, and never in place; `tell(sentence)` speaks.
 */
export function explorer(names, build) {
  function render({ model, el }) {
    const state = () => Object.fromEntries(names.map((name) => [name, model.get(name)]));
    const start = state();
    const set = (changes) => {
      for (const [name, value] of Object.entries(changes)) model.set(name, value);
      model.save_changes();
    };

    const voice = h("p", { class: "explorer-voice", role: "status" });
    let silence;
    const tell = (sentence) => {
      if (!el.contains(root)) return; // nobody has asked yet
      clearTimeout(silence);
      silence = setTimeout(() => (voice.textContent = sentence), SILENCE);
    };

    const root = h("div", { class: "explorer-live", role: "group", "aria-label": model.get("description") });
    let queued = false;
    const redraw = () => {
      if (queued) return; // several names may change at once: one drawing, of the state that they leave
      queued = true;
      queueMicrotask(() => {
        queued = false;
        draw(state());
      });
    };
    const draw = build({ root, set, tell, redraw, start });
    root.append(h("div", { class: "explorer-foot" }, button("Reset", () => set(start))), voice);
    for (const name of names) model.on(`change:${name}`, redraw);
    draw(start);
    el.append(root);
    return () => names.forEach((name) => model.off(`change:${name}`, redraw));
  }
  return { render };
}
