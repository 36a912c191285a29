// What was recorded and is not at the house yet, kept in the browser (IndexedDB) so that a
// reload, a crash or a lost line loses nothing. A browser without one keeps it in memory only.
import type { Chunk, Kind } from "./frames.ts";

/** What the house is told of a recording that began, or with `refused` that it could not. */
export interface Beginning {
  token: string;
  kind: Kind;
  loan_no: string;
  page: string;
  started_at: number;
  mime?: string;
  attempt?: number;
  refused?: string;
}

/** A recording as this browser knows it; `end` is there once it is over. */
export interface Kept {
  token: string;
  staff: string;
  beginning: Beginning;
  end?: { count: number; head: string; reason: string };
}

const NAME = "carrears-recordings";

function opened(): Promise<IDBDatabase | null> {
  return new Promise((resolve) => {
    let request: IDBOpenDBRequest;
    try {
      request = indexedDB.open(NAME, 1);
    } catch {
      resolve(null);
      return;
    }
    request.onupgradeneeded = () => {
      request.result.createObjectStore("recordings", { keyPath: "token" });
      request.result.createObjectStore("chunks", { keyPath: ["token", "seq"] });
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

function chunksOf(token: string): IDBKeyRange {
  return IDBKeyRange.bound([token, 0], [token, Number.MAX_SAFE_INTEGER]);
}

export class Shelf {
  #database: IDBDatabase | null;

  private constructor(database: IDBDatabase | null) {
    this.#database = database;
  }

  static async open(): Promise<Shelf> {
    return new Shelf(await opened());
  }

  // Requests that are placed before a page goes are carried out; nobody waits for them.
  put(kept: Kept): void {
    this.#store("recordings")?.put(kept);
  }

  putChunk(chunk: Chunk): void {
    this.#store("chunks")?.put(chunk);
  }

  dropChunk(token: string, seq: number): void {
    this.#store("chunks")?.delete([token, seq]);
  }

  drop(token: string): void {
    this.#store("recordings")?.delete(token);
    this.#store("chunks")?.delete(chunksOf(token));
  }

  async recordings(staff: string): Promise<Kept[]> {
    const store = this.#store("recordings", "readonly");
    const all = store ? await answered<Kept[]>(store.getAll()) : [];
    return all.filter((one) => one.staff === staff);
  }

  async chunks(token: string): Promise<Chunk[]> {
    const store = this.#store("chunks", "readonly");
    return store ? answered<Chunk[]>(store.getAll(chunksOf(token))) : [];
  }

  #store(name: string, mode: IDBTransactionMode = "readwrite"): IDBObjectStore | undefined {
    try {
      // Kept on the disk before it counts: a browser that is killed must not take it along.
      const durable = { durability: "strict" } as const;
      return this.#database?.transaction(name, mode, durable).objectStore(name);
    } catch {
      this.#database = null; // the browser closed it, for want of room perhaps
      return undefined;
    }
  }
}
