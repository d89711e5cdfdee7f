import { createHash } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import type { DocketClient, GrantChange } from '#client';
import { DocketError } from '#errors';
import type { Logger } from '#platform';
import { Secret } from '#platform';
import type { Admission, Caller } from '../ports.js';

const GRANT_TOKEN = /^dg_([0-9a-f]{32})_[A-Za-z0-9_-]{43}$/;
/** What was found out of a token is believed for so long; a revocation ends it within a second, by the watch. */
const BELIEVED_MS = 30_000;
const TOKENS_MAX = 10_000;
/** A grant that was issued a moment ago may not have been heard of. */
const HEARD_MS = 2_000;
const LOOK_MS = 500;
const AGAIN_MS = 1_000;
/** Reasons for which a grant opens nothing any more, whatever server it was for. */
const ENDED = new Set(['GRANT_INVALID', 'GRANT_REVOKED', 'GRANT_EXPIRED', 'GRANT_ERASED']);

interface Known {
  readonly serverId: string;
  readonly policyId: string;
  readonly mode: string;
  readonly revoked: boolean;
  readonly expiresAtMs: number | null;
}

export interface GrantsOptions {
  readonly docket: Pick<DocketClient, 'listVisibleTools' | 'watchGrants'>;
  readonly logger: Logger;
  /** Wall clock, ms since the epoch: what grants' ends are measured by. */
  readonly wallMs: () => number;
}

/**
 * Who holds which grant. A token's secret is checked by the decider; which server a grant is for, and when it ends, is heard from the
 * registry's changes. This only opens the door: every call is decided by itself.
 */
export class Grants {
  readonly #o: GrantsOptions;
  readonly #known = new Map<string, Known>();
  readonly #policies = new Map<string, string>();
  /** SHA-256 of tokens that were found good, and until when that is believed. */
  readonly #good = new Map<string, number>();
  readonly #ends = new Map<string, AbortController>();
  readonly #listeners = new Set<(concerns: (grantId: string) => boolean) => void>();
  readonly #stopping = new AbortController();
  #isInSync = false;
  #heard: (() => void)[] = [];
  #timer: NodeJS.Timeout | undefined;

  constructor(options: GrantsOptions) {
    this.#o = options;
  }

  /** Begins to listen; what is asked before everything was heard waits for it. */
  start(): void {
    void this.#watch();
    this.#timer = setInterval(() => this.#look(), LOOK_MS);
    this.#timer.unref();
  }

  stop(): void {
    clearInterval(this.#timer);
    this.#stopping.abort();
    this.#wake();
  }

  /** Everything that there was when the watch began has been heard. */
  get isInSync(): boolean {
    return this.#isInSync;
  }

  /** Who presents this token, if it opens this server. Never rejects. */
  async admit(token: Secret, serverId: string): Promise<Admission> {
    const grantId = GRANT_TOKEN.exec(token.reveal())?.[1];
    if (grantId === undefined) return { admitted: false, because: 'unauthenticated' };
    const key = createHash('sha256').update(token.reveal()).digest('base64url');
    try {
      if ((this.#good.get(key) ?? 0) <= performance.now()) await this.#verify(token, key);
      const known = this.#known.get(grantId) ?? await this.#hear(grantId);
      if (known === undefined) return { admitted: false, because: 'unavailable' };
      if (this.#hasEnded(known)) return { admitted: false, because: 'unauthenticated' };
      if (known.serverId !== serverId) return { admitted: false, because: 'wrong_server' };
      return { admitted: true, caller: { grantId, token, serverId } };
    } catch (error) {
      const reason = error instanceof DocketError ? error.reason : 'INTERNAL';
      if (ENDED.has(reason)) return { admitted: false, because: 'unauthenticated' };
      if (reason === 'SERVER_NOT_ALLOWED') return { admitted: false, because: 'wrong_server' };
      this.#o.logger.warn({ reason, server: serverId }, 'a grant could not be looked up');
      return { admitted: false, because: 'unavailable' };
    }
  }

  /** Aborts once the grant opens nothing any more. */
  ended({ grantId }: Caller): AbortSignal {
    let end = this.#ends.get(grantId);
    if (end === undefined) this.#ends.set(grantId, end = new AbortController());
    const known = this.#known.get(grantId);
    if (known !== undefined && this.#hasEnded(known)) this.#end(grantId);
    return end.signal;
  }

  /** A decision has just said that this grant is none any more: no answer from before is believed. */
  forget(): void {
    this.#good.clear();
  }

  /** Tells of edits that may change what some grants see. Returns how to stop. */
  onChanged(listener: (concerns: (grantId: string) => boolean) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  async #verify(token: Secret, key: string): Promise<void> {
    await this.#o.docket.listVisibleTools({ grant: token.reveal(), names: [] });
    if (this.#good.size >= TOKENS_MAX) this.#good.delete(this.#good.keys().next().value!);
    this.#good.set(key, performance.now() + BELIEVED_MS);
  }

  async #hear(grantId: string): Promise<Known | undefined> {
    const dueMs = performance.now() + HEARD_MS;
    for (;;) {
      const leftMs = dueMs - performance.now();
      const known = this.#known.get(grantId);
      if (known !== undefined || leftMs <= 0 || this.#stopping.signal.aborted) return known;
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, leftMs);
        this.#heard.push(() => {
          clearTimeout(timer);
          resolve();
        });
      });
    }
  }

  async #watch(): Promise<void> {
    while (!this.#stopping.signal.aborted) {
      try {
        for await (const change of this.#o.docket.watchGrants({ signal: this.#stopping.signal })) this.#apply(change);
      } catch (error) {
        this.#o.logger.warn({ reason: error instanceof DocketError ? error.reason : 'INTERNAL' }, 'changes of grants cannot be heard; it is tried again');
      }
      await pause(AGAIN_MS, undefined, { signal: this.#stopping.signal }).catch(() => undefined);
    }
  }

  #apply(change: GrantChange): void {
    if (change.type === 'in_sync') this.#isInSync = true;
    else if (change.type === 'policy') {
      const { policyId, version } = change;
      const isNew = this.#policies.get(policyId) !== version;
      this.#policies.set(policyId, version);
      if (isNew && this.#isInSync) this.#tell((grantId) => this.#known.get(grantId)?.policyId === policyId);
    } else {
      const { grantId, serverId, policyId, mode, revoked, expiresAt } = change;
      const before = this.#known.get(grantId);
      this.#known.set(grantId, { serverId, policyId, mode, revoked, expiresAtMs: expiresAt?.getTime() ?? null });
      if (revoked) this.#end(grantId);
      else if (before !== undefined && (before.policyId !== policyId || before.mode !== mode)) this.#tell((id) => id === grantId);
    }
    this.#wake();
  }

  #tell(concerns: (grantId: string) => boolean): void {
    for (const listener of this.#listeners) listener(concerns);
  }

  #wake(): void {
    const heard = this.#heard;
    this.#heard = [];
    for (const wake of heard) wake();
  }

  /** Ends come by themselves, without an edit. */
  #look(): void {
    for (const grantId of this.#ends.keys()) {
      const known = this.#known.get(grantId);
      if (known !== undefined && this.#hasEnded(known)) this.#end(grantId);
    }
  }

  #end(grantId: string): void {
    this.#ends.get(grantId)?.abort();
    this.#ends.delete(grantId);
  }

  #hasEnded({ revoked, expiresAtMs }: Known): boolean {
    return revoked || (expiresAtMs !== null && this.#o.wallMs() >= expiresAtMs);
  }
}
