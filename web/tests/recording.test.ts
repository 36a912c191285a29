import assert from "node:assert/strict";
import { test } from "node:test";

import { Chain, firstLink, frameOf, makeToken, nextLink } from "../src/recording/frames.ts";
import { encodePeaks, peakOf } from "../src/recording/peaks.ts";
import { HIDDEN, scrub, scrubText } from "../src/recording/scrub.ts";

const TOKEN = "8f1c5a52-6d3e-4a8b-9a57-0d4a5b6c7d8e";
// The two numbers of tests/recordings/test_chain.py.
const FIRST = "7a5d36d0d2aade7bfc9608967a1c3ff72faae4d335e37cd68fff7846c8a5ebbc";
const LINK = "1eb1dcf3aff417335b06397cdd61faa22d32e94677ed0bc047240292dd8e7f92";

test("links are those that the house computes", () => {
  assert.equal(firstLink(TOKEN, "screen"), FIRST);
  const digest = "ca3d163bab055381827226140568f3bef7eaac187cebd76878e0b63e9e442356";
  assert.equal(nextLink(FIRST, 0, digest), LINK);
});

test("a chain numbers its frames and ends in its newest link", () => {
  const chain = new Chain(TOKEN, "screen");
  const first = chain.add({ from: 0, to: 5 }, new Uint8Array([1, 2]));
  const second = chain.add({ from: 5, to: 9, peaks: "AP8=" }, new Uint8Array());
  assert.deepEqual([first.seq, second.seq, chain.seq], [0, 1, 2]);
  assert.equal(first.previous, FIRST);
  assert.equal(second.previous, nextLink(FIRST, 0, first.sha256));
  assert.equal(chain.head, nextLink(second.previous, 1, second.sha256));
  assert.equal(new TextDecoder().decode(second.frame), '{"from":5,"to":9,"peaks":"AP8="}\n');
});

test("a frame is its header, a new line, and the bytes as they are", () => {
  const frame = frameOf({ from: 1, to: 2 }, new Uint8Array([0, 10, 255]));
  assert.deepEqual([...frame.slice(-4)], [10, 0, 10, 255]);
});

test("a token is a random UUID", () => {
  const made = makeToken();
  assert.match(made, /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  assert.notEqual(made, makeToken());
});

test("a peak is the loudest sample either way", () => {
  assert.equal(peakOf(new Uint8Array([128, 128])), 0);
  assert.equal(peakOf(new Uint8Array([128, 178, 100])), 100);
  assert.equal(peakOf(new Uint8Array([0])), 255);
  assert.equal(encodePeaks([0, 64, 255]), "AED/");
});

for (const [what, text] of [
  ["a mobile", "致电13900000001，无人接听"],
  ["a foreign number", "call +1 (212) 555-0143 now"],
  ["a number of North America", "(212) 555-0143"],
  ["an identity number", "110101199003070002"],
  ["a social security number", "078-05-1120"],
  ["an address", "debtor.one@mail.example.com"],
  ["a plate", "车牌浙A12345"],
  ["a VIN", "LSVAA000000000812"],
] as const) {
  test(`${what} is hidden by its look`, () => {
    assert.ok(scrubText(text).includes(HIDDEN));
    assert.doesNotMatch(scrubText(text), /\d{4}/);
  });
}

for (const text of ["1,100.00", "2026-06-30 10:00", "CL2018000001", "9".repeat(40), "M3", TOKEN]) {
  test(`${text} is left as it is`, () => assert.equal(scrubText(text), text));
}

test("secrets of the page, hidden values and links that reach somebody are taken out", () => {
  const event = {
    type: 2,
    timestamp: 1,
    data: {
      node: {
        tagName: "body",
        attributes: { "hx-headers:inherited": '{"X-CSRFToken": "secret"}', class: "x" },
        childNodes: [
          { tagName: "input", attributes: { type: "hidden", name: "csrfmiddlewaretoken", value: "secret" } },
          { tagName: "a", attributes: { href: "tel:0571-88888888", title: "13900000001" } },
          { tagName: "input", attributes: { type: "text", value: "***" } },
        ],
      },
    },
  };
  const { node } = scrub(event).data;
  assert.deepEqual(node.attributes, { class: "x" });
  assert.deepEqual(
    node.childNodes.map((child) => child.attributes),
    [
      { type: "hidden", name: "csrfmiddlewaretoken" },
      { href: `tel:${HIDDEN}`, title: HIDDEN },
      { type: "text", value: "***" },
    ],
  );
  assert.equal(event.data.node.attributes.class, "x");
});
