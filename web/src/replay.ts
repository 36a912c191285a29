// Plays a recorded screen: what it showed and what was done on it, in a frame without scripts.
import { Replayer } from "rrweb";

// Numbers of rrweb's own: a snapshot of changes, and what kind of change it is.
const CHANGE = 3;
const MOUSE = 2;
const SCROLL = 3;
const INPUT = 5;
const CLICK = 2;
const SCROLLS_APART_MS = 2000;

interface Recorded {
  type: number;
  timestamp: number;
  data: { source?: number; type?: number };
}

interface Step {
  at: number;
  what: "click" | "typed" | "scroll";
}

/** What somebody did, in its order; scrolling on is one step. */
function stepsOf(events: Recorded[]): Step[] {
  const begin = events[0]?.timestamp ?? 0;
  const steps: Step[] = [];
  let scrolled = Number.NEGATIVE_INFINITY;
  for (const { type, data, timestamp } of events) {
    if (type !== CHANGE) continue;
    const at = timestamp - begin;
    if (data.source === MOUSE && data.type === CLICK) steps.push({ at, what: "click" });
    else if (data.source === INPUT && steps.at(-1)?.what !== "typed") steps.push({ at, what: "typed" });
    else if (data.source === SCROLL) {
      if (at - scrolled > SCROLLS_APART_MS) steps.push({ at, what: "scroll" });
      scrolled = at;
    }
  }
  return steps;
}

function clockOf(ms: number): string {
  const seconds = Math.floor(ms / 1000);
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
}

function need<T extends Element>(root: Element, selector: string): T {
  const found = root.querySelector<T>(selector);
  if (!found) throw new Error(`the player lacks ${selector}`);
  return found;
}

/** The recorded page as large as there is room. */
function fit(stage: HTMLElement, replayer: Replayer): void {
  const { width, height } = replayer.iframe;
  const scale = Math.min(1, stage.clientWidth / Number(width));
  replayer.wrapper.style.transform = `scale(${scale})`;
  replayer.wrapper.style.transformOrigin = "top left";
  stage.style.height = `${Number(height) * scale}px`;
}

function listSteps(root: HTMLElement, steps: Step[], go: (at: number) => void): void {
  const list = need<HTMLOListElement>(root, "[data-replay-steps]");
  for (const step of steps) {
    const button = document.createElement("button");
    button.type = "button";
    button.className = "btn btn-ghost btn-xs";
    button.textContent = `${clockOf(step.at)} ${list.dataset[step.what] ?? ""}`;
    button.addEventListener("click", () => go(step.at));
    const item = document.createElement("li");
    item.append(button);
    list.append(item);
  }
}

function play(root: HTMLElement, events: Recorded[]): void {
  const stage = need<HTMLElement>(root, "[data-replay-stage]");
  const at = need<HTMLInputElement>(root, "[data-replay-at]");
  const clock = need<HTMLElement>(root, "[data-replay-clock]");
  const speed = need<HTMLSelectElement>(root, "[data-replay-speed]");
  const replayer = new Replayer(events as ConstructorParameters<typeof Replayer>[0], {
    root: stage,
    speed: Number(speed.value),
    skipInactive: true,
    showWarning: false,
    mouseTail: false,
  });
  const { totalTime } = replayer.getMetaData();
  let isPlaying = false;
  at.max = String(totalTime);
  replayer.on("resize", () => fit(stage, replayer));
  replayer.on("finish", () => (isPlaying = false));
  replayer.pause(0); // shows the first of it
  fit(stage, replayer);
  addEventListener("resize", () => fit(stage, replayer));
  const go = (ms: number) => (isPlaying ? replayer.play(ms) : replayer.pause(ms));
  at.addEventListener("input", () => go(Number(at.value)));
  speed.addEventListener("change", () => replayer.setConfig({ speed: Number(speed.value) }));
  need(root, "[data-replay-play]").addEventListener("click", () => {
    isPlaying = !isPlaying;
    const now = replayer.getCurrentTime();
    if (isPlaying) replayer.play(now >= totalTime ? 0 : now);
    else replayer.pause();
  });
  setInterval(() => {
    const now = Math.min(Math.max(0, replayer.getCurrentTime()), totalTime);
    if (document.activeElement !== at || isPlaying) at.value = String(now);
    clock.textContent = `${clockOf(now)} / ${clockOf(totalTime)}`;
  }, 200);
  listSteps(root, stepsOf(events), go);
}

async function start(root: HTMLElement): Promise<void> {
  try {
    const response = await fetch(root.dataset["replay"] ?? "");
    if (!response.ok) throw new Error(`${response.status}`);
    const lines = (await response.text()).split("\n").filter((line) => line);
    const events = lines.map((line) => JSON.parse(line) as Recorded);
    if (events.length < 2) throw new Error("nothing was recorded");
    play(root, events);
    root.dataset["state"] = "on";
  } catch {
    root.dataset["state"] = "failed";
  }
}

// A sound that was recorded piece by piece does not say how long it is; going to its end, the
// browser finds out, and can then be sent anywhere in it.
async function startSound(sound: HTMLAudioElement): Promise<void> {
  const response = await fetch(sound.dataset["sound"] ?? "");
  if (!response.ok) {
    sound.hidden = true;
    document.querySelector("[data-sound-failed]")?.removeAttribute("hidden");
    return;
  }
  sound.addEventListener("loadedmetadata", () => {
    if (sound.duration === Number.POSITIVE_INFINITY) sound.currentTime = Number.MAX_SAFE_INTEGER;
    sound.addEventListener("durationchange", () => (sound.currentTime = 0), { once: true });
  });
  sound.src = URL.createObjectURL(await response.blob());
  const wave = document.querySelector<SVGElement>("[data-sound-wave]");
  wave?.addEventListener("click", (event) => {
    const { left, width } = wave.getBoundingClientRect();
    if (Number.isFinite(sound.duration)) sound.currentTime = ((event.clientX - left) / width) * sound.duration;
  });
}

for (const sound of document.querySelectorAll<HTMLAudioElement>("[data-sound]")) void startSound(sound);
for (const root of document.querySelectorAll<HTMLElement>("[data-replay]")) void start(root);
