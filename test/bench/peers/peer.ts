import type { Job, LoadResult, Progress } from '../generator/job.js';

/** What is measured: one kind of request against one server. */
export interface Lane {
  readonly peer: string;
  /** `unary`, `stream` or `append`. */
  readonly mode: string;
  /** What it is compared with, as a note in the table. */
  readonly note?: string;
  /** The process that makes the load, and what it is told. */
  job(concurrency: number): { script: URL; message: unknown };
  /** Processes whose CPU counts as the server's, with their descendants. */
  serverPids(): readonly number[];
  /** Smallest number of decisions in flight that makes sense; a batch of 50 cannot be asked for with 1. */
  readonly concurrencyMin?: number;
}

export interface Peer {
  readonly name: string;
  start(): Promise<readonly Lane[]>;
  /** After all rounds: compares what the log holds with what was answered; one line for each finding. */
  verify?(answered: { readonly allowed: number; readonly otherVerdicts: number }): Promise<readonly string[]>;
  stop(): Promise<void>;
}

/** Why a peer cannot be had on this machine; printed as one line, and the bench goes on without it. */
export class PeerMissing extends Error {}

export type { Job, LoadResult, Progress };
