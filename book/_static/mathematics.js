// Typeset a few formulas at a time, those nearest to the reader first, so that the page answers meanwhile.
// MathJax would typeset all of a page at once, and chapter 2 has more than a thousand.

const AT_ONCE = 8; // 30 ms on a laptop. After each turn the page is laid out again: with fewer, all would take much longer

/** Pixels between a formula and what the reader sees of the page; a folded formula comes last. */
function distance(formula) {
  const { top, bottom, width } = formula.getBoundingClientRect();
  return width ? Math.max(top - innerHeight, -bottom, 0) : Infinity;
}

function nearest(formulas) {
  const away = new Map(formulas.map((formula) => [formula, distance(formula)]));
  return formulas.sort((a, b) => away.get(a) - away.get(b)).slice(0, AT_ONCE);
}

async function typesetAll() {
  const waiting = new Set(document.querySelectorAll(".math"));
  const typeset = (formulas) => {
    formulas.forEach((formula) => waiting.delete(formula));
    MathJax.typeset(formulas);
  };
  addEventListener("beforeprint", () => typeset([...waiting]));
  while (waiting.size) {
    typeset(nearest([...waiting]));
    await new Promise((resume) => setTimeout(resume)); // whatever the reader has done meanwhile comes first
  }
}

window.MathJax = {
  ...window.MathJax,
  startup: { pageReady: typesetAll }, // `MathJax.startup.promise` is kept when all is typeset
  chtml: { adaptiveCSS: false }, // else the style sheet grew at every turn, and the whole page were laid out again
};
