import { join } from 'node:path';
import { writeLogFile } from '#archive';
import { DocketError } from '#errors';
import type { GrantKey, LogRecord } from '#ledger';
import { WrittenPartition, WrittenRegistry } from '../../../libs/replay/test/written-log.js';

/** A policy as people write them: counters, an amount, a condition, and a person who is asked now and then. */
export const POLICY = {
  version: '1', default: 'deny', hide: ['delete_account'],
  all_tools: { limits: [{ counter: 'calls', window: 'hour', max: 1_000_000, scope: 'grant' }] },
  tools: {
    search: {},
    refresh_access_token: { limits: [{ counter: 'refresh_access_token_rate', window: 'minute', max: 60, scope: 'grant' }] },
    create_charge: {
      require: [{ conditions: [{ path: 'args.currency', op: 'in', value: ['eur', 'usd'] }] }],
      deny_if: [{ conditions: [{ path: 'args.amount', op: 'gt', value: 10_000 }], on_deny: 'Charges above 10000 are made by hand.' }],
      approve_if: [{ conditions: [{ path: 'args.amount', op: 'gt', value: 5_000 }] }],
      limits: [{ counter: 'spend', window: 'day', max: 1_000_000, increment_from: 'args.amount', refund: ['not_sent', 'failed'] }],
    },
  },
};

/** What the bench asks "what if" of: half the rate, charges above 2000 need a person, and one tool more is denied. */
export const DRAFT = {
  ...POLICY,
  tools: {
    ...POLICY.tools,
    refresh_access_token: { limits: [{ counter: 'refresh_access_token_rate', window: 'minute', max: 5, scope: 'grant' }] },
    create_charge: { ...POLICY.tools.create_charge, approve_if: [{ conditions: [{ path: 'args.amount', op: 'gt', value: 2_000 }] }] },
  },
};

export interface HistoryOptions {
  readonly folder: string;
  readonly events: number;
  readonly partitions: number;
  readonly grantsPerPartition: number;
  readonly keyOf: (grantId: string) => GrantKey;
}

const START_MS = Date.UTC(2026, 10, 23, 8);
/** Events of one partition are so far apart, on average: a million over 16 partitions are eight and a half hours. */
const STEP_MS = 500;
const BATCH = 1_000;

/** The ids of a partition's grants: which partition they hash to does not matter here. */
export function grantIds(partition: number, count: number): string[] {
  return Array.from({ length: count }, (_, i) => `0192f3a0b1c27def8${partition.toString(16).padStart(3, '0')}${i.toString(16).padStart(12, '0')}`);
}

/** Writes a history as log files, one for each partition and one for the registry, through the real machine, codec and envelope. */
export async function writeHistory({ folder, events, partitions, grantsPerPartition, keyOf }: HistoryOptions): Promise<string[]> {
  const registry = new WrittenRegistry(partitions, START_MS);
  const version = registry.publish('main', JSON.stringify(POLICY));
  const files: string[] = [];
  const write = async (topic: string, partition: number, records: Iterable<LogRecord[]>): Promise<void> => {
    const file = join(folder, `${topic}-${partition}.jsonl`);
    await writeLogFile(file, { topic, partition, firstOffset: 0 }, (async function* () { yield* records; })());
    files.push(file);
  };
  await write('docket.registry', 0, [registry.records]);
  for (let partition = 0; partition < partitions; partition += 1) {
    const wanted = Math.floor(events / partitions) + (partition < events % partitions ? 1 : 0);
    await write('docket.decisions', partition, historyOf(registry, version, partition, wanted, grantIds(partition, grantsPerPartition), keyOf));
  }
  return files;
}

function* historyOf(registry: WrittenRegistry, version: string, partition: number, events: number, grants: readonly string[], keyOf: HistoryOptions['keyOf']): Generator<LogRecord[]> {
  let batch: LogRecord[] = [];
  const written = new WrittenPartition(partition, START_MS, registry, (record) => batch.push(record), { keyOf, eventsKept: 20_000 });
  written.inForce('main', version);
  for (const grant of grants) written.grant(grant);
  const random = randomNumbers(partition + 1);
  while (written.writer.offset < events) {
    written.nowMs += Math.floor(random() * 2 * STEP_MS);
    step(written, grants[Math.floor(random() * grants.length)]!, random);
    if (batch.length < BATCH) continue;
    yield batch;
    batch = [];
  }
  yield batch;
}

/** Half of the allowed calls are followed by what became of them; one in a hundred of those failed or was never sent. */
function step(written: WrittenPartition, grant: string, random: () => number): void {
  try {
    const kind = random();
    const session = `session-${Math.floor(random() * 50)}`;
    const agent = `assistant-${Math.floor(random() * 5)}`;
    const reply = kind < 0.45 ? written.call({ grant, session, agent, tool: 'refresh_access_token', args: '{"account":"acct_0001","scope":"read"}' })
      : kind < 0.85 ? written.call({ grant, session, agent, tool: 'search', args: `{"query":"order ${Math.floor(random() * 1e6)}"}` })
      : kind < 0.97 ? written.call({ grant, session, agent, tool: 'create_charge', args: `{"amount":${Math.floor(random() * 5_500)},"currency":"eur","customer":{"id":"cus_${Math.floor(random() * 1e4)}","country":"de"}}` })
      : written.call({ grant, session, agent, tool: random() < 0.5 ? 'delete_account' : 'drop_table' });
    if (reply.event.verdict !== 'ALLOW' || random() > 0.5) return;
    written.nowMs += Math.floor(random() * 200);
    const outcome = random();
    written.settle(grant, reply.event.call_id, outcome < 0.99 ? 'SUCCEEDED' : outcome < 0.995 ? 'FAILED' : 'NOT_SENT');
  } catch (error) {
    if (!(error instanceof DocketError)) throw error;
  }
}

/** The same in every run: xorshift with 32 bits (Marsaglia, 2003). */
function randomNumbers(seed: number): () => number {
  let state = (seed * 0x9e3779b1) | 1;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) / 2 ** 32;
  };
}
