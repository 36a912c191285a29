// An SMSC for `bench.sms`, by the npm package `smpp`. It answers every text and tells of it by a
// receipt, which it tells again after a new bind until it was answered. One line a second on
// stdout says how far it is; at the end of stdin it writes what it was given to a file, and ends.
import { createRequire } from "node:module";
import fs from "node:fs";

const require = createRequire(new URL("../web/package.json", import.meta.url));
const smpp = require("smpp");
const given = []; // what it was given: number and part of each text
const untold = new Map(); // receipts that nobody answered to yet, by message
let live = null;
let answered = 0;

function tell(id) {
  const session = live;
  session.deliver_sm(
    {
      source_addr: untold.get(id), source_addr_ton: 1, source_addr_npi: 1,
      destination_addr: "1069", esm_class: 4,
      short_message: `id:${id} sub:001 dlvrd:001 submit date:2611281200 done date:2611281201 stat:DELIVRD err:000 text:`,
    },
    () => { if (untold.delete(id)) answered += 1; },
  );
}

function take(session, pdu) {
  const text = pdu.message_payload ?? pdu.short_message;
  const header = text?.udh?.[0];
  const id = `m${given.length + 1}`;
  given.push(`${id} ${pdu.destination_addr} ${header ? header[header.length - 1] : 1}`);
  session.send(pdu.response({ message_id: id }));
  untold.set(id, pdu.destination_addr);
  if (live) tell(id);
}

const server = smpp.createServer({}, (session) => {
  session.on("error", () => {});
  session.on("close", () => { if (live === session) live = null; });
  session.on("bind_transceiver", (pdu) => {
    live = session;
    session.send(pdu.response({ system_id: "bench" }));
    for (const id of untold.keys()) tell(id);
  });
  session.on("enquire_link", (pdu) => session.send(pdu.response()));
  session.on("unbind", (pdu) => { session.send(pdu.response()); session.close(); });
  session.on("submit_sm", (pdu) => take(session, pdu));
});
const say = (what) => process.stdout.write(JSON.stringify(what) + "\n");
server.listen(0, "127.0.0.1", () => say({ port: server.address().port }));
setInterval(() => say({ given: given.length, answered }), 250);
process.stdin.resume().on("end", () => {
  fs.writeFileSync(process.argv[2], given.join("\n"));
  const cpu = process.cpuUsage();
  say({ cpu_s: (cpu.user + cpu.system) / 1e6 });
  process.exit(0);
});
