// How the search reads what is typed, and what it shows first. Sphinx puts this file before its own search.

const GREEK =
  "alpha beta gamma delta epsilon zeta eta theta iota kappa lambda mu nu xi omicron pi rho sigma sigma tau upsilon " +
  "phi chi psi omega";
const LETTERS = Object.fromEntries(GREEK.split(" ").map((name, i) => [String.fromCharCode(945 + i), name]));
const SHORT = {
  thm: "theorem",
  prp: "proposition",
  prop: "proposition",
  lem: "lemma",
  cor: "corollary",
  def: "definition",
  ex: "exercise",
};
const NAME = /‖[^‖\s]+‖[_\p{L}\p{N}]*|[₀-₉]+|[_\p{L}\p{M}\p{Nd}]+(?:\.[_\p{L}\p{Nd}]+)*/gu;

/** The words of a query or of a result: a norm with its bars, a number with its point, a Greek letter by its name. */
var splitQuery = (text) => {
  const lowered = (digit) => String.fromCharCode(0x2080 + Number(digit));
  const read = text
    .toLowerCase()
    .replaceAll("||", "‖")
    .replace(/\bgc\./g, "")
    .replace(/(‖|\b\p{L})_(\d)\b/gu, (_, before, digit) => before + lowered(digit))
    .replace(/[α-ωϕϵϑϱ]/g, (letter) => ` ${LETTERS[letter.normalize("NFKC")]} `);
  return (read.match(NAME) ?? []).map((word) => SHORT[word] ?? word);
};

/** How well a title answers: 1 and more if all words asked for are its name, before the colon; less if in the rest. */
function answer(asked, title) {
  for (const [least, part] of [[1, title.split(": ")[0]], [0.5, title]]) {
    const words = splitQuery(part);
    const has = (word) => words.some((own) => own === word || own.endsWith(`.${word}`));
    if (asked.every(has)) return least + (0.2 * asked.length) / words.length;
  }
  return 0;
}

/** Sphinx's own scores, and more for an object that answers. A letter's row comes before an attribute of that name. */
var Scorer = {
  objNameMatch: 11,
  objPartialMatch: 6,
  objPrio: { 0: 15, 1: 5, 2: -5 },
  objPrioDefault: 0,
  title: 15,
  partialTitle: 7,
  term: 5,
  partialTerm: 2,
  score: ([, title, , description, score]) => {
    if (!description) return score;
    const asked = splitQuery(new URLSearchParams(location.search).get("q") ?? "");
    return score + (description.startsWith("Python attribute") ? 50 : 100) * answer(asked, title);
  },
};
