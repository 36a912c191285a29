// What a recorded page shows of people is hidden before it is chained. Elements that say
// `data-personal` are masked as they are read (`screen.ts`); this second pass over each event
// takes out what no element said: numbers and addresses by their look, links that hold one,
// what hidden fields hold, the page's own secrets.

export const HIDDEN = "▮▮▮";
/** Whose text is never recorded. The title of a case names the debtor. */
export const PERSONAL = "[data-personal], .sensitive, .dial, .timeline-note, title";

const LOOKS = new RegExp(
  [
    String.raw`(?<![\dA-Za-z])1[3-9]\d{9}(?!\d)`, // a mobile of China
    String.raw`\+\d[\d ()-]{7,18}\d`, // a number with its country
    String.raw`(?<!\d)\(?\d{3}\)?[ .-]\d{3}[ .-]\d{4}(?!\d)`, // a number of North America
    String.raw`(?<![\dA-Za-z])\d{17}[\dXx](?![\dA-Za-z])`, // an identity number
    String.raw`(?<![\dA-Za-z])\d{3}-\d{2}-\d{4}(?!\d)`, // a social security number
    String.raw`[\w.+-]+@[\w-]+(?:\.[\w-]+)+`, // an e-mail address
    String.raw`[京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼][A-Z][A-Z0-9]{5,6}(?![A-Z0-9])`, // a plate
    String.raw`(?<![A-Z0-9])[A-HJ-NPR-Z0-9]{11}\d{6}(?![A-Z0-9])`, // a VIN
  ].join("|"),
  "gu",
);
const SECRET_ATTRIBUTES = /^(hx-headers|hx-vals|data-csrf|nonce|integrity)/;
const REACHING = /^(tel|mailto|sms):/i;

type Tree = unknown[] | Record<string, unknown>;

export function scrubText(text: string): string {
  return text.replace(LOOKS, HIDDEN);
}

/**
 * An event of rrweb without what its look tells of a person, or with `clear` only without the
 * page's secrets; the event itself is left as it is.
 */
export function scrub<T>(event: T, clear = false): T {
  return copy(event, clear) as T;
}

function copy(value: unknown, clear: boolean): unknown {
  if (typeof value === "string") return clear ? value : scrubText(value);
  if (Array.isArray(value)) return value.map((one) => copy(one, clear));
  if (value === null || typeof value !== "object") return value;
  const made: Record<string, unknown> = {};
  for (const [name, inner] of Object.entries(value)) {
    made[name] = name === "attributes" && isAttributes(inner) ? attributesOf(inner, clear) : copy(inner, clear);
  }
  return made;
}

function isAttributes(value: unknown): value is Record<string, unknown> {
  return value !== null && typeof value === "object" && !Array.isArray(value as Tree);
}

function attributesOf(given: Record<string, unknown>, clear: boolean): Record<string, unknown> {
  const kept: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(given)) {
    if (SECRET_ATTRIBUTES.test(name)) continue;
    if (name === "value" && (given["type"] === "hidden" || given["name"] === "csrfmiddlewaretoken")) continue;
    const reaches = !clear && typeof value === "string" && REACHING.test(value);
    kept[name] = reaches ? value.replace(/:.*/s, `:${HIDDEN}`) : copy(value, clear);
  }
  return kept;
}
