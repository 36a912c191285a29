// An SMSC for tests, by the npm package `smpp` (an implementation that is none of ours).
// Tells what happens as JSON lines on stdout; takes orders as JSON lines on stdin.
import { createRequire } from "node:module";
import readline from "node:readline";

const require = createRequire(new URL("../../web/package.json", import.meta.url));
const smpp = require("smpp");
const say = (what) => process.stdout.write(JSON.stringify(what) + "\n");
const [port, store] = [Number(process.argv[2] || 0), process.argv[3] || ""];
const told = { receipts: "text", throttle: 0, swallow: 0, drop: 0, refuse: 0, ids: "" };
let count = Number(process.argv[4] || 0);
let live = null;

function deliver(fields) {
  live.deliver_sm(fields);
}

function receipt(id, pdu, how) {
  const back = {
    source_addr: pdu.destination_addr, destination_addr: pdu.source_addr,
    source_addr_ton: 1, source_addr_npi: 1, esm_class: 4,
  };
  if (how === "tlv") {
    deliver({ ...back, short_message: "", receipted_message_id: id, message_state: 2 });
    return;
  }
  const stat = how === "failed" ? "UNDELIV" : "DELIVRD";
  deliver({
    ...back,
    short_message:
      `id:${id} sub:001 dlvrd:001 submit date:2611281200 done date:2611281201 stat:${stat} err:${how === "failed" ? "027" : "000"} text:hello`,
  });
}

const server = smpp.createServer({}, (session) => {
  session.on("error", () => {});
  session.on("bind_transceiver", (pdu) => {
    if (pdu.password !== "secret") {
      session.send(pdu.response({ command_status: smpp.ESME_RINVPASWD }));
      session.close();
      return;
    }
    live = session;
    session.send(pdu.response({ system_id: "test" }));
    say({ bound: pdu.system_id });
  });
  session.on("enquire_link", (pdu) => session.send(pdu.response()));
  session.on("unbind", (pdu) => { session.send(pdu.response()); session.close(); });
  session.on("submit_sm", (pdu) => {
    if (told.throttle > 0) {
      told.throttle -= 1;
      session.send(pdu.response({ command_status: smpp.ESME_RTHROTTLED }));
      return;
    }
    if (told.refuse > 0) {
      told.refuse -= 1;
      session.send(pdu.response({ command_status: smpp.ESME_RINVDSTADR }));
      return;
    }
    count += 1;
    // As some SMSCs do: hexadecimal in the answer and decimal in the receipt, or the other way.
    const [id, named] = {
      "hex-dec": [count.toString(16).toUpperCase().padStart(8, "0"), String(count)],
      "dec-hex": [String(count), count.toString(16).padStart(8, "0")],
    }[told.ids] ?? [`m${count}`, `m${count}`];
    const text = pdu.message_payload ?? pdu.short_message;
    say({
      submitted: id, to: pdu.destination_addr, from: pdu.source_addr, coding: pdu.data_coding,
      esm: pdu.esm_class, reference: pdu.user_message_reference ?? null,
      text: text?.message ?? "", udh: text?.udh ? text.udh.map((b) => [...b]) : [],
    });
    if (told.swallow > 0) { told.swallow -= 1; return; }
    if (told.drop > 0) { told.drop -= 1; session.destroy(); return; }
    session.send(pdu.response({ message_id: id }));
    if (told.receipts) receipt(named, pdu, told.receipts);
  });
  session.on("deliver_sm_resp", (pdu) => say({ answered: pdu.sequence_number, status: pdu.command_status }));
});
server.listen(port, "127.0.0.1", () => say({ listening: server.address().port }));

readline.createInterface({ input: process.stdin }).on("line", (line) => {
  const order = JSON.parse(line);
  if (order.set) { Object.assign(told, order.set); say({ set: true }); return; }
  if (order.reply) {
    deliver({ source_addr: order.from, source_addr_ton: 1, source_addr_npi: 1,
      destination_addr: "1069", esm_class: 0, short_message: order.reply,
      ...(order.coding !== undefined ? { data_coding: order.coding } : {}) });
  }
  if (order.raw) {  // a deliver_sm with these octets
    deliver({ source_addr: order.from, source_addr_ton: 1, source_addr_npi: 1,
      destination_addr: "1069", esm_class: order.esm, data_coding: order.coding,
      short_message: Buffer.from(order.raw, "hex"), ...order.tlvs });
  }
  if (order.receipt) {
    receipt(order.receipt, { destination_addr: order.to, source_addr: "1069" }, order.how || "text");
  }
}).on("close", () => process.exit(0));
