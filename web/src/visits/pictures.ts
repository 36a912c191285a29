// Photos as they are sent: no larger than needed, and without what a camera writes beside them.
const LONGEST = 1_600; // pixels of the longer side
const QUALITY = 0.82;

export async function smaller(file: File): Promise<Blob> {
  const image = await createImageBitmap(file, { imageOrientation: "from-image" });
  const scale = Math.min(1, LONGEST / Math.max(image.width, image.height));
  const canvas = document.createElement("canvas");
  canvas.width = Math.max(1, Math.round(image.width * scale));
  canvas.height = Math.max(1, Math.round(image.height * scale));
  canvas.getContext("2d")!.drawImage(image, 0, 0, canvas.width, canvas.height);
  image.close();
  return asBlob(canvas, "image/jpeg", QUALITY);
}

export function asBlob(canvas: HTMLCanvasElement, type: string, quality?: number): Promise<Blob> {
  return new Promise((resolve, reject) => {
    canvas.toBlob((blob) => (blob ? resolve(blob) : reject(new Error("no picture"))), type, quality);
  });
}

/** A place to sign by finger, pen or mouse. */
export class Pad {
  readonly #canvas: HTMLCanvasElement;
  drawn = false;

  constructor(canvas: HTMLCanvasElement) {
    this.#canvas = canvas;
    canvas.addEventListener("pointerdown", (event) => this.#begin(event));
    canvas.addEventListener("pointermove", (event) => this.#draw(event));
  }

  clear(): void {
    this.#context().fillRect(0, 0, this.#canvas.width, this.#canvas.height);
    this.drawn = false;
  }

  picture(): Promise<Blob> {
    return asBlob(this.#canvas, "image/png");
  }

  #context(): CanvasRenderingContext2D {
    const context = this.#canvas.getContext("2d")!;
    Object.assign(context, { fillStyle: "#fff", strokeStyle: "#111", lineWidth: 3, lineCap: "round", lineJoin: "round" });
    return context;
  }

  #begin(event: PointerEvent): void {
    if (!this.drawn) this.clear();
    this.#canvas.setPointerCapture(event.pointerId);
    const context = this.#context();
    const [x, y] = this.#at(event);
    context.beginPath();
    context.moveTo(x, y);
    context.lineTo(x + 0.1, y); // a dot is a stroke as well
    context.stroke();
    this.drawn = true;
  }

  #draw(event: PointerEvent): void {
    if (event.buttons === 0 || !this.drawn) return;
    const context = this.#context();
    context.lineTo(...this.#at(event));
    context.stroke();
  }

  #at(event: PointerEvent): [number, number] {
    const box = this.#canvas.getBoundingClientRect();
    const x = ((event.clientX - box.left) / box.width) * this.#canvas.width;
    return [x, ((event.clientY - box.top) / box.height) * this.#canvas.height];
  }
}
