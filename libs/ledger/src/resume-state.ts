/**
 * Where a reader stands (design.md 2.2 rule 7): the same for an owner, a snapshot, a projection's checkpoint and a
 * verifier. A reader resumed from it equals a reader from zero.
 */
export interface ResumeState {
  /** Next offset to read: everything below it has been judged. */
  readonly offset: number;
  /** Current epoch; 0 before the first effective claim. */
  readonly epoch: number;
  /** Nonce of the effective claim, hex; '' before the first. */
  readonly nonce: string;
  /** Sequence of the last valid event in this epoch; 0 after a claim. */
  readonly sequence: number;
  /** 32 bytes in hex; zeros at first. */
  readonly head: string;
  /** Event time of the last valid event, ms since the epoch; 0 before the first. */
  readonly timeMs: number;
}

export const INITIAL_RESUME_STATE: ResumeState = {
  offset: 0, epoch: 0, nonce: '', sequence: 0, head: '0'.repeat(64), timeMs: 0,
};

/** A snapshot as stored: resume state, canonical state JSON and its SHA-256 in hex. Taken at a valid event (its record is at resume.offset - 1 and hashes to resume.head). */
export interface StoredSnapshot {
  readonly topic: string;
  readonly partition: number;
  readonly resume: ResumeState;
  readonly state: string;
  readonly stateHash: string;
}

/** Insert-only; a cache: deleting all of them changes start-up time and nothing else. */
export interface SnapshotStore {
  /** Newest first, so that a reader can fall back to an older one. */
  newest(topic: string, partition: number, limit: number): Promise<StoredSnapshot[]>;
  insert(snapshot: StoredSnapshot): Promise<void>;
}

/** What a writer or a reader needs from the machine it runs on. Injected, so that the simulator can own time. */
export interface Runtime {
  /** Wall clock, ms since the epoch. */
  wallMs(): number;
  /** Monotonic clock, ms from an arbitrary start. */
  monotonicMs(): number;
  /** Calls back once after about `ms`; returns a cancel function. */
  after(ms: number, callback: () => void): () => void;
  /** `bytes` random bytes in lower-case hex. */
  randomHex(bytes: number): string;
}
