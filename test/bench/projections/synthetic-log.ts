import { finished } from 'node:stream/promises';
import { from as copyFrom } from 'pg-copy-streams';
import pg from 'pg';
import { decisionMachine, type DecisionState } from '#decision';
import { CLAIM_TYPE, Envelope, partitionOf, sha256, type EventLog, type NewRecord } from '#ledger';
import { compilePolicy, parsePolicy } from '#policy';
import { Outgoing } from './outgoing.js';

export const TOPIC = 'docket.decisions';
export const PARTITIONS = 16;
const GRANTS = 1_000;
const AGENTS = 40;
const POLICY = JSON.stringify({
  version: '1', default: 'deny',
  tools: {
    read_file: { limits: [{ counter: 'reads', window: 'minute', max: 1_000_000, scope: 'grant' }] },
    create_charge: { limits: [{ counter: 'charges', window: 'hour', max: 1_000_000, scope: 'grant' }, { counter: 'charges_of_day', window: 'day', max: 1_000_000, scope: 'agent' }] },
  },
});
const SETTINGS = { callIdMemoryMs: 600_000, callIdAheadMs: 60_000 };
const caller = { subject: 'gateway', organisation: 'default', server_ids: [] };
/** What 200 bytes of arguments are, sealed. */
const SEALED = 'A'.repeat(300);

interface Partition {
  state: DecisionState;
  readonly envelope: Envelope;
  head: string;
  sequence: number;
  offset: number;
}

/**
 * A decisions log as an owner would have written it, by the same `decide`, `evolve` and envelope, without an owner: 16
 * partitions, 1,000 grants, 7 of 10 calls charged on one counter, 2 on two, 1 denied; 1 of 20 settled. In log order.
 */
export class SyntheticLog {
  readonly #machine;
  readonly #grants: readonly { readonly id: string; readonly partition: number }[];
  readonly #partitions: readonly Partition[];
  #timeMs = Date.now() - 3_600_000;
  #calls = 0;

  constructor(partitions = PARTITIONS) {
    const parsed = parsePolicy(POLICY);
    if (!parsed.ok) throw new Error(JSON.stringify(parsed.problems));
    const compiled = compilePolicy(parsed.policy);
    this.#machine = decisionMachine(SETTINGS, () => compiled);
    this.#partitions = Array.from({ length: partitions }, (_, partition) => ({ state: this.#machine.initialState(), envelope: new Envelope(TOPIC, partition), head: '0'.repeat(64), sequence: 0, offset: 0 }));
    this.#grants = Array.from({ length: GRANTS }, (_, index) => {
      const id = sha256(`grant ${index}`).slice(0, 32);
      return { id, partition: partitionOf(id, partitions) };
    });
  }

  /** Claims, policy versions and grants: what a partition begins with. */
  *beginning(): Generator<{ readonly partition: number; readonly offset: number; readonly record: NewRecord }> {
    for (const [partition, one] of this.#partitions.entries()) {
      const value = one.envelope.encodeClaim({ epoch: 1, nonce: sha256(`nonce ${partition}`).slice(0, 32), node: 'bench', address: '' }, this.#timeMs);
      one.head = sha256(Buffer.from(one.head + sha256(value), 'hex'));
      yield { partition, offset: one.offset++, record: { key: Buffer.from(CLAIM_TYPE), value } };
      yield this.#submit(partition, { type: 'SetPolicyVersion', registry_offset: 1, organisation: 'default', policy_id: 'policy', version: 'f'.repeat(64) });
    }
    for (const { id, partition } of this.#grants) {
      yield this.#submit(partition, {
        type: 'SetGrant', registry_offset: 2, grant_id: id, organisation: 'default', server_id: 'server-of-the-bench', secret_hash: 'e'.repeat(64), policy_id: 'policy', mode: 'enforce', expires_at_ms: null, revoked: false,
      });
    }
  }

  /** The next call's events: its decision and, of one in twenty, its settlement. */
  *call(): Generator<{ readonly partition: number; readonly offset: number; readonly record: NewRecord }> {
    const number = this.#calls++;
    if (number % 10 === 0) this.#timeMs += 1;
    const { id, partition } = this.#grants[(number * 7919) % GRANTS]!;
    const time = this.#timeMs.toString(16).padStart(12, '0');
    const call_id = `${time.slice(0, 8)}-${time.slice(8)}-7${(number % 4096).toString(16).padStart(3, '0')}-8000-${number.toString(16).padStart(12, '0')}`;
    const kind = number % 10;
    yield this.#submit(partition, {
      type: 'Decide', caller, grant: { grant_id: id, secret_hash: null }, call_id, call_id_time_ms: this.#timeMs, content: sha256(call_id), tool: kind === 0 ? 'drop_table' : kind < 3 ? 'create_charge' : 'read_file', server_id: '',
      session_id: `session-${number % 5000}`, agent: `agent-${number % AGENTS}`, principal: 'somebody@example.com', tool_definition_hash: '', logical_call_id: '', dry_run: false,
      arguments: { keys: ['path'], hmac: sha256(call_id), sealed: SEALED }, args: new Map(), approval_id: `apr_${id}_${'0'.repeat(24)}`, arguments_invalid: false, trace: '',
    });
    if (number % 20 === 1) yield this.#submit(partition, { type: 'Settle', caller, grant: { grant_id: id, secret_hash: null }, call_id, call_id_time_ms: this.#timeMs, outcome: 'SUCCEEDED' });
  }

  #submit(partition: number, command: Parameters<ReturnType<typeof decisionMachine>['decide']>[1]) {
    const one = this.#partitions[partition]!;
    const nowMs = this.#timeMs;
    let decided = this.#machine.decide(one.state, command, { nowMs });
    // A settlement reads the call back; its own event was the partition's last.
    if (decided.kind === 'load') decided = this.#machine.decide(one.state, command, { nowMs, loaded: this.#last! });
    if (decided.kind !== 'append') throw new Error(`the synthetic log expected an event, found ${decided.kind}`);
    const encoded = this.#machine.encode(decided.event);
    one.sequence += 1;
    const value = one.envelope.encodeEvent(encoded, 1, one.sequence, one.head, nowMs);
    one.head = sha256(value);
    const offset = one.offset++;
    one.state = this.#machine.evolve(one.state, decided.event, { offset, timeMs: nowMs });
    this.#last = { event: decided.event, at: { topic: TOPIC, partition, offset, hash: one.head, epoch: 1, sequence: one.sequence, timeMs: nowMs } };
    return { partition, offset, record: { key: Buffer.from(encoded.subject), value } };
  }

  #last: NonNullable<Parameters<ReturnType<typeof decisionMachine>['decide']>[2]['loaded']> | undefined;
}

/** Writes so many records (and a few more) straight into the tables of a prepared PostgreSQL log; nobody else may be writing. */
export async function fill(connectionString: string, log: SyntheticLog, records: number, onProgress: (records: number) => void): Promise<number> {
  const client = new pg.Client({ connectionString });
  await client.connect();
  const { rows } = await client.query<{ id: number; partition: number }>('SELECT id, partition FROM ledger.head WHERE topic = $1', [TOPIC]);
  const headIds = new Map(rows.map(({ id, partition }) => [partition, id]));
  await client.query('BEGIN');
  const stream = client.query(copyFrom('COPY ledger.record (head_id, "offset", stored_at, key, value) FROM STDIN (FORMAT binary)'));
  const out = new Outgoing(stream);
  let written = 0;
  const put = async ({ partition, offset, record }: { partition: number; offset: number; record: NewRecord }): Promise<void> => {
    out.row(headIds.get(partition)!, offset, record.key!, record.value);
    if (++written % 1_000 === 0) await out.drained();
    if (written % 50_000 === 0) onProgress(written);
  };
  for (const each of log.beginning()) await put(each);
  while (written < records) for (const each of log.call()) await put(each);
  out.end();
  await finished(stream);
  await client.query(`UPDATE ledger.head AS h SET next_offset = (SELECT coalesce(max("offset") + 1, 0) FROM ledger.record WHERE head_id = h.id) WHERE topic = $1`, [TOPIC]);
  await client.query('COMMIT');
  await client.query('VACUUM ANALYZE ledger.record');
  await client.query('CHECKPOINT');
  await client.end();
  return written;
}

const APPEND_EVERY_MS = 20;

/** Appends new calls as an owner does, so many records a second, for so long. */
export async function liveLoad(log: EventLog, synthetic: SyntheticLog, perSecond: number, seconds: number): Promise<void> {
  const appender = log.openAppender();
  const startedMs = performance.now();
  let appended = 0;
  while (appended < perSecond * seconds) {
    const due = Math.min(perSecond * seconds, Math.ceil(((performance.now() - startedMs) / 1000) * perSecond));
    const batches = new Map<number, NewRecord[]>();
    for (; appended < due;) {
      for (const { partition, record } of synthetic.call()) {
        batches.set(partition, [...(batches.get(partition) ?? []), record]);
        appended += 1;
      }
    }
    const outcomes = await appender.append([...batches].sort(([one], [other]) => one - other).map(([partition, records]) => ({ topic: TOPIC, partition, records })), 30_000);
    const failed = outcomes.find(({ kind }) => kind !== 'acknowledged');
    if (failed !== undefined) throw new Error('an append was not acknowledged');
    await new Promise((resolve) => setTimeout(resolve, APPEND_EVERY_MS));
  }
  await appender.close();
}
