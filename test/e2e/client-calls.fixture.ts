import { newCallId, Undecided } from '#client';
import type { Decision, DocketClient } from '#client';
import type { Audit } from './kafka-audit.fixture.js';

/** Callers of one client that ask for decisions, one after another each, and keep what they are told. */
export class ClientCalls {
  readonly asked: { readonly callId: string; readonly grant: string }[] = [];
  readonly decisions: Decision[] = [];
  readonly failures: Undecided[] = [];
  #isOver = false;

  constructor(private readonly docket: DocketClient, private readonly grants: readonly string[], private readonly tool: string) {}

  /** Until there are `count` of them, and `stop` has been called. */
  async run(callers: number, count: number): Promise<void> {
    await Promise.all(Array.from({ length: callers }, async () => {
      while (this.asked.length < count || !this.#isOver) {
        const call = { callId: newCallId(), grant: this.grants[this.asked.length % this.grants.length]! };
        this.asked.push(call);
        try {
          this.decisions.push(await this.docket.decide({ ...call, tool: this.tool, arguments: '{"user":"u-1","n":9007199254740993}' }));
        } catch (error) {
          if (!(error instanceof Undecided)) throw error;
          this.failures.push(error);
        }
      }
    }));
  }

  stop(): void {
    this.#isOver = true;
  }

  /** Resolves when so many more have been decided. */
  async more(count: number): Promise<void> {
    const target = this.decisions.length + count;
    while (this.decisions.length < target && this.failures.length === 0) await new Promise((resolve) => setTimeout(resolve, 10));
  }

  /** Everything in which the log says otherwise than the callers were told; empty if every promise was kept. */
  brokenPromises({ decided }: Audit): string[] {
    const problems: string[] = [];
    const answers = new Map<string, Decision>();
    for (const decision of this.decisions) {
      const { callId, verdict, receipt } = decision;
      if (answers.has(callId)) problems.push(`${callId}: was answered twice`);
      answers.set(callId, decision);
      const [record] = decided.get(callId) ?? [];
      if (record === undefined) problems.push(`${callId}: was answered ${verdict}, but is not in the log`);
      else if (record.event.verdict !== verdict) problems.push(`${callId}: was answered ${verdict}, recorded ${record.event.verdict}`);
      else if (record.at.partition !== receipt.partition || record.at.offset !== receipt.offset || record.at.hash !== receipt.hash) problems.push(`${callId}: its receipt names another record`);
    }
    for (const { callId } of this.asked) {
      const records = decided.get(callId)?.length ?? 0;
      if (records !== 1) problems.push(`${callId}: ${records} valid records`);
      if (!answers.has(callId)) problems.push(`${callId}: was never answered`);
    }
    return problems;
  }
}
