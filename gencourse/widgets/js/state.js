// What an explorer remembers on the website: the model that Jupyter would provide, and its place in the address.

/** Whether two JSON values are equal. */
export const same = (a, b) => JSON.stringify(a) === JSON.stringify(b);

/** A model with anywidget's interface: `get`, `set`, `on`, `off` and `save_changes`, which has nobody to tell here. */
export function createModel(start) {
  const state = structuredClone(start);
  const listeners = {};
  const fire = (event) => [...(listeners[event] ?? [])].forEach((listener) => listener());
  return {
    get: (name) => state[name],
    set(name, value) {
      if (same(state[name], value)) return;
      state[name] = structuredClone(value);
      fire(`change:${name}`);
      fire("change");
    },
    on: (event, listener) => (listeners[event] ??= new Set()).add(listener),
    off: (event, listener) => listeners[event]?.delete(listener),
    save_changes() {},
  };
}

/** `#unit-ball.p="1"&unit-ball.k=3`: what differs from the start: a link is short and a reset leaves nothing. */
export function writeHash(hash, key, state, start) {
  const others = parts(hash).filter((part) => part.includes("=") && !part.startsWith(`${key}.`));
  const own = Object.keys(start)
    .filter((name) => !same(state[name], start[name]))
    .map((name) => `${key}.${name}=${readable(encodeURIComponent(JSON.stringify(state[name])))}`);
  return [...others, ...own].join("&");
}

/** The values that the address holds for `key`. A value of another kind than the starting one is left out. */
export function readHash(hash, key, start) {
  const found = {};
  for (const part of parts(hash).filter((p) => p.startsWith(`${key}.`) && p.includes("="))) {
    const [name, text] = [part.slice(key.length + 1, part.indexOf("=")), part.slice(part.indexOf("=") + 1)];
    const value = parsed(text);
    if (Object.hasOwn(start, name) && alike(value, start[name])) found[name] = value;
  }
  return found;
}

const parts = (hash) => hash.replace(/^#/, "").split("&").filter(Boolean);
const readable = (text) => text.replaceAll("%5B", "[").replaceAll("%5D", "]").replaceAll("%2C", ",");

function parsed(text) {
  try {
    return JSON.parse(decodeURIComponent(text));
  } catch {
    return undefined; // somebody mistyped a link
  }
}

/** Whether `value` has the type of `model`, and an array its length. */
function alike(value, model) {
  if (Array.isArray(model)) {
    return Array.isArray(value) && value.length === model.length && value.every((v, i) => alike(v, model[i]));
  }
  return value !== null && typeof value === typeof model && (typeof value !== "number" || Number.isFinite(value));
}
