import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Envelope, InclusionPath, Judge, MerkleTree, NO_PREVIOUS, SIGNED_HEAD_TYPE, headKeyFromSeed, sha256, signedText, type EncodedEvent, type Json } from '#ledger';
import type { ProofFile } from './proof-file.js';

const TOPIC = 'docket.decisions';
const PARTITION = 3;
const TIME_MS = Date.UTC(2026, 9, 1, 12, 0, 0);
/** The seed of RFC 8032's first test vector: everybody can sign with it. */
export const EXAMPLE_KEY = headKeyFromSeed(Buffer.from('9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60', 'hex'));
const POLICY = '{"default":"deny","tools":{"refresh_access_token":{"limits":[{"counter":"refresh_access_token_rate","max":60,"scope":"grant","window":"minute"}]}},"version":"1"}';

export interface Example {
  /** Values by offset. */
  readonly records: readonly Buffer[];
  readonly root: string;
  /** The text under the signature. */
  readonly signed: string;
  readonly proof: ProofFile;
}

/** The log and the proof that docs/proof-format.md shows: always the same bytes. */
export function example(): Example {
  const envelope = new Envelope(TOPIC, PARTITION);
  const judge = new Judge(TOPIC, PARTITION);
  const records: Buffer[] = [];
  const leaves: [string, boolean][] = [];
  const add = (value: Buffer): void => {
    const { kind } = judge.judge({ offset: records.length, value, key: null, timestampMs: 0 });
    records.push(value);
    leaves.push([judge.lastHash!, kind !== 'void']);
  };
  const event = (encoded: EncodedEvent): void => {
    const { epoch, sequence, head } = judge.resume;
    add(envelope.encodeEvent(encoded, epoch, sequence + 1, head, TIME_MS + records.length));
  };
  const call = decidedCall();
  const grantId = call['grant_id'] as string;
  add(envelope.encodeClaim({ epoch: 1, nonce: '00112233445566778899aabbccddeeff', node: 'node-1', address: '127.0.0.1:7400' }, TIME_MS));
  event({
    type: 'docket.decision.GrantSet.v1', subject: grantId,
    data: { registry_offset: 8, grant_id: grantId, organisation: 'default', server_id: 'server-a', secret_hash: sha256('not a secret'), policy_id: 'demo', mode: 'enforce', expires_at_ms: null, revoked: false },
  });
  event({ type: 'docket.decision.PolicyVersionSet.v1', subject: 'default/demo', data: { registry_offset: 9, organisation: 'default', policy_id: 'demo', version: sha256(POLICY) } });
  event({ type: 'docket.decision.CallDecided.v1', subject: grantId, data: call as Json });
  // Of an owner who came too late: it counts nowhere.
  add(envelope.encodeClaim({ epoch: 1, nonce: 'ffeeddccbbaa99887766554433221100', node: 'node-2', address: '127.0.0.1:7500' }, TIME_MS));

  const tree = new MerkleTree();
  const paths = leaves.map((_, index) => new InclusionPath(index, leaves.length));
  for (const [hash, counts] of leaves) [tree, ...paths].forEach((each) => each.add(hash, counts));
  const { epoch, sequence, head, timeMs } = judge.resume;
  const statement = {
    topic: TOPIC, partition: PARTITION, epoch, sequence, from: 0, to: leaves.length, head, event_time_ms: timeMs, tree_size: leaves.length, root: tree.root(), previous: NO_PREVIOUS,
    signed_at_ms: TIME_MS + records.length, key_id: EXAMPLE_KEY.id,
  };
  const signed = signedText(statement);
  event({ type: SIGNED_HEAD_TYPE, subject: 'head', data: { ...statement, public_key: EXAMPLE_KEY.publicKey.toString('base64'), signature: EXAMPLE_KEY.sign(signed).toString('base64') } });

  const proven = (offset: number): ProofFile['call'] => ({ offset, value: records[offset]!.toString('utf8'), head: 0, path: paths[offset]!.path() });
  return {
    records, root: tree.root(), signed: signed.toString('utf8'),
    proof: {
      format: 'docket.proof', version: 1, grant_id: grantId, call_id: call['call_id'] as string, call: proven(3), grant: proven(1), policy_version: proven(2), policy_text: POLICY,
      heads: [{ topic: TOPIC, partition: PARTITION, offset: 5, value: records[5]!.toString('utf8') }],
    },
  };
}

/** The golden event of an allowed call, under the example's policy. */
function decidedCall(): Record<string, unknown> {
  const golden = JSON.parse(readFileSync(join(import.meta.dirname, '../../contracts/events/decision.CallDecided.v1.allowed.json'), 'utf8')) as { data: Record<string, unknown> };
  return { ...golden.data, organisation: 'default', server_id: 'server-a', policy_id: 'demo', policy_version: sha256(POLICY), mode: 'enforce' };
}
