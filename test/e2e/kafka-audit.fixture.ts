import { decisionMachine } from '#decision';
import type { CallDecided } from '#decision';
import { Fold, KafkaEventLog } from '#ledger';
import type { Applied, EventLog, Position, StateMachine } from '#ledger';
import { registryMachine } from '#registry';
import type { Call } from './kafka-traffic.fixture.js';

const DECISIONS = 'docket.decisions';
const REGISTRY = 'docket.registry';

export interface Recorded {
  readonly event: CallDecided;
  readonly at: Position;
  /** Who owned the partition: the node of the claim before it. */
  readonly node: string;
}

/** What an auditor who has nothing but the log finds in it. */
export interface Audit {
  /** Valid records by call id; there should never be two. */
  readonly decided: ReadonlyMap<string, readonly Recorded[]>;
  /** What calls took in the partitions of wider scopes, by scope and call id: still taken, or given back. */
  readonly shares: ReadonlyMap<string, { readonly callId: string; readonly isHeld: boolean }>;
  /** By partition: the node of its newest claim. */
  readonly owners: ReadonlyMap<number, string>;
  readonly claims: number;
  readonly void: number;
}

/** Reads both topics from their beginnings and judges every record, as any reader does. */
export async function audit(brokers: readonly string[]): Promise<Audit> {
  const log = new KafkaEventLog({ brokers, clientId: 'audit', replicationFactor: 1, minInsyncReplicas: 1, allowSingleReplica: true });
  try {
    return await auditLog(log);
  } finally {
    await log.close();
  }
}

/** The same of any log. */
export async function auditLog(log: EventLog): Promise<Audit> {
  const { created } = await fold(log, REGISTRY, 0, registryMachine(), () => undefined);
  if (created === null) throw new Error(`${REGISTRY} holds no event`);
  const { decisions_partitions: partitions, call_id_memory_ms: callIdMemoryMs, call_id_ahead_ms: callIdAheadMs } = created.event;
  const machine = decisionMachine({ callIdMemoryMs, callIdAheadMs }, () => undefined);
  const decided = new Map<string, Recorded[]>();
  const shares = new Map<string, { callId: string; isHeld: boolean }>();
  const owners = new Map<number, string>();
  const counts = { event: 0, signed_head: 0, claim: 0, void: 0 };
  for (let partition = 0; partition < partitions; partition += 1) {
    await fold(log, DECISIONS, partition, machine, (applied) => {
      counts[applied.kind] += 1;
      if (applied.kind === 'claim') owners.set(partition, applied.node);
      if (applied.kind !== 'event') return;
      const { type } = applied.event;
      if (type === 'QuotaReserved' || type === 'QuotaReleased') shares.set(`${applied.event.scope} ${applied.event.call_id}`, { callId: applied.event.call_id, isHeld: type === 'QuotaReserved' });
      if (applied.event.type !== 'CallDecided') return;
      const { event, at } = applied;
      decided.set(event.call_id, [...(decided.get(event.call_id) ?? []), { event, at, node: owners.get(partition)! }]);
    });
  }
  return { decided, shares, owners, claims: counts.claim, void: counts.void };
}

async function fold<S, E>(log: EventLog, topic: string, partition: number, machine: StateMachine<S, never, E, unknown>, seen: (applied: Applied<E>) => void): Promise<S> {
  const reader = new Fold(machine, topic, partition);
  const end = await log.endOffset({ topic, partition });
  while (reader.resume.offset < end) {
    for (const record of await log.read({ topic, partition }, reader.resume.offset, { maxWaitMs: 500 })) seen(reader.apply(record));
  }
  return reader.state;
}

/** Everything wrong with what callers were told, by the log; empty if every promise was kept. */
export function brokenPromises(calls: readonly Call[], { decided }: Audit): string[] {
  const problems: string[] = [];
  for (const { callId, attempts } of calls) {
    const records = decided.get(callId) ?? [];
    if (records.length > 1) problems.push(`${callId}: ${records.length} valid records`);
    const [record] = records;
    for (const { ending } of attempts) {
      if (ending.kind === 'error') continue;
      const { verdict, receipt } = ending.answer;
      if (record === undefined) problems.push(`${callId}: was answered ${verdict}, but is not in the log`);
      else if (receipt?.partition !== record.at.partition || receipt.offset !== record.at.offset || receipt.hash.toString('hex') !== record.at.hash) {
        problems.push(`${callId}: was answered with receipt ${receipt?.partition}/${receipt?.offset}, its record is ${record.at.partition}/${record.at.offset}`);
      } else if (verdict !== record.event.verdict) problems.push(`${callId}: was answered ${verdict}, recorded ${record.event.verdict}`);
    }
    if (record !== undefined && attempts.every(({ ending }) => ending.kind === 'error' && ending.outcome === 'not_decided')) {
      problems.push(`${callId}: was reported as not decided, but is in the log`);
    }
  }
  return problems;
}

/** Calls that were let pass without their share of every wider scope, and how many calls hold one; both by the log. */
export function sharedLimits({ decided, shares }: Audit): { readonly unpaid: readonly string[]; readonly held: number; readonly allowed: number } {
  const allowed = [...decided.values()].flat().map(({ event }) => event).filter(({ verdict, scoped }) => verdict === 'ALLOW' && scoped !== undefined);
  const unpaid = allowed.filter(({ call_id, scoped }) => !scoped!.every(({ scope }) => shares.get(`${scope} ${call_id}`)?.isHeld === true)).map(({ call_id }) => call_id);
  return { unpaid, held: new Set([...shares.values()].filter(({ isHeld }) => isHeld).map(({ callId }) => callId)).size, allowed: allowed.length };
}

/** How many calls of each verdict a grant has in the log. */
export function verdictsOf(grant: string, { decided }: Audit): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const [{ event }] of decided.values() as Iterable<[Recorded]>) {
    if (event.grant_id === grant) counts[event.verdict] = (counts[event.verdict] ?? 0) + 1;
  }
  return counts;
}
