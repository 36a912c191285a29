// Small helpers to build elements without markup in strings.

type Attributes = Record<string, string | boolean | undefined>;

export function make<K extends keyof HTMLElementTagNameMap>(
  tag: K, attributes: Attributes = {}, ...children: (Node | string)[]
): HTMLElementTagNameMap[K] {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value === undefined || value === false) continue;
    element.setAttribute(name, value === true ? "" : value);
  }
  element.append(...children);
  return element;
}

export function button(text: string, act: () => void, attributes: Attributes = {}): HTMLButtonElement {
  const element = make("button", { type: "button", class: "btn btn-sm", ...attributes }, text);
  element.addEventListener("click", act);
  return element;
}

/** A button of one sign; the words are read aloud. */
export function signButton(sign: string, words: string, act: () => void, disabled = false): HTMLButtonElement {
  return button(sign, act, { class: "btn btn-ghost btn-xs btn-square", "aria-label": words, title: words, disabled });
}
