import assert from "node:assert/strict";
import { test } from "node:test";

import { type Pressed, SEQUENCE_MS, ShortcutReader, stepRow } from "../src/shortcuts.ts";

const KNOWN = ["/", "?", "g d", "g q", "j"];

function press(key: string, at = 0, rest: Partial<Pressed> = {}): Pressed {
  return { key, at, ctrl: false, alt: false, meta: false, typing: false, ...rest };
}

test("one key is a shortcut by itself", () => {
  assert.equal(new ShortcutReader(KNOWN).read(press("/")), "/");
});

test("two keys in time are one shortcut", () => {
  const reader = new ShortcutReader(KNOWN);
  assert.equal(reader.read(press("g", 0)), null);
  assert.equal(reader.read(press("q", SEQUENCE_MS)), "g q");
});

test("two keys too far apart are not", () => {
  const reader = new ShortcutReader(KNOWN);
  reader.read(press("g", 0));
  assert.equal(reader.read(press("q", SEQUENCE_MS + 1)), null);
});

test("a sequence that leads nowhere is forgotten", () => {
  const reader = new ShortcutReader(KNOWN);
  reader.read(press("g", 0));
  assert.equal(reader.read(press("x", 1)), null);
  assert.equal(reader.read(press("d", 2)), null);
});

test("a sequence that leads nowhere still lets a single key count", () => {
  const reader = new ShortcutReader(KNOWN);
  reader.read(press("g", 0));
  assert.equal(reader.read(press("j", 1)), "j");
});

for (const rest of [{ typing: true }, { ctrl: true }, { alt: true }, { meta: true }]) {
  test(`nothing is read while ${JSON.stringify(rest)}`, () => {
    const reader = new ShortcutReader(KNOWN);
    assert.equal(reader.read(press("/", 0, rest)), null);
    reader.read(press("g", 1));
    reader.read(press("x", 2, rest));
    assert.equal(reader.read(press("d", 3)), null);
  });
}

test("rows are walked without leaving the list", () => {
  assert.equal(stepRow(-1, 1, 3), 0);
  assert.equal(stepRow(-1, -1, 3), 2);
  assert.equal(stepRow(2, 1, 3), 2);
  assert.equal(stepRow(0, -1, 3), 0);
  assert.equal(stepRow(0, 1, 3), 1);
  assert.equal(stepRow(0, 1, 0), -1);
});
