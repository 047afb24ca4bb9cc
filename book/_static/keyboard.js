// For readers without a mouse.
//
// What is wider than its place scrolls inside it. The keyboard scrolls only what it has reached, so it is made reachable
// and says what it is. What fits is no stop on the way.

const KINDS = {
  "mjx-container[display]": "formula",
  "dt.sig": "signature",
  "pre": "code",
  ".pst-scrollable-table-container, table": "table",
  "p": "line",
};
const MAY_SCROLL = Object.keys(KINDS).map((kind) => `article :is(${kind})`).join();
const PAUSE = 200; // milliseconds: formulas arrive one after the other

function kind(element) {
  return Object.entries(KINDS).find(([selector]) => element.matches(selector))[1];
}

function mark(element) {
  const scrolls = element.scrollWidth > element.clientWidth && getComputedStyle(element).overflowX === "auto";
  if (scrolls) {
    element.tabIndex = 0;
    element.setAttribute("role", "group");
    element.setAttribute("aria-label", `${kind(element)} that scrolls sideways`);
  } else if (element.ariaLabel?.endsWith("scrolls sideways")) {
    ["tabindex", "role", "aria-label"].forEach((name) => element.removeAttribute(name));
  }
}

let waiting;
function markAll() {
  clearTimeout(waiting);
  waiting = setTimeout(() => document.querySelectorAll(MAY_SCROLL).forEach(mark), PAUSE);
}

new MutationObserver(markAll).observe(document.querySelector("main"), { childList: true, subtree: true });
addEventListener("resize", markAll);
document.fonts.ready.then(markAll);

// A closed drawer gives the focus back to its button. The theme means to, but by then the button has lost it.
for (const side of ["primary", "secondary"]) {
  const button = document.querySelector(`.${side}-toggle`);
  document.querySelector(`#pst-${side}-sidebar-modal`)?.addEventListener("close", () => button?.focus());
}
