// What a visitor's phone keeps: the day's visits until the day is over, and what was told and is
// not at the house yet. Both lie in IndexedDB encrypted (AES-256-GCM) by a key that the browser
// keeps and gives to nobody. Without them (no HTTPS, private window) all is in memory only.

export type StepKind = "check_in" | "photo" | "signature" | "result" | "check_out";

/** What was told and waits; `refused` says why the house will not have it. */
export interface Waiting {
  seq: number;
  staff: string;
  id: string;
  visit: number;
  kind: StepKind;
  at: number;
  refused: string;
  sealed: Sealed;
  file?: Sealed;
}

export interface Sealed {
  iv: Uint8Array<ArrayBuffer>;
  data: ArrayBuffer;
}

interface Kept {
  staff: string;
  until: number;
  sealed: Sealed;
}

const NAME = "carrears-visits";
const MARK = "carrears-visits";

function opened(): Promise<IDBDatabase | null> {
  return new Promise((resolve) => {
    if (typeof indexedDB === "undefined") return resolve(null);
    const request = indexedDB.open(NAME, 1);
    request.onupgradeneeded = () => {
      request.result.createObjectStore("keys", { keyPath: "staff" });
      request.result.createObjectStore("days", { keyPath: "staff" });
      request.result.createObjectStore("outbox", { keyPath: "seq", autoIncrement: true });
    };
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => resolve(null);
  });
}

function answered<T>(request: IDBRequest<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
}

function makeKey(): Promise<CryptoKey> {
  return crypto.subtle.generateKey({ name: "AES-GCM", length: 256 }, false, ["encrypt", "decrypt"]);
}

async function seal(key: CryptoKey, content: BufferSource, boundTo: string): Promise<Sealed> {
  const iv = crypto.getRandomValues(new Uint8Array(12));
  const additionalData = new TextEncoder().encode(boundTo);
  return { iv, data: await crypto.subtle.encrypt({ name: "AES-GCM", iv, additionalData }, key, content) };
}

async function unseal(key: CryptoKey, sealed: Sealed, boundTo: string): Promise<ArrayBuffer> {
  const additionalData = new TextEncoder().encode(boundTo);
  return crypto.subtle.decrypt({ name: "AES-GCM", iv: sealed.iv, additionalData }, key, sealed.data);
}

/** One person's safe. `keeps` says whether what is put in outlives the page. */
export class Safe {
  readonly keeps: boolean;
  readonly #staff: string;
  readonly #database: IDBDatabase | null;
  readonly #key: CryptoKey;
  #memory: Waiting[] = [];

  private constructor(staff: string, database: IDBDatabase | null, key: CryptoKey) {
    this.#staff = staff;
    this.#database = database;
    this.#key = key;
    this.keeps = database !== null;
  }

  /** Null where the browser has no cryptography at all: nothing may be kept in clear. */
  static async open(staff: string): Promise<Safe | null> {
    if (!globalThis.crypto?.subtle) return null;
    const database = await opened();
    if (!database) return new Safe(staff, null, await makeKey());
    const fresh = await makeKey(); // made first: no transaction waits for it
    const store = database.transaction("keys", "readwrite").objectStore("keys");
    const known = await answered<{ key: CryptoKey } | undefined>(store.get(staff));
    if (!known) await answered(store.put({ staff, key: fresh }));
    return new Safe(staff, database, known?.key ?? fresh);
  }

  async keepDay(day: object, until: number): Promise<void> {
    const sealed = await seal(this.#key, new TextEncoder().encode(JSON.stringify(day)), "day");
    const kept: Kept = { staff: this.#staff, until, sealed };
    localStorage.setItem(MARK, this.#staff);
    await this.#write(["days", "keys"], (store) => {
      store("days").put(kept);
      store("keys").put({ staff: this.#staff, key: this.#key });
    });
  }

  /** The day's visits as they were last seen; null once the day is over. */
  async day<T>(moment: number): Promise<T | null> {
    if (!this.#database) return null;
    const store = this.#database.transaction("days").objectStore("days");
    const kept = await answered<Kept | undefined>(store.get(this.#staff));
    if (!kept) return null;
    if (moment >= kept.until) {
      await wipeDays();
      return null;
    }
    return JSON.parse(new TextDecoder().decode(await unseal(this.#key, kept.sealed, "day"))) as T;
  }

  /** Keep what was told; once this returns, a browser that is killed does not lose it. */
  async put(told: { id: string; kind: StepKind }, visit: number, at: number, file?: Blob): Promise<void> {
    const sealed = await seal(this.#key, new TextEncoder().encode(JSON.stringify(told)), told.id);
    const one: Omit<Waiting, "seq"> = {
      ...{ staff: this.#staff, id: told.id, visit, kind: told.kind, at, refused: "", sealed },
      ...(file ? { file: await seal(this.#key, await file.arrayBuffer(), `${told.id} file`) } : {}),
    };
    if (this.#database) {
      // With its key, which may have been wiped with the day before.
      await this.#write(["outbox", "keys"], (store) => {
        store("outbox").add(one);
        store("keys").put({ staff: this.#staff, key: this.#key });
      });
    } else this.#memory.push({ ...one, seq: this.#memory.length + 1 });
  }

  /** All that waits, in the order of its telling. */
  async waiting(): Promise<Waiting[]> {
    if (!this.#database) return [...this.#memory];
    const store = this.#database.transaction("outbox").objectStore("outbox");
    const all = await answered<Waiting[]>(store.getAll());
    return all.filter((one) => one.staff === this.#staff);
  }

  async words(one: Waiting): Promise<Record<string, unknown>> {
    const text = new TextDecoder().decode(await unseal(this.#key, one.sealed, one.id));
    return JSON.parse(text) as Record<string, unknown>;
  }

  async file(one: Waiting): Promise<Blob | null> {
    return one.file ? new Blob([await unseal(this.#key, one.file, `${one.id} file`)]) : null;
  }

  async drop(one: Waiting): Promise<void> {
    this.#memory = this.#memory.filter((other) => other.seq !== one.seq);
    await this.#write(["outbox"], (store) => store("outbox").delete(one.seq));
  }

  async refuse(one: Waiting, why: string): Promise<void> {
    one.refused = why;
    if (this.#database) await this.#write(["outbox"], (store) => store("outbox").put(one));
    else this.#memory = this.#memory.map((other) => (other.seq === one.seq ? one : other));
  }

  async #write(names: string[], how: (store: (name: string) => IDBObjectStore) => void): Promise<void> {
    if (!this.#database) return;
    // Kept on the disk before it counts.
    const transaction = this.#database.transaction(names, "readwrite", { durability: "strict" });
    const done = new Promise<void>((resolve, reject) => {
      transaction.oncomplete = () => resolve();
      transaction.onerror = transaction.onabort = () => reject(transaction.error);
    });
    how((name) => transaction.objectStore(name));
    await done;
  }
}

/** Forget everybody's visits. The key goes too, unless something told waits to be sent under it. */
export async function wipeDays(): Promise<void> {
  localStorage.removeItem(MARK);
  if (typeof caches !== "undefined") {
    for (const name of await caches.keys()) if (name.startsWith(NAME)) await caches.delete(name);
  }
  // The worker may be keeping the page just now: it wipes after that.
  navigator.serviceWorker?.controller?.postMessage({ wipe: true });
  const database = await opened();
  if (!database) return;
  const all = database.transaction(["days", "keys", "outbox"], "readwrite", { durability: "strict" });
  all.objectStore("days").clear();
  const waiting = await answered<Waiting[]>(all.objectStore("outbox").getAll());
  const needed = new Set(waiting.map((one) => one.staff));
  const keys = await answered<IDBValidKey[]>(all.objectStore("keys").getAllKeys());
  for (const staff of keys) if (!needed.has(String(staff))) all.objectStore("keys").delete(staff);
  await new Promise<void>((resolve) => {
    all.oncomplete = () => resolve();
    all.onerror = all.onabort = () => resolve();
  });
  database.close();
}

/** On every page: nobody else's visits stay once somebody signed out, or another signed in. */
export function forgetOthers(staff: string): void {
  let marked: string | null = null;
  try {
    marked = localStorage.getItem(MARK);
  } catch {
    return; // a browser that keeps nothing has nothing to forget
  }
  if (marked !== null && marked !== staff) void wipeDays();
}
