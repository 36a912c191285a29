import assert from "node:assert/strict";
import { test } from "node:test";

import { stepsOf } from "../src/visits/cards.ts";
import { Outbox, type Answer } from "../src/visits/outbox.ts";
import { Safe, type Waiting } from "../src/visits/safe.ts";

const AT = Date.UTC(2026, 5, 30, 2, 0);

async function told(safe: Safe, ...kinds: ("check_in" | "photo" | "result")[]): Promise<void> {
  for (const kind of kinds) {
    const file = kind === "photo" ? new Blob(["a picture"]) : undefined;
    await safe.put({ id: `id-${kind}`, kind }, 7, AT, file);
  }
}

async function opened(): Promise<Safe> {
  return (await Safe.open("1"))!;
}

test("what is told is sealed, and sent in its order", async () => {
  const safe = await opened();
  await told(safe, "check_in", "photo", "result");
  const [first] = await safe.waiting();
  assert.ok(!new TextDecoder().decode(first!.sealed.data).includes("id-check_in"));
  const sent: string[] = [];
  const outbox = new Outbox(safe, async (one, words, file) => {
    sent.push(`${one.kind} ${String(words["id"])} ${file ? await file.text() : "-"}`);
    return { kept: "kept" };
  });
  await outbox.sync();
  assert.deepEqual(sent, ["check_in id-check_in -", "photo id-photo a picture", "result id-result -"]);
  assert.deepEqual(await safe.waiting(), []);
});

test("a lost line stops the queue, and what was sent before is not sent again", async () => {
  const safe = await opened();
  await told(safe, "check_in", "photo", "result");
  const sent: string[] = [];
  let answers: Answer[] = [{ kept: "kept" }, { later: "offline" }];
  const standings: string[] = [];
  const outbox = new Outbox(safe, async (one) => {
    sent.push(one.kind);
    return answers.shift() ?? { kept: "kept" };
  });
  outbox.onstanding = (standing) => standings.push(standing);
  await outbox.sync();
  outbox.stop();
  assert.deepEqual(sent, ["check_in", "photo"]);
  assert.equal(standings.at(-1), "offline");
  assert.deepEqual((await safe.waiting()).map((one) => one.kind), ["photo", "result"]);
  answers = [];
  await outbox.sync();
  assert.deepEqual(sent, ["check_in", "photo", "photo", "result"]);
  assert.equal(standings.at(-1), "idle");
});

test("what is refused for good stays to be seen, and the rest goes on", async () => {
  const safe = await opened();
  await told(safe, "check_in", "photo", "result");
  const sent: string[] = [];
  const outbox = new Outbox(safe, async (one) => {
    sent.push(one.kind);
    return one.kind === "photo" ? { refused: "picture" } : { kept: "kept" };
  });
  await outbox.sync();
  await outbox.sync();
  assert.deepEqual(sent, ["check_in", "photo", "result"]);
  assert.deepEqual((await safe.waiting()).map((one) => [one.kind, one.refused]), [["photo", "picture"]]);
});

test("what was told while another is on its way is sent too", async () => {
  const safe = await opened();
  await told(safe, "check_in");
  const sent: string[] = [];
  const outbox = new Outbox(safe, async (one) => {
    sent.push(one.kind);
    if (one.kind === "check_in") {
      await told(safe, "result");
      void outbox.sync();
    }
    return { kept: "kept" };
  });
  await outbox.sync();
  assert.deepEqual(sent, ["check_in", "result"]);
});

test("a step stands once, as the house has it where it has it", () => {
  const known = { id: "a", kind: "check_in", time: "10:00", standing: "kept", late: false };
  const visit = {
    ...{ id: 7, window: "", name: "", address: "", locked: false, colleague: "", loan_no: "" },
    ...{ here: true, state: "there", state_name: "", steps: [known] },
  };
  const sealed = { iv: new Uint8Array(12), data: new ArrayBuffer(0) };
  const here = (id: string, refused = ""): Waiting => ({
    ...{ seq: 1, staff: "1", id, visit: 7, kind: "photo" as const, at: AT, refused, sealed },
  });
  const steps = stepsOf(visit, [here("a"), here("b"), here("c", "picture"), { ...here("d"), visit: 8 }]);
  assert.deepEqual(steps.map((one) => [one.id, one.standing]), [["a", "kept"], ["b", "waiting"], ["c", "refused"]]);
});
