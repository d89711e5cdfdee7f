import { rootOf, sha256Hex } from './merkle.js';
import { readSignedHead, signatureProblem, type SignedHead } from './signed-head.js';

/** One thing that was looked at. `proven`: yes, no (the file is wrong), or it cannot be said from this file. */
export interface Check {
  readonly proven: 'yes' | 'no' | 'open';
  readonly what: string;
}

export interface Checked {
  readonly checks: readonly Check[];
  /** What the event says, if it is there at all. */
  readonly decision: Readonly<Record<string, unknown>> | undefined;
}

type Data = Readonly<Record<string, unknown>>;
interface Event {
  readonly offset: number;
  readonly type: string;
  readonly timeMs: number;
  readonly data: Data;
}

/** Checks a proof file. `keys`: public keys, 32 bytes each; undefined: those that the file carries. */
export function checkProof(file: unknown, keys: readonly Uint8Array[] | undefined): Checked {
  const checks: Check[] = [];
  const yes = (what: string): void => void checks.push({ proven: 'yes', what });
  const no = (what: string): void => void checks.push({ proven: 'no', what });
  const open = (what: string): void => void checks.push({ proven: 'open', what });
  const proof = file as Data;
  if (!isObject(proof) || proof['format'] !== 'docket.proof' || proof['version'] !== 1) {
    no('this is no proof of Docket in format version 1');
    return { checks, decision: undefined };
  }
  const heads = headsOf(proof['heads'], keys, yes, no);
  const call = recordOf('the decision', proof['call'], heads, yes, no);
  if (call === undefined) return { checks, decision: undefined };
  const { data } = call;
  if (/^docket\.decision\.CallDecided\.v\d+$/.test(call.type) && data['grant_id'] === proof['grant_id'] && data['call_id'] === proof['call_id']) {
    yes(`it is the decision on call ${String(data['call_id'])} of grant ${String(data['grant_id'])}, made ${new Date(call.timeMs).toISOString()}`);
  } else {
    no('the record is not the decision that the file says it is');
  }
  checkPolicyText(proof['policy_text'], data, yes, no);
  const grant = proof['grant'] === null ? undefined : recordOf('the grant', proof['grant'], heads, yes, no);
  checkGrant(grant, call, yes, no, open);
  const version = proof['policy_version'] === null ? undefined : recordOf('the policy version', proof['policy_version'], heads, yes, no);
  checkPolicyVersion(version, call, yes, no, open);
  open('that the arguments were those somebody claims: their values are sealed; the event holds their keyed digest (HMAC), which needs the grant’s key');
  open('that the verdict follows from the policy and the calls before it: derive it again from the log (docket log replay)');
  return { checks, decision: data };
}

function headsOf(heads: unknown, keys: readonly Uint8Array[] | undefined, yes: (what: string) => void, no: (what: string) => void): (SignedHead | undefined)[] {
  if (!Array.isArray(heads) || heads.length === 0) {
    no('there is no signed head in the file');
    return [];
  }
  return heads.map((one: unknown) => {
    try {
      const { value, topic, partition, offset } = one as { value: string; topic: unknown; partition: unknown; offset: unknown };
      const head = readSignedHead(value);
      const problem = head.topic !== topic || head.partition !== partition ? 'it is of another partition'
        : !Number.isSafeInteger(offset) || (offset as number) < head.to ? 'it stands before what it covers' : signatureProblem(head, keys);
      if (problem !== undefined) throw new Error(problem);
      yes(`key ${head.key_id} has signed, ${new Date(head.signed_at_ms).toISOString()}, what stands at offsets ${head.from} to ${head.to - 1} of ${head.topic}/${head.partition}`);
      return head;
    } catch (error) {
      no(`a signed head in the file is not sound: ${error instanceof Error ? error.message : 'unreadable'}`);
      return undefined;
    }
  });
}

/** A record under a signed head: its bytes, its place, and that it counts. */
function recordOf(name: string, record: unknown, heads: readonly (SignedHead | undefined)[], yes: (what: string) => void, no: (what: string) => void): Event | undefined {
  const { offset, value, head: index, path } = isObject(record) ? record : {};
  const head = heads[Number(index)];
  const isPath = Array.isArray(path) && path.length <= 64 && path.every((hash) => typeof hash === 'string' && /^[0-9a-f]{64}$/.test(hash));
  if (typeof value !== 'string' || !Number.isSafeInteger(offset) || head === undefined || !isPath) {
    no(`${name}: there is no record of it under a sound signed head`);
    return undefined;
  }
  const at = offset as number;
  const hash = sha256Hex(value);
  const event = eventIn(value, at, head);
  if (rootOf(hash, at - head.from, head.tree_size, path as string[]) !== head.root || event === undefined) {
    no(`${name}: the record is not what was signed at offset ${at}`);
    return undefined;
  }
  yes(`${name} is the record at offset ${at}, byte for byte, with SHA-256 ${hash}, and it counts`);
  return event;
}

function eventIn(value: string, offset: number, { topic, partition }: SignedHead): Event | undefined {
  try {
    const { type, time, data, source } = JSON.parse(value) as { type: unknown; time: unknown; data: unknown; source: unknown };
    const timeMs = Date.parse(String(time));
    if (typeof type !== 'string' || !isObject(data) || Number.isNaN(timeMs) || source !== `/docket/${topic}/${partition}`) return undefined;
    return { offset, type, timeMs, data };
  } catch {
    return undefined;
  }
}

function checkPolicyText(text: unknown, data: Data, yes: (what: string) => void, no: (what: string) => void): void {
  const version = data['policy_version'];
  if (version === '') return text === null ? yes('no policy governed the call') : no('the file has a policy text, and no policy governed the call');
  if (typeof text !== 'string' || sha256Hex(text) !== version) return no('the policy text is not the one that the decision names');
  yes(`the policy text is the one that the decision names: policy ${JSON.stringify(data['policy_id'])}, version ${String(version)}`);
}

function checkGrant(grant: Event | undefined, call: Event, yes: (what: string) => void, no: (what: string) => void, open: (what: string) => void): void {
  if (grant === undefined) return open('what the grant was: the file has no record of it');
  const { data } = grant;
  const isIts = /^docket\.decision\.GrantSet\.v\d+$/.test(grant.type) && grant.offset < call.offset && data['grant_id'] === call.data['grant_id'];
  if (!isIts) return no('the grant’s record is not that of the call’s grant before the call');
  const differing = ['organisation', 'server_id', 'policy_id', 'mode'].filter((name) => data[name] !== call.data[name]);
  if (differing.length > 0) return no(`the decision names another ${differing.join(', ')} than the grant’s record`);
  const expires = data['expires_at_ms'];
  const isOver = data['revoked'] === true || (typeof expires === 'number' && expires <= call.timeMs);
  yes(`the grant was of organisation ${JSON.stringify(data['organisation'])}, for server ${JSON.stringify(data['server_id'])}, under policy ${JSON.stringify(data['policy_id'])} in mode ${String(data['mode'])}, ${isOver ? 'revoked or expired' : 'not revoked and not expired'}`);
  open(`that the grant was not changed between offset ${grant.offset} and the call: only the whole log shows that (docket log verify); the decision names the same server, policy and mode`);
}

function checkPolicyVersion(version: Event | undefined, call: Event, yes: (what: string) => void, no: (what: string) => void, open: (what: string) => void): void {
  if (call.data['policy_version'] === '') return;
  if (version === undefined) return open('since when the policy’s version was in force: the file has no record of it');
  const { data } = version;
  const isIts = /^docket\.decision\.PolicyVersionSet\.v\d+$/.test(version.type) && version.offset < call.offset && data['organisation'] === call.data['organisation']
    && data['policy_id'] === call.data['policy_id'] && data['version'] === call.data['policy_version'];
  if (!isIts) return no('the record of the policy’s version is not that of the version which the decision names');
  yes(`this version was put in force ${new Date(version.timeMs).toISOString()}, at offset ${version.offset}, before the call`);
}

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> => typeof value === 'object' && value !== null && !Array.isArray(value);
