import assert from "node:assert/strict";
import { test } from "node:test";

import { begunAt, stepRound } from "../src/offers.ts";

const TEXTS: [string, string | null][] = [
  ["@", ""],
  ["请看 @li", "li"],
  ["请看@李", "李"],
  ["(＠w.ang-2", "w.ang-2"],
  ["mail a@b", null],
  ["@li ", null],
  ["@li，", null],
  ["@@li", "li"],
  ["", null],
];

for (const [text, name] of TEXTS) {
  test(`of ${JSON.stringify(text)} the name begun is ${JSON.stringify(name)}`, () => {
    assert.equal(begunAt(text, text.length)?.name ?? null, name);
  });
}

test("only what stands before the cursor counts", () => {
  assert.deepEqual(begunAt("看 @li 谢谢", 5), { at: 2, name: "li" });
  assert.equal(begunAt("看 @li 谢谢", 8), null);
});

test("one steps round the ends", () => {
  assert.deepEqual([stepRound(0, 1, 2), stepRound(1, 1, 2), stepRound(0, -1, 2)], [1, 0, 1]);
  assert.deepEqual([stepRound(-1, 1, 3), stepRound(-1, -1, 3), stepRound(0, 1, 0)], [0, 2, -1]);
});
