// Frames and their chain, as `carrears/recordings/chain.py` defines them. All of it is
// synchronous: a page that is left has no time to wait for anything.
import { sha256 } from "@noble/hashes/sha2.js";
import { bytesToHex, concatBytes, hexToBytes, utf8ToBytes } from "@noble/hashes/utils.js";

export type Kind = "screen" | "audio";

/** Milliseconds since the recording began; `peaks` has a byte for each stretch of a sound. */
export interface Header {
  from: number;
  to: number;
  peaks?: string;
}

/** One frame at its place: hashes in hexadecimal. */
export interface Chunk {
  token: string;
  seq: number;
  previous: string;
  sha256: string;
  frame: Uint8Array<ArrayBuffer>;
}

const GENESIS = "carrears/recording/1\n";
const CHUNK = utf8ToBytes("carrears/recording/chunk/1\n");

export function firstLink(token: string, kind: Kind): string {
  return bytesToHex(sha256(utf8ToBytes(`${GENESIS}${token}\n${kind}`)));
}

export function nextLink(previous: string, seq: number, digest: string): string {
  const number = new Uint8Array(8);
  new DataView(number.buffer).setBigUint64(0, BigInt(seq));
  return bytesToHex(sha256(concatBytes(CHUNK, hexToBytes(previous), number, hexToBytes(digest))));
}

export function frameOf(header: Header, body: Uint8Array): Uint8Array<ArrayBuffer> {
  const line = utf8ToBytes(`${JSON.stringify(header)}\n`);
  const frame = new Uint8Array(line.length + body.length);
  frame.set(line);
  frame.set(body, line.length);
  return frame;
}

/** The chain of one recording as it grows. */
export class Chain {
  readonly token: string;
  seq = 0;
  head: string;

  constructor(token: string, kind: Kind) {
    this.token = token;
    this.head = firstLink(token, kind);
  }

  add(header: Header, body: Uint8Array): Chunk {
    const frame = frameOf(header, body);
    const digest = bytesToHex(sha256(frame));
    const chunk = { token: this.token, seq: this.seq, previous: this.head, sha256: digest, frame };
    this.head = nextLink(this.head, this.seq, digest);
    this.seq += 1;
    return chunk;
  }
}

/** A random token; `crypto.randomUUID` is missing where a page did not come over TLS. */
export function makeToken(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[6] = (bytes[6]! & 0x0f) | 0x40;
  bytes[8] = (bytes[8]! & 0x3f) | 0x80;
  const hex = bytesToHex(bytes);
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join("-");
}
