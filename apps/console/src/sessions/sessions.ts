import { createHash } from 'node:crypto';
import type { Secret } from '#platform';

/** Whose credential it is that somebody signed in with. */
export interface Person {
  readonly credential: Secret;
  readonly credentialId: string;
  readonly subject: string;
  readonly organisation: string;
  /** `APPROVER`, `AUDITOR`, …, as the service says. */
  readonly roles: readonly string[];
}

/** What a page shows once, after a form. */
export interface Notice {
  readonly kind: 'done' | 'refused';
  readonly text: string;
}

export interface Session extends Person {
  readonly formToken: string;
  readonly startedAtMs: number;
  lastSeenMs: number;
  notice: Notice | undefined;
}

export interface SessionsOptions {
  readonly idleMs: number;
  readonly absoluteMs: number;
  /** When there are more, the one that was idle longest ends. */
  readonly max?: number;
  readonly wallMs: () => number;
  /** Unguessable text, new with each call. */
  readonly random: () => string;
}

const MAX = 10_000;

/**
 * Who is signed in, in this process's memory only: the cookie holds a random id, the credential never leaves the process. An idle
 * session ends, and so does an old one, however busy it is.
 */
export class Sessions {
  /** By the digest of the id: looking one up tells nothing by the time that it takes. The one that was idle longest comes first. */
  readonly #byDigest = new Map<string, Session>();
  readonly #o: SessionsOptions;

  constructor(options: SessionsOptions) {
    this.#o = options;
  }

  get count(): number {
    this.#sweep();
    return this.#byDigest.size;
  }

  /** A new session; resolves to its id, for the cookie. */
  open(person: Person): string {
    this.#sweep();
    if (this.#byDigest.size >= (this.#o.max ?? MAX)) this.#byDigest.delete(this.#byDigest.keys().next().value!);
    const id = this.#o.random();
    const nowMs = this.#o.wallMs();
    this.#byDigest.set(digestOf(id), { ...person, formToken: this.#o.random(), startedAtMs: nowMs, lastSeenMs: nowMs, notice: undefined });
    return id;
  }

  /** @param isActivity false: a page looks for news by itself, which keeps nobody signed in */
  find(id: string, isActivity: boolean): Session | undefined {
    const digest = digestOf(id);
    const session = this.#byDigest.get(digest);
    if (session === undefined) return undefined;
    if (this.#isOver(session)) {
      this.#byDigest.delete(digest);
      return undefined;
    }
    if (isActivity) {
      session.lastSeenMs = this.#o.wallMs();
      this.#byDigest.delete(digest);
      this.#byDigest.set(digest, session);
    }
    return session;
  }

  end(id: string): void {
    this.#byDigest.delete(digestOf(id));
  }

  #isOver({ startedAtMs, lastSeenMs }: Session): boolean {
    const nowMs = this.#o.wallMs();
    return nowMs - lastSeenMs >= this.#o.idleMs || nowMs - startedAtMs >= this.#o.absoluteMs;
  }

  #sweep(): void {
    for (const [digest, session] of this.#byDigest) if (this.#isOver(session)) this.#byDigest.delete(digest);
  }
}

function digestOf(id: string): string {
  return createHash('sha256').update(id).digest('hex');
}
