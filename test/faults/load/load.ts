import { connect } from '#client';
import type { DocketClient } from '#client';
import { HistoryFile } from '../history-file.js';
import { Random } from '../random.js';
import type { Site } from '../site.js';
import { Administrator } from './administrator.js';
import type { Grant } from './administrator.js';
import { Caller } from './caller.js';
import { POLICIES } from './policies.js';

export interface LoadOptions {
  readonly seed: number;
  readonly grants: number;
  /** Mean pause of a caller between two calls. */
  readonly pauseMs: number;
  /** Mean time between two edits. */
  readonly editEveryMs: number;
  /** Whether policies have limits that many grants share. */
  readonly shared: boolean;
}

const CLIENTS = 3;

/** Callers of many grants through real clients, and an administrator who edits under them. */
export class Load {
  /** By partition: when its newest answer came. */
  readonly lastAnswerMs = new Map<number, number>();
  answers = 0;
  readonly #random: Random;
  readonly #administrator: Administrator;
  readonly #histories: HistoryFile[] = [];
  readonly #clients: DocketClient[] = [];
  readonly #callers: Caller[] = [];
  readonly #running: Promise<void>[] = [];
  #isOver = false;
  #failure: Error | undefined;

  constructor(private readonly installation: Site, private readonly evidence: string, private readonly options: LoadOptions) {
    this.#random = new Random(options.seed);
    const history = new HistoryFile(evidence, 'administrator');
    this.#histories.push(history);
    this.#administrator = new Administrator(installation.deciders.map(({ grpc }) => grpc), installation.credential('admin'), history, new Random(options.seed + 1), options);
  }

  /** Resolves when every partition has answered somebody. */
  async start(): Promise<void> {
    const { deciders } = this.installation;
    for (let i = 0; i < CLIENTS; i += 1) {
      this.#histories.push(new HistoryFile(this.evidence, `client-${i + 1}`));
      // Each starts at another node; the last knows all of them.
      const addresses = i === CLIENTS - 1 ? deciders.map(({ grpc }) => grpc) : [0, 1].map((next) => deciders[(i + next) % deciders.length]!.grpc);
      this.#clients.push(connect({ addresses, credential: this.installation.credential('gateway') }));
    }
    const grants = await this.#administrator.prepare(this.options.grants);
    this.#histories[0]!.write({ kind: 'load', phase: 'began' });
    for (const grant of grants) this.#call(grant);
    this.#running.push(this.#edit().catch((error: unknown) => this.#fail(error)));
    const problem = await this.served(Date.now());
    if (problem !== undefined) throw new Error(problem);
  }

  /** Resolves when every partition that has callers has answered since `sinceMs`, to undefined, or after `limitMs` to what is wrong. Rejects if the load itself has failed. */
  async served(sinceMs: number, limitMs = 180_000): Promise<string | undefined> {
    const dueMs = performance.now() + limitMs;
    for (;;) {
      if (this.#failure !== undefined) throw this.#failure;
      const silent = [...new Set(this.#active().map(({ grant }) => grant.partition))].filter((partition) => (this.lastAnswerMs.get(partition) ?? 0) <= sinceMs);
      if (silent.length === 0) return undefined;
      if (performance.now() > dueMs) return `partition ${silent.join(', ')} has not answered any call for ${limitMs / 1_000} s`;
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }

  /** Lets callers find out what became of everything, and closes the histories. */
  async stop(): Promise<void> {
    this.#isOver = true;
    for (const caller of this.#callers) caller.stop();
    await Promise.all(this.#running);
    this.#histories[0]!.write({ kind: 'load', phase: 'ended' });
    this.#administrator.close();
    await Promise.all([...this.#clients.map((client) => client.close()), ...this.#histories.map((history) => history.close())]);
    if (this.#failure !== undefined) throw this.#failure;
  }

  #active(): Caller[] {
    return this.#callers.filter(({ isRevoked }) => !isRevoked);
  }

  #call(grant: Grant): void {
    const index = this.#callers.length;
    const caller = new Caller(grant, this.#clients[index % CLIENTS]!, this.#histories[1 + (index % CLIENTS)]!, new Random(this.options.seed + 100 + index), this.options.pauseMs, () => {
      this.answers += 1;
      this.lastAnswerMs.set(grant.partition, Date.now());
    });
    this.#callers.push(caller);
    this.#running.push(caller.run().catch((error: unknown) => this.#fail(error)));
  }

  /** Now and then another version of a policy, or another grant in place of one that is revoked. */
  async #edit(): Promise<void> {
    for (;;) {
      const dueMs = performance.now() + this.#random.whole(0, 2 * this.options.editEveryMs);
      while (!this.#isOver && performance.now() < dueMs) await new Promise((resolve) => setTimeout(resolve, 50));
      if (this.#isOver) return;
      if (this.#random.chance(0.7)) await this.#administrator.publish(this.#random.pick(POLICIES));
      else {
        // Of a partition that has others: none should be without callers for long.
        const active = this.#active();
        const crowded = active.filter(({ grant }) => active.filter((other) => other.grant.partition === grant.partition).length > 1);
        if (crowded.length > 0) await this.#administrator.revoke(this.#random.pick(crowded).grant.id);
        this.#call(await this.#administrator.issue(this.#random.pick(POLICIES)));
      }
    }
  }

  #fail(error: unknown): void {
    this.#failure ??= error as Error;
    this.#isOver = true;
  }
}
