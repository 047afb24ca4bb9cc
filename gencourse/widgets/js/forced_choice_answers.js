// The reader's answers: in the browser's own storage where it has one, else in memory until the page is left.

const ITEM = "gencourse-forced-choice"; // all answers under one name, so that one call deletes them

/** `open()` returns the storage, or throws, as `() => localStorage` does where a browser denies it. */
export function createAnswers(open) {
  let memory = {};
  let able = true;

  /** What `use` returns for the storage; undefined where there is none. */
  function stored(use) {
    if (!able) return undefined;
    try {
      return use(open());
    } catch {
      able = false; // denied, or full
      return undefined;
    }
  }
  const all = () => {
    const text = stored((storage) => storage.getItem(ITEM)); // each time: another tab may have written
    return able ? parsed(text) : memory;
  };

  return {
    /** The answers "LRR..." to the test of this name, at most n. */
    of(test, n) {
      const letters = all()[test];
      return typeof letters === "string" && /^[LR]*$/.test(letters) ? letters.slice(0, n) : "";
    },
    keep(test, letters) {
      memory = { ...all(), [test]: letters };
      stored((storage) => storage.setItem(ITEM, JSON.stringify(memory)));
    },
    forget() {
      memory = {};
      stored((storage) => storage.removeItem(ITEM));
    },
    any: () => Object.keys(all()).length > 0,
    /** Whether they outlive the page. */
    last() {
      all();
      return able;
    },
  };
}

function parsed(text) {
  try {
    const found = JSON.parse(text);
    return found !== null && typeof found === "object" ? found : {};
  } catch {
    return {}; // somebody else's
  }
}
