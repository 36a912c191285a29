// Within `data-mentions="address"` colleagues are offered as soon as `@` is typed: the server says
// who, as a list of options. The field keeps the focus and names the option that is meant
// (aria-activedescendant); a status line tells how many there are.
import { type Begun, begunAt, stepRound } from "./offers.ts";

const REST_MS = 120; // between two letters nobody is asked for

type Field = HTMLTextAreaElement | HTMLInputElement;

class Offers {
  #field: Field | null = null;
  #begun: Begun | null = null;
  #current = -1;
  #asked = 0;
  #timer = 0;

  onInput(field: Field): void {
    clearTimeout(this.#timer);
    this.#asked += 1;
    const begun = begunAt(field.value, field.selectionStart ?? 0);
    if (!begun) return this.close();
    const asked = this.#asked;
    this.#timer = window.setTimeout(() => void this.#ask(field, begun, asked), REST_MS);
  }

  onKey(event: KeyboardEvent): void {
    if (!this.#begun || event.target !== this.#field || event.isComposing) return;
    if (event.ctrlKey || event.altKey || event.metaKey || event.shiftKey) return;
    const options = this.#options();
    if (event.key === "ArrowDown") this.#choose(stepRound(this.#current, 1, options.length));
    else if (event.key === "ArrowUp") this.#choose(stepRound(this.#current, -1, options.length));
    else if (event.key === "Enter" || event.key === "Tab") this.take(options[this.#current]);
    else if (event.key === "Escape") this.close();
    else return;
    event.preventDefault();
    event.stopPropagation(); // Escape would close what is around it as well
  }

  take(option: HTMLElement | undefined): void {
    const [field, begun] = [this.#field, this.#begun];
    this.close();
    if (!field || !begun || !option) return;
    const end = field.selectionStart ?? begun.at + 1 + begun.name.length;
    field.setRangeText(`@${option.dataset["written"] ?? ""} `, begun.at, end, "end");
    field.dispatchEvent(new Event("input", { bubbles: true }));
    field.focus();
  }

  close(): void {
    clearTimeout(this.#timer);
    this.#asked += 1; // an answer that is still under way comes too late
    document.getElementById("offers")?.remove();
    for (const name of ["aria-controls", "aria-activedescendant"]) this.#field?.removeAttribute(name);
    if (this.#field) this.#tell("");
    this.#field = this.#begun = null;
    this.#current = -1;
  }

  async #ask(field: Field, begun: Begun, asked: number): Promise<void> {
    const around = field.closest<HTMLElement>("[data-mentions]");
    const csrf = field.form?.querySelector<HTMLInputElement>("[name=csrfmiddlewaretoken]")?.value ?? "";
    if (!around) return;
    const answer = await fetch(around.dataset["mentions"]!, {
      method: "POST",
      headers: { "X-CSRFToken": csrf, "HX-Request": "true" },
      body: new URLSearchParams({ begun: begun.name }),
    }).catch(() => null); // a comment is written without it, too
    const list = answer?.ok ? await answer.text() : "";
    if (asked !== this.#asked || document.activeElement !== field) return;
    this.close();
    if (list.trim()) this.#show(field, begun, list);
  }

  #show(field: Field, begun: Begun, list: string): void {
    this.#field = field;
    this.#begun = begun;
    field.insertAdjacentHTML("afterend", list);
    const shown = document.getElementById("offers")!;
    shown.style.insetBlockStart = `${field.offsetTop + field.offsetHeight + 2}px`;
    field.setAttribute("aria-autocomplete", "list");
    field.setAttribute("aria-controls", "offers");
    this.#tell(shown.dataset["told"] ?? "");
    this.#choose(0);
  }

  #options(): HTMLElement[] {
    return [...document.querySelectorAll<HTMLElement>("#offers [role=option]")];
  }

  #choose(chosen: number): void {
    this.#current = chosen;
    for (const [nth, option] of this.#options().entries()) {
      option.setAttribute("aria-selected", String(nth === chosen));
      if (nth !== chosen) continue;
      option.scrollIntoView({ block: "nearest" });
      this.#field?.setAttribute("aria-activedescendant", option.id);
    }
  }

  #tell(text: string): void {
    const around = this.#field?.closest("[data-mentions]");
    let line = around?.querySelector<HTMLElement>("[role=status]");
    if (around && !line) {
      line = document.createElement("p");
      line.className = "sr-only";
      line.setAttribute("role", "status");
      around.append(line);
    }
    if (line) line.textContent = text;
  }
}

export function watchMentions(): void {
  const offers = new Offers();
  document.addEventListener("input", (event) => {
    const field = event.target as Field;
    if (!(event as InputEvent).isComposing && field.closest("[data-mentions]")) offers.onInput(field);
  });
  document.addEventListener("compositionend", (event) => {
    const field = event.target as Field;
    if (field.closest("[data-mentions]")) offers.onInput(field);
  });
  document.addEventListener("keydown", (event) => offers.onKey(event), { capture: true });
  document.addEventListener("focusout", () => offers.close());
  // The field must not lose the focus to what is chosen for it.
  document.addEventListener("pointerdown", (event) => {
    if ((event.target as Element).closest("#offers")) event.preventDefault();
  });
  document.addEventListener("click", (event) => {
    const option = (event.target as Element).closest<HTMLElement>("#offers [role=option]");
    if (option) offers.take(option);
  });
}
