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
  /** Decisions that can be found now in what it keeps, a log, an audit trail or counters, beside what was answered. Absent: it keeps nothing that can be counted. */
  count?(answered: Answered): Promise<Kept | undefined>;
  /** kill -9 of all that answers, and of what holds its counters, under load. */
  kill?(): Promise<void>;
  /** After `kill`: the same on the same data; resolves when it answers again. */
  restart?(): Promise<void>;
  stop(): Promise<void>;
}

export interface Answered {
  readonly allowed: number;
  readonly otherVerdicts: number;
}

export interface Kept {
  readonly decisions: number;
  /** What else there is to say; what must not be begins with WRONG. */
  readonly findings: readonly string[];
}

/** Why a peer cannot be had on this machine; printed as one line, and the bench goes on without it. */
export class PeerMissing extends Error {}

export type { Job, LoadResult, Progress };
