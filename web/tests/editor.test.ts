import assert from "node:assert/strict";
import { test } from "node:test";

import * as model from "../src/editor/model.ts";
import { Past } from "../src/editor/past.ts";

const GRAPH: model.Graph = {
  nodes: [
    { id: "in", type: "inputNode" },
    {
      id: "t", type: "decisionTableNode", name: "table",
      content: {
        hitPolicy: "first",
        inputs: [{ id: "a", name: "DPD", field: "dpd" }],
        outputs: [{ id: "b", name: "treatment", field: "treatment" }],
        rules: [{ _id: "late", a: "> 30", b: "'call'" }, { _id: "rest", a: "", b: "'none'" }],
      },
    },
  ],
  edges: [{ sourceId: "in", targetId: "t" }],
};

const ids = (graph: model.Graph): (string | undefined)[] => model.tableOf(graph, "t").rules.map((rule) => rule["_id"]);

test("a cell changes and the document before stays as it was", () => {
  const next = model.setCell(GRAPH, "t", 0, "a", "> 60");
  assert.equal(model.tableOf(next, "t").rules[0]!["a"], "> 60");
  assert.equal(model.tableOf(GRAPH, "t").rules[0]!["a"], "> 30");
});

test("a rule is added, copied, moved and removed", () => {
  assert.deepEqual(ids(model.addRule(GRAPH, "t", 1)), ["late", "rule", "rest"]);
  assert.deepEqual(ids(model.copyRule(GRAPH, "t", 0)), ["late", "late-2", "rest"]);
  assert.deepEqual(ids(model.moveRule(GRAPH, "t", 0, 1)), ["rest", "late"]);
  assert.deepEqual(ids(model.moveRule(GRAPH, "t", 1, 1)), ["late", "rest"]);
  assert.deepEqual(ids(model.removeRule(GRAPH, "t", 0)), ["rest"]);
});

test("a column goes with what stood in it, and a new one has an id of its own", () => {
  const gone = model.tableOf(model.removeColumn(GRAPH, "t", "inputs", "a"), "t");
  assert.deepEqual(gone.rules, [{ _id: "late", b: "'call'" }, { _id: "rest", b: "'none'" }]);
  const twice = model.addColumn(model.addColumn(GRAPH, "t", "inputs", "band"), "t", "inputs", "band");
  assert.deepEqual(model.tableOf(twice, "t").inputs.map((one) => one.id), ["a", "in_band", "in_band-2"]);
});

test("a sheet is read with its quotes, tabs and line ends", () => {
  assert.deepEqual(model.readSheet("> 1\t'a'\r\n> 2\t'b'\n"), [["> 1", "'a'"], ["> 2", "'b'"]]);
  assert.deepEqual(model.readSheet('"two\nlines"\t"say ""hi"""'), [["two\nlines", 'say "hi"']]);
  assert.deepEqual(model.readSheet("alone"), [["alone"]]);
});

test("a sheet is laid over the table and adds the rules it needs", () => {
  const next = model.pasteSheet(GRAPH, "t", 1, "a", [["> 1", "'x'", "beyond"], ["> 2", "'y'"]]);
  assert.deepEqual(model.tableOf(next, "t").rules.map((rule) => [rule["a"], rule["b"]]), [["> 30", "'call'"], ["> 1", "'x'"], ["> 2", "'y'"]]);
});

test("what was done is undone and redone, and a new change ends the redo", () => {
  const past = new Past(1);
  past.push(2);
  past.push(3);
  assert.equal(past.undo(), true);
  assert.equal(past.now, 2);
  assert.equal(past.redo(), true);
  assert.equal(past.now, 3);
  past.undo();
  past.push(9);
  assert.equal(past.canRedo, false);
  past.undo(); past.undo();
  assert.equal(past.undo(), false);
  assert.equal(past.now, 1);
});

test("ten thousand rules are laid over a table at once, each with a name of its own", () => {
  const cells = Array.from({ length: 10_000 }, (_, n) => [`> ${n}`, "'x'"]);
  const { rules } = model.tableOf(model.pasteSheet(GRAPH, "t", 2, "a", cells), "t");
  assert.equal(rules.length, 10_002);
  assert.equal(new Set(rules.map((rule) => rule["_id"])).size, 10_002);
  assert.deepEqual(rules[10_001], { _id: "rule-10000", a: "> 9999", b: "'x'" });
});

test("what another editor left out of a table is there", () => {
  const bare = { nodes: [{ id: "t", type: "decisionTableNode" }], edges: [] } as unknown as model.Graph;
  assert.deepEqual(model.tableOf(model.whole(bare), "t"), { inputs: [], outputs: [], rules: [] });
});
