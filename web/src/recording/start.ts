// On each page: send what earlier pages could not. On a page of a case: record it, and its calls.
import { Outbox } from "./outbox.ts";

let started = false;

export async function start(): Promise<void> {
  if (started) return; // the entry is loaded again, under its name without a hash, by its parts
  started = true;
  const staff = document.body.dataset["staff"];
  if (!staff) return;
  const outbox = await Outbox.open(staff);
  const screen = document.querySelector<HTMLElement>("[data-recorder]");
  if (screen) (await import("./screen.ts")).recordScreen(outbox, screen);
  if (document.querySelector("[data-records-calls]")) (await import("./call.ts")).recordCalls(outbox);
  await outbox.sendLeftovers();
}
