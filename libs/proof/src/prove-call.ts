import { callIdTimeMs } from '#decision';
import { DocketError } from '#errors';
import { Judge, partitionOf, type EncodedEvent, type LogRecord, type TopicPartition } from '#ledger';
import { decodeRegistryEvent, type RegistryCreated, type RegistryEvent } from '#registry';
import { findRecords, type FindOptions } from './find-record.js';
import type { ProofFile, ProofHead, ProvenRecord } from './proof-file.js';
import { coveringHead, proveInclusion, type CoveringHead, type ProofLog, type ProvenInclusion } from './prove-record.js';
import type { TrustedKeys } from './trusted-keys.js';

export interface ProveCallOptions {
  readonly log: ProofLog;
  readonly keys: TrustedKeys;
  readonly grantId: string;
  readonly callId: string;
  readonly signal: AbortSignal;
  readonly onProgress: (records: number) => void;
  /** The call is newer than the last signed head. Resolves when to look again; rejects to give up. */
  readonly waitForHead: (callAt: TopicPartition & { readonly offset: number }) => Promise<void>;
}

const REGISTRY: TopicPartition = { topic: 'docket.registry', partition: 0 };
/** Of a log that was copied to another place the times are those of the copy. */
const ANY_TIME = { fromMs: 0, toMs: Number.MAX_SAFE_INTEGER } as const;
const READ = { maxBytes: 1024 * 1024, maxRecords: 2_000 } as const;

interface Edit {
  readonly offset: number;
  readonly timeMs: number;
  readonly version?: string;
}

/** What the registry says that a proof needs. */
interface Facts {
  readonly created: RegistryCreated;
  readonly grantEdits: readonly Edit[];
  /** Of every policy; by version. */
  readonly publications: ReadonlyMap<string, { readonly document: string; readonly at: readonly (Edit & { readonly policyId: string })[] }>;
}

/** Finds a decision in the log and makes its proof. Rejects with DocketError not_found if it is not there, data_loss if the log is not sound. */
export async function proveCall(options: ProveCallOptions): Promise<ProofFile> {
  const { grantId, callId } = options;
  const idTimeMs = callIdTimeMs(callId);
  if (idTimeMs === undefined) throw new DocketError('invalid_argument', { reason: 'CALL_ID_INVALID', message: 'the call id is no UUID of version 7' });
  const facts = await readFacts(options);
  const tp = { topic: 'docket.decisions', partition: partitionOf(grantId, facts.created.decisions_partitions) };
  const { call_id_memory_ms: memoryMs, call_id_ahead_ms: aheadMs } = facts.created;
  const proof = new Proof(options, tp);
  const wanted: Wanted = { text: callId, matches: ({ type, data }) => /\.CallDecided\.v\d+$/.test(type) && field(data, 'call_id') === callId && field(data, 'grant_id') === grantId };
  // Where it should be, and then everywhere.
  const call = await proof.first({ ...wanted, fromMs: idTimeMs - aheadMs, toMs: idTimeMs + memoryMs }, true) ?? await proof.first({ ...wanted, ...ANY_TIME }, true);
  if (call === undefined) {
    throw new DocketError('not_found', { reason: 'CALL_NOT_FOUND', message: `${tp.topic}/${tp.partition} holds no decision of this grant with call id ${callId}, at any time` });
  }
  const data = eventData(call.value);
  const version = String(data['policy_version']);
  const policy = facts.publications.get(version);
  if (version !== '' && policy === undefined) throw new DocketError('data_loss', { reason: 'NOT_PROVABLE', message: `the registry holds no policy text of version ${version}` });
  const grant = await proof.newest(facts.grantEdits, call.offset, (edit) => ({
    text: grantId, matches: ({ type, data: set }) => /\.GrantSet\.v\d+$/.test(type) && field(set, 'grant_id') === grantId && field(set, 'registry_offset') === edit.offset,
  }));
  const published = policy?.at.filter(({ policyId }) => policyId === data['policy_id']) ?? [];
  const inForce = await proof.newest(published, call.offset, (edit) => ({
    text: version, matches: ({ type, data: set }) => /\.PolicyVersionSet\.v\d+$/.test(type) && field(set, 'policy_id') === data['policy_id'] && field(set, 'version') === version && field(set, 'registry_offset') === edit.offset,
  }));
  return { format: 'docket.proof', version: 1, grant_id: grantId, call_id: callId, call, grant: grant ?? null, policy_version: inForce ?? null, policy_text: policy?.document ?? null, heads: proof.heads };
}

type Wanted = Pick<FindOptions, 'text' | 'matches'>;

/** Collects records of one partition with their inclusion. */
class Proof {
  readonly heads: ProofHead[] = [];
  readonly #o: ProveCallOptions;
  readonly #tp: TopicPartition;

  constructor(options: ProveCallOptions, tp: TopicPartition) {
    this.#o = options;
    this.#tp = tp;
  }

  /** The first record that matches and counts. */
  async first(wanted: Wanted & Pick<FindOptions, 'fromMs' | 'toMs' | 'beforeOffset'>, waits: boolean): Promise<ProvenRecord | undefined> {
    const { log, onProgress, signal } = this.#o;
    for await (const record of findRecords({ log, tp: this.#tp, onProgress, signal, ...wanted })) {
      const proven = await this.#prove(record, waits);
      if (proven !== undefined) return this.#entry(record.offset, proven);
    }
    return undefined;
  }

  /** What the newest edit of the registry became here before the call. */
  async newest<E extends Edit>(edits: readonly E[], beforeOffset: number, wanted: (edit: E) => Wanted): Promise<ProvenRecord | undefined> {
    for (const fromMs of [undefined, ANY_TIME.fromMs]) {
      for (const edit of edits.toReversed()) {
        const found = await this.first({ ...wanted(edit), fromMs: fromMs ?? edit.timeMs, toMs: ANY_TIME.toMs, beforeOffset }, false);
        if (found !== undefined) return found;
      }
    }
    return undefined;
  }

  async #prove(record: LogRecord, waits: boolean): Promise<ProvenInclusion | undefined> {
    const { log, keys, onProgress, signal, waitForHead } = this.#o;
    let found: CoveringHead | undefined;
    for (let from = 0; found === undefined;) {
      const looked = await coveringHead(log, this.#tp, record.offset, from, keys);
      ({ found } = looked);
      from = looked.lookedTo;
      if (found !== undefined) break;
      if (!waits) return undefined;
      await waitForHead({ ...this.#tp, offset: record.offset });
    }
    return proveInclusion(log, this.#tp, record.offset, found, onProgress, signal);
  }

  #entry(offset: number, { covering, value, path }: ProvenInclusion): ProvenRecord {
    const known = this.heads.findIndex((head) => head.offset === covering.offset);
    if (known < 0) this.heads.push({ ...this.#tp, offset: covering.offset, value: text(covering.value) });
    return { offset, value: text(value), head: known < 0 ? this.heads.length - 1 : known, path };
  }
}

/** Reads the registry, which is small, from its beginning. */
async function readFacts({ log, grantId, onProgress, signal }: ProveCallOptions): Promise<Facts> {
  const judge = new Judge(REGISTRY.topic, REGISTRY.partition);
  let created: RegistryCreated | undefined;
  const grantEdits: Edit[] = [];
  const publications = new Map<string, { document: string; at: (Edit & { policyId: string })[] }>();
  const end = await log.endOffset(REGISTRY);
  while (judge.resume.offset < end) {
    signal.throwIfAborted();
    const { offset } = judge.resume;
    const records = await log.read(REGISTRY, offset, { ...READ, maxRecords: Math.min(READ.maxRecords, end - offset) });
    if (records.length === 0) break;
    for (const record of records) {
      const judged = judge.judge(record);
      if (judged.kind !== 'event') continue;
      const event: RegistryEvent = decodeRegistryEvent(judged.encoded);
      const edit: Edit = { offset: record.offset, timeMs: record.timestampMs };
      if (event.type === 'RegistryCreated') created ??= event;
      else if (event.type === 'PolicyPublished') {
        const known = publications.get(event.version) ?? { document: event.document, at: [] };
        known.at.push({ ...edit, policyId: event.policy_id });
        publications.set(event.version, known);
      } else if ('grant_id' in event && event.grant_id === grantId) grantEdits.push(edit);
    }
    onProgress(records.length);
  }
  if (created === undefined) throw new DocketError('not_found', { reason: 'NO_REGISTRY', message: 'this log has no registry yet: start Docket on it first' });
  return { created, grantEdits, publications };
}

const text = (value: Uint8Array): string => Buffer.from(value.buffer, value.byteOffset, value.byteLength).toString('utf8');
const field = (data: EncodedEvent['data'], name: string): unknown => (data as Readonly<Record<string, unknown>>)[name];
const eventData = (value: string): Readonly<Record<string, unknown>> => (JSON.parse(value) as { data: Record<string, unknown> }).data;
