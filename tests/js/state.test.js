// The model of the website and the state in the address.

import assert from "node:assert/strict";
import test from "node:test";

import { createModel, readHash, writeHash } from "../../gencourse/widgets/js/state.js";

const START = { A: [[1, 0], [0, 1]], p: "2", k: 1, on: false };

test("a model remembers, and tells whoever listens of changes alone", () => {
  const model = createModel(START);
  const heard = [];
  const listener = () => heard.push(model.get("k"));
  model.on("change:k", listener);
  model.on("change", () => heard.push("any"));
  model.set("k", 3);
  model.set("k", 3);
  assert.deepEqual(heard, [3, "any"]);
  model.off("change:k", listener);
  model.set("k", 4);
  assert.deepEqual(heard, [3, "any", "any"]);
  assert.equal(START.k, 1);
});

test("what the address holds comes back as it was", () => {
  const state = { A: [[0.5, -2], [1e-3, 4]], p: "a&b=c #é", k: 7, on: true };
  assert.deepEqual(readHash(`#${writeHash("", "ball", state, START)}`, "ball", START), state);
});

test("the starting state leaves nothing in the address", () => {
  assert.equal(writeHash("#ball.k=5", "ball", START, START), "");
});

test("two explorers share the address, and the name of a section makes room", () => {
  const other = writeHash("#some-section", "ball", { ...START, k: 2 }, START);
  const both = writeHash(other, "ball-2", { ...START, k: 3 }, START);
  assert.equal(both, "ball.k=2&ball-2.k=3");
  assert.deepEqual(readHash(both, "ball", START), { k: 2 });
  assert.deepEqual(readHash(both, "ball-2", START), { k: 3 });
});

test("a value that cannot be right is left out, and the others are taken", () => {
  const wrong = ["k=two", 'k="2"', "k=null", "A=[1,2]", "A=[[1,2],[3]]", "A=[[1,2],[3,null]]", "p=%", "other=1", "k"];
  for (const bad of wrong) {
    assert.deepEqual(readHash(`#ball.${bad}&ball.on=true`, "ball", START), { on: true }, bad);
  }
});
