import { argumentsAad, decisionMachine } from '#decision';
import type { ApprovalDecision, Caller, DecidedReply, DecisionCommand, DecisionEvent, DecisionReply, DecisionState, EventPosition, Outcome, SetGrant } from '#decision';
import { DocketError } from '#errors';
import { Envelope, sha256, type EncodedEvent, type GrantKey, type LogRecord, type TopicPartition } from '#ledger';
import { ARGUMENT_LIMITS, canonicalJson, canonicalPolicyText, compilePolicy, parseExactJson, parsePolicy, type CompiledPolicy } from '#policy';
import { registryMachine } from '#registry';
import type { RegistryEvent } from '#registry';
import { RecentMap } from '../src/recent-map.js';
import { testGrantKey } from './seal.js';

export const SETTINGS = { callIdMemoryMs: 600_000, callIdAheadMs: 60_000 };
const CALLER: Caller = { subject: 'gateway-1', organisation: 'default', server_ids: [] };

/** Where records go: a list in tests, a file's batches in the benchmark. */
export type Sink = (record: LogRecord) => void;

/** Writes the records of one partition as its owner does: claims, events in a chain, and what no owner would write. */
export class WrittenRecords {
  offset = 0;
  epoch = 0;
  sequence = 0;
  head = '0'.repeat(64);
  readonly #envelope: Envelope;

  constructor(readonly tp: TopicPartition, private readonly sink: Sink) {
    this.#envelope = new Envelope(tp.topic, tp.partition);
  }

  claim(timeMs: number): void {
    const nonce = (this.epoch + 1).toString(16).padStart(32, '0');
    const value = this.#envelope.encodeClaim({ epoch: this.epoch + 1, nonce, node: 'node-1', address: '' }, timeMs);
    this.epoch += 1;
    this.sequence = 0;
    this.head = sha256(Buffer.from(this.head + sha256(value), 'hex'));
    this.#put(null, value, timeMs);
  }

  event(encoded: EncodedEvent, timeMs: number): EventPosition {
    const value = this.#envelope.encodeEvent(encoded, this.epoch, this.sequence + 1, this.head, timeMs);
    this.sequence += 1;
    this.head = sha256(value);
    const at = { ...this.tp, offset: this.offset, hash: this.head, epoch: this.epoch, sequence: this.sequence, timeMs };
    this.#put(Buffer.from(encoded.subject), value, timeMs);
    return at;
  }

  /** A record that counts nowhere: a late copy of an earlier epoch. */
  late(encoded: EncodedEvent, timeMs: number): void {
    this.#put(null, this.#envelope.encodeEvent(encoded, this.epoch - 1, 1_000_000, this.head, timeMs), timeMs);
  }

  #put(key: Buffer | null, value: Buffer, timestampMs: number): void {
    this.sink({ offset: this.offset, key, value, timestampMs });
    this.offset += 1;
  }
}

/** The registry's log: what was created, and the documents that were published. */
export class WrittenRegistry {
  readonly documents = new Map<string, CompiledPolicy>();
  readonly records: LogRecord[] = [];
  readonly #writer = new WrittenRecords({ topic: 'docket.registry', partition: 0 }, (record) => this.records.push(record));
  readonly #machine = registryMachine();

  constructor(partitions: number, private readonly timeMs: number) {
    this.#writer.claim(timeMs);
    this.event({ type: 'RegistryCreated', organisation: 'default', decisions_partitions: partitions, tokens_partitions: 1, partition_hash: 'murmur2', call_id_memory_ms: SETTINGS.callIdMemoryMs, call_id_ahead_ms: SETTINGS.callIdAheadMs });
  }

  /** Publishes a document; returns the hash of its normal form. */
  publish(policyId: string, text: string): string {
    const parsed = parsePolicy(text);
    if (!parsed.ok) throw new Error(JSON.stringify(parsed.problems));
    const document = canonicalPolicyText(parsed.policy);
    const version = sha256(document);
    this.documents.set(version, compilePolicy(parsed.policy));
    this.event({ type: 'PolicyPublished', organisation: 'default', policy_id: policyId, version, document, actor: 'admin-1' });
    return version;
  }

  event(event: RegistryEvent): void {
    this.#writer.event(this.#machine.encode(event), this.timeMs);
  }
}

export interface CallFields {
  readonly grant: string;
  readonly tool: string;
  /** JSON text of the arguments. */
  readonly args?: string;
  readonly session?: string;
  readonly agent?: string;
  readonly principal?: string;
  readonly logical?: string;
  readonly callId?: string;
}

/** One decisions partition driven by hand through the real state machine, codec and envelope; the clock moves when told to. */
export class WrittenPartition {
  nowMs: number;
  readonly machine;
  readonly writer: WrittenRecords;
  state: DecisionState;
  /** What came of each call, newest last; the newest few thousand. */
  readonly calls: { readonly id: string; readonly grant: string; readonly verdict: string; readonly approval: string | undefined }[] = [];
  readonly #events: RecentMap<number, { event: DecisionEvent; at: EventPosition }>;
  readonly #keys = new Map<string, GrantKey>();
  readonly #newKey: (grantId: string) => GrantKey;
  #ids = 0;
  #registryOffset = 0;

  constructor(readonly partition: number, startMs: number, private readonly registry: WrittenRegistry, sink: Sink, { keyOf = testGrantKey, eventsKept = 100_000 }: { readonly keyOf?: (grantId: string) => GrantKey; readonly eventsKept?: number } = {}) {
    this.#newKey = keyOf;
    this.#events = new RecentMap(eventsKept);
    this.nowMs = startMs;
    this.writer = new WrittenRecords({ topic: 'docket.decisions', partition }, sink);
    this.machine = decisionMachine(SETTINGS, (version) => registry.documents.get(version));
    this.state = this.machine.initialState();
    this.writer.claim(startMs);
  }

  publish(policyId: string, text: string): string {
    const version = this.registry.publish(policyId, text);
    this.inForce(policyId, version);
    return version;
  }

  inForce(policyId: string, version: string): void {
    this.apply({ type: 'SetPolicyVersion', registry_offset: ++this.#registryOffset, organisation: 'default', policy_id: policyId, version });
  }

  grant(grantId: string, fields: Partial<SetGrant> = {}): void {
    this.apply({
      registry_offset: ++this.#registryOffset, grant_id: grantId, organisation: 'default', server_id: 'demo', secret_hash: 'a'.repeat(64), policy_id: 'main', mode: 'enforce',
      expires_at_ms: null, revoked: false, ...fields, type: 'SetGrant',
    });
  }

  callId(timeMs = this.nowMs): string {
    const time = timeMs.toString(16).padStart(12, '0');
    return `${time.slice(0, 8)}-${time.slice(8)}-7000-8${this.partition.toString(16).padStart(3, '0')}-${(++this.#ids).toString(16).padStart(12, '0')}`;
  }

  keyOf(grantId: string): GrantKey {
    let key = this.#keys.get(grantId);
    if (key === undefined) this.#keys.set(grantId, key = this.#newKey(grantId));
    return key;
  }

  call({ grant, tool, args = '{}', session = '', agent = '', principal = '', logical = '', callId = this.callId() }: CallFields): DecidedReply {
    const value = parseExactJson(args, ARGUMENT_LIMITS);
    const text = Buffer.from(canonicalJson(value));
    const key = this.keyOf(grant);
    const hmac = key.hmac(text);
    const reply = this.apply({
      type: 'Decide', caller: CALLER, grant: { grant_id: grant, secret_hash: null }, call_id: callId, call_id_time_ms: this.nowMs,
      content: sha256(JSON.stringify([tool, '', session, agent, principal, '', logical, hmac])), tool, server_id: '', session_id: session, agent, principal,
      tool_definition_hash: '', logical_call_id: logical, dry_run: false,
      arguments: { keys: value instanceof Map ? [...value.keys()].sort() : [], hmac, sealed: key.seal(text, argumentsAad(grant, callId)) },
      args: value instanceof Map ? value : new Map(), arguments_invalid: !(value instanceof Map),
      approval_id: `apr_${grant}_${(++this.#ids).toString(16).padStart(24, '0')}`, trace: '',
    }) as DecidedReply;
    this.calls.push({ id: callId, grant, verdict: reply.event.verdict, approval: reply.event.approval?.id });
    if (this.calls.length > 4_000) this.calls.splice(0, 2_000);
    return reply;
  }

  settle(grant: string, callId: string, outcome: Outcome): void {
    this.apply({ type: 'Settle', caller: CALLER, grant: { grant_id: grant, secret_hash: null }, call_id: callId, call_id_time_ms: 0, outcome });
  }

  resolve(approvalId: string, decision: ApprovalDecision, subject: string): void {
    this.apply({ type: 'ResolveApproval', caller: { ...CALLER, subject }, approval_id: approvalId, grant_id: approvalId.slice(4, 36), decision, comment: '' });
  }

  /** What the ledger does with a command. Throws the DocketError that its caller would get. */
  apply(command: DecisionCommand): DecisionReply {
    for (let loaded: { event: DecisionEvent; at: EventPosition } | undefined; ; ) {
      const decision = this.machine.decide(this.state, command, loaded === undefined ? { nowMs: this.nowMs } : { nowMs: this.nowMs, loaded });
      switch (decision.kind) {
        case 'load':
          loaded = this.#events.get(decision.offset);
          if (loaded === undefined) throw new Error(`the event at ${decision.offset} is not kept`);
          break;
        case 'append': return this.append(decision.event);
        case 'answer': return decision.reply;
        case 'refuse': throw decision.error;
        case 'advise':
          if (decision.reply instanceof DocketError) throw decision.reply;
          return decision.reply;
      }
    }
  }

  /** Writes an event whatever it says, as a forger would who computes the chain anew. */
  append(event: DecisionEvent): DecisionReply {
    const at = this.writer.event(this.machine.encode(event), this.nowMs);
    this.state = this.machine.evolve(this.state, event, at);
    this.#events.set(at.offset, { event, at }, at.offset);
    return this.machine.replyTo(event, at);
  }
}
