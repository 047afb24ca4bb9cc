// The website as a host: every <div class="explorer"> of the page comes alive with the module that it names.

import { createModel, readHash, writeHash } from "./state.js";

const PAUSE = 300; // milliseconds: browsers limit how often a page may change its address

/** Names for the address: unit-ball, and unit-ball-2 for a second one on the page. */
function keys(hosts) {
  const count = {};
  return hosts.map(({ dataset }) => {
    const name = dataset.module.replaceAll("_", "-");
    count[name] = (count[name] ?? 0) + 1;
    return count[name] > 1 ? `${name}-${count[name]}` : name;
  });
}

async function enliven(host, key) {
  const { default: module } = await import(`./${host.dataset.module}.js`);
  const start = JSON.parse(host.dataset.state);
  const model = createModel(start);
  const el = document.createElement("div");
  await module.render({ model, el }); // from the start: what the address says comes later, so that a reset undoes it
  host.append(el);
  host.classList.add("is-live");

  const restore = () => {
    const saved = readHash(location.hash, key, start);
    for (const [name, value] of Object.entries(saved)) model.set(name, value);
    return Object.keys(saved).length > 0;
  };
  if (restore()) host.scrollIntoView();
  window.addEventListener("hashchange", restore);

  let waiting;
  model.on("change", () => {
    clearTimeout(waiting);
    waiting = setTimeout(() => {
      const state = Object.fromEntries(Object.keys(start).map((name) => [name, model.get(name)]));
      const hash = writeHash(location.hash, key, state, start);
      history.replaceState(null, "", hash ? `#${hash}` : location.pathname + location.search);
    }, PAUSE);
  });
}

const hosts = [...document.querySelectorAll(".explorer[data-module]")];
const names = keys(hosts);
hosts.forEach((host, i) => enliven(host, names[i]));
