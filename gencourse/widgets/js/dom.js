// The controls that explorers are made of. Each is a native one, so that keyboard and screen readers know it.

let ids = 0;
const fresh = (name) => `explorer-${name}-${(ids += 1)}-${Math.random().toString(36).slice(2, 8)}`;

/** An element: h("p", { class: "note", onclick: f }, "text", other). */
export const h = (tag, attributes, ...children) => fill(document.createElement(tag), attributes, children);

/** The same for SVG. */
export const svg = (tag, attributes, ...children) =>
  fill(document.createElementNS("http://www.w3.org/2000/svg", tag), attributes, children);

function fill(element, attributes = {}, children = []) {
  for (const [name, value] of Object.entries(attributes)) {
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else element.setAttribute(name, value);
  }
  element.append(...children);
  return element;
}

/** A button. */
export const button = (label, onclick) => h("button", { type: "button", onclick }, label);

/** One of several: choice("p", { 1: "1", inf: "∞" }, f). `.show(value)` marks the one that holds. */
export function choice(legend, options, onChoose) {
  const name = fresh("choice");
  const inputs = Object.keys(options).map((value) =>
    h("input", { type: "radio", name, id: `${name}-${value}`, value, onchange: () => onChoose(value) }),
  );
  const labels = inputs.map((input) => h("label", { for: input.id }, options[input.value]));
  const el = h("fieldset", { class: "explorer-choice" }, h("legend", {}, legend));
  inputs.forEach((input, i) => el.append(h("span", {}, input, labels[i])));
  return { el, show: (value) => inputs.forEach((input) => (input.checked = input.value === value)) };
}

/** A field for a number. What is no number in the range changes nothing, and is put right when the field is left. */
export function field(label, { min, max, step }, onInput) {
  let shown = "";
  const input = h("input", { type: "number", "aria-label": label, min, max, step });
  input.addEventListener("input", () => {
    const value = input.valueAsNumber;
    if (value >= min && value <= max) onInput(value);
  });
  input.addEventListener("blur", () => (input.value = shown));
  const show = (value) => {
    shown = String(Number(value.toFixed(3)));
    if (input.valueAsNumber !== Number(shown) && input !== document.activeElement) input.value = shown;
  };
  return { el: input, show };
}

/** A slider with its label and its value: slider("rate", { min, max, step, format }, f). */
export function slider(label, { min, max, step, format = short }, onInput) {
  const id = fresh("slider");
  const input = h("input", { type: "range", id, min, max, step, oninput: () => onInput(input.valueAsNumber) });
  const value = h("output", { for: id });
  const show = (x) => {
    input.value = x;
    value.textContent = format(x);
    input.setAttribute("aria-valuetext", format(x));
  };
  return { el: h("div", { class: "explorer-slider" }, h("label", { for: id }, label), input, value), show };
}

/** A number in the text. The page shows a few digits; `data-value` keeps all of them, for the tests. */
export function readout(name) {
  const el = h("output", { "data-name": name });
  const show = (value, format = short) => {
    el.textContent = format(value);
    el.dataset.value = value;
  };
  return { el, show };
}

/** A number to four digits, with a true minus. */
export function short(x) {
  if (x !== 0 && (Math.abs(x) < 1e-3 || Math.abs(x) >= 1e6)) {
    const [digits, power] = x.toExponential(1).split("e");
    return minus(`${digits} × 10^${Number(power)}`);
  }
  return minus(String(Number(x.toPrecision(4))));
}

/** A vector: (0.7071, −0.7071). */
export const tuple = (x) => `(${x.map((value) => short(Math.abs(value) < 1e-12 ? 0 : value)).join(", ")})`;

const minus = (text) => text.replaceAll("-", "−");

/** Whether the reader has asked for little movement: then nothing moves that the reader does not move. */
export const calm = () => matchMedia("(prefers-reduced-motion: reduce)").matches;
