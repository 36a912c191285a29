import type { Graph } from "./model.ts";

export interface Fault { node: string; row: number | null; column: string; reason: string }
export interface Fact { name: string; title: string }
/** What the page gives the editor. */
export interface Data { document: Graph; facts: Fact[]; words: Record<string, string> }
