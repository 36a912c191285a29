// Records what is said at the microphone during a call: begun and ended at the call's panel,
// sent second by second, with its waveform. Whatever hinders it is said there, and kept.
import type { Outbox, Standing, Tape } from "./outbox.ts";
import { encodePeaks, peakOf } from "./peaks.ts";

const TYPES = ["audio/webm;codecs=opus", "audio/ogg;codecs=opus", "audio/mp4"];
const CHUNK_MS = 1000;
const PEAK_MS = 100;
const BITS_PER_SECOND = 32_000;

type State = "idle" | "asking" | "on" | "waiting" | "done" | "failed" | Hindrance;
type Hindrance = "denied" | "no_device" | "busy" | "unsupported" | "insecure";

function hindranceOf(error: unknown): Hindrance {
  const name = error instanceof DOMException ? error.name : "";
  if (name === "NotAllowedError" || name === "SecurityError") return "denied";
  if (name === "NotFoundError" || name === "OverconstrainedError") return "no_device";
  return name === "NotReadableError" || name === "AbortError" ? "busy" : "unsupported";
}

function panelOf(attempt: string): HTMLElement | null {
  return document.querySelector(`[data-call-recorder="${CSS.escape(attempt)}"]`);
}

/** The sound of one call while it is recorded. */
class Call {
  readonly attempt: string;
  readonly #outbox: Outbox;
  readonly #loan: string;
  #state: State = "idle";
  #tape: Tape | null = null;
  #recorder: MediaRecorder | null = null;
  #sound: AudioContext | null = null;
  #timer = 0;
  #begun = 0;
  #from = 0;
  #peaks: number[] = [];
  #level = 0;
  #written: Promise<void> = Promise.resolve();

  constructor(outbox: Outbox, panel: HTMLElement) {
    this.#outbox = outbox;
    this.attempt = panel.dataset["callRecorder"] ?? "";
    this.#loan = panel.dataset["loan"] ?? "";
  }

  get isOn(): boolean {
    return this.#recorder?.state === "recording";
  }

  async start(): Promise<void> {
    if (this.isOn || this.#state === "asking") return;
    this.#become("asking");
    try {
      if (!window.isSecureContext) return this.#hinder("insecure");
      const type = window.MediaRecorder && TYPES.find((one) => MediaRecorder.isTypeSupported(one));
      if (!type || !navigator.mediaDevices) return this.#hinder("unsupported");
      const stream = await navigator.mediaDevices.getUserMedia({ audio: { channelCount: 1 } });
      this.#record(stream, type);
    } catch (error) {
      this.#hinder(hindranceOf(error));
    }
  }

  stop(reason: "stopped" | "told" | "device_lost" | "left"): void {
    const recorder = this.#recorder;
    if (!recorder || recorder.state === "inactive") return;
    recorder.onstop = () => {
      this.#written = this.#written.then(() => {
        this.#tape?.finish(reason);
        this.#become("done");
      });
    };
    recorder.stop(); // gives out what it still has, and then says that it stopped
    for (const track of recorder.stream.getTracks()) track.stop();
    clearInterval(this.#timer);
    void this.#sound?.close();
  }

  /** The panel was fetched anew, or is gone: then the call was told of. */
  settle(): void {
    if (panelOf(this.attempt)) this.#show();
    else this.stop("told");
  }

  #record(stream: MediaStream, type: string): void {
    const recorder = new MediaRecorder(stream, { mimeType: type, audioBitsPerSecond: BITS_PER_SECOND });
    const told = { kind: "audio", loan_no: this.#loan, page: "case", mime: type } as const;
    this.#tape = this.#outbox.begin({ ...told, attempt: Number(this.attempt) });
    this.#tape.onstanding = (standing) => this.#stand(standing);
    this.#recorder = recorder;
    this.#begun = performance.now();
    this.#from = 0;
    recorder.ondataavailable = (event) => this.#take(event.data);
    for (const track of stream.getTracks()) track.onended = () => this.stop("device_lost");
    recorder.start(CHUNK_MS);
    this.#listen(stream);
    this.#become("on");
  }

  #take(data: Blob): void {
    if (!data.size) return;
    const from = this.#from;
    const to = Math.round(performance.now() - this.#begun);
    const peaks = encodePeaks(this.#peaks);
    this.#from = to;
    this.#peaks = [];
    // One after the other, as they came: reading a blob takes a moment.
    this.#written = this.#written.then(async () => {
      const bytes = new Uint8Array(await data.arrayBuffer());
      this.#tape?.add({ from, to, peaks }, bytes);
    });
  }

  #listen(stream: MediaStream): void {
    this.#sound = new AudioContext();
    const analyser = this.#sound.createAnalyser();
    analyser.fftSize = 8192;
    this.#sound.createMediaStreamSource(stream).connect(analyser);
    const samples = new Uint8Array(analyser.fftSize);
    this.#timer = window.setInterval(() => {
      analyser.getByteTimeDomainData(samples);
      this.#level = peakOf(samples);
      this.#peaks.push(this.#level);
      this.#show();
    }, PEAK_MS);
  }

  #hinder(why: Hindrance): void {
    this.#become(why);
    const told = { kind: "audio", loan_no: this.#loan, page: "case", refused: why } as const;
    this.#outbox.begin({ ...told, attempt: Number(this.attempt) }).finish("stopped");
  }

  #stand(standing: Standing): void {
    if (standing === "refused") {
      this.stop("stopped");
      this.#become("failed");
    } else if (this.isOn) this.#become(standing === "waiting" ? "waiting" : "on");
  }

  #become(state: State): void {
    if (this.#state !== "failed") this.#state = state;
    this.#show();
  }

  #show(): void {
    const panel = panelOf(this.attempt);
    if (!panel) return;
    panel.dataset["state"] = this.#state;
    const meter = panel.querySelector("meter");
    if (meter) meter.value = this.isOn ? this.#level : 0;
    const seconds = Math.floor((this.isOn ? performance.now() - this.#begun : this.#from) / 1000);
    const clock = `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
    for (const shown of panel.querySelectorAll("[data-call-clock]")) shown.textContent = clock;
  }
}

export function recordCalls(outbox: Outbox): void {
  const calls = new Map<string, Call>();
  document.addEventListener("click", (event) => {
    const button = (event.target as Element).closest<HTMLElement>("[data-call-record]");
    const panel = button?.closest<HTMLElement>("[data-call-recorder]");
    if (!button || !panel) return;
    const attempt = panel.dataset["callRecorder"] ?? "";
    let call = calls.get(attempt);
    if (button.dataset["callRecord"] === "stop") return call?.stop("stopped");
    for (const other of calls.values()) other.stop("stopped"); // one microphone, one call
    if (!call?.isOn) calls.set(attempt, (call = new Call(outbox, panel)));
    void call.start();
  });
  document.addEventListener("htmx:after:swap", () => {
    for (const call of calls.values()) call.settle();
  });
  addEventListener("beforeunload", (event) => {
    if ([...calls.values()].some((call) => call.isOn)) event.preventDefault();
  });
  addEventListener("pagehide", () => {
    for (const call of calls.values()) call.stop("left");
  });
}
