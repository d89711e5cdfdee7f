import type { CallDecided, CallSettled, EventPosition } from '#decision';
import type { Loaded } from './recent-events.js';
import { RecentMap } from './recent-map.js';

/** Most settlements and rounds of a logical call follow their call at once. */
const NEWEST = 128;

/** What a settlement or a later round reads of the call that it names. A list: names would be half of the text. */
type Needed = readonly [
  call_id: string, grant_id: string, tool: string, logical_call_id: string, hmac: string, verdict: CallDecided['verdict'], would_be: CallDecided['would_be'],
  approval: CallDecided['approval'], charges: CallDecided['charges'], limits: CallDecided['limits'],
];

/**
 * Calls as the draft decided them, by offset, for as long as their ids may be named. The log does not hold them, so they are
 * kept here: the newest as they are, the others as text of what may still be asked of them, a few hundred bytes each.
 */
export class HypotheticalCalls {
  readonly #newest = new Map<number, Loaded & { readonly event: CallDecided }>();
  readonly #older: RecentMap<number, string>;

  constructor(keptForMs: number, private readonly newestKept = NEWEST) {
    this.#older = new RecentMap(keptForMs);
  }

  add(event: CallDecided, at: EventPosition): void {
    this.#newest.set(at.offset, { event, at });
    if (this.#newest.size <= this.newestKept) return;
    const oldest = this.#newest.values().next().value!;
    this.#newest.delete(oldest.at.offset);
    this.#older.set(oldest.at.offset, packed(oldest.event), oldest.at.timeMs);
  }

  /** A call that was added; what nobody asks of it may be missing. Anything else that a state names is a settlement: that it is there is all that is asked of it. */
  at(offset: number): Loaded {
    const known = this.#newest.get(offset);
    if (known !== undefined) return known;
    const text = this.#older.get(offset);
    if (text === undefined) return { event: SETTLED, at: { ...NOWHERE, offset } };
    return { event: unpacked(JSON.parse(text) as Needed), at: { ...NOWHERE, offset } };
  }
}

function packed({ call_id, grant_id, tool, logical_call_id, arguments: { hmac }, verdict, would_be, approval, charges, limits }: CallDecided): string {
  // Only what is given back is asked about later, and what its limits read then.
  const returnable = charges.filter(({ refund }) => refund.length > 0);
  const needed: Needed = [call_id, grant_id, tool, logical_call_id, hmac, verdict, would_be, approval, returnable, returnable.length === 0 ? [] : limits];
  return JSON.stringify(needed);
}

function unpacked([call_id, grant_id, tool, logical_call_id, hmac, verdict, would_be, approval, charges, limits]: Needed): CallDecided {
  return {
    type: 'CallDecided', call_id, grant_id, tool, logical_call_id, verdict, would_be, approval, charges, limits, arguments: { keys: [], hmac, sealed: '' },
    content: '', organisation: '', server_id: '', session_id: '', agent: '', principal: '', tool_definition_hash: '', rule: '', message: '', retry_after_ms: null,
    policy_id: '', policy_version: '', mode: 'enforce', actor: '', trace: '',
  };
}

const SETTLED: CallSettled = { type: 'CallSettled', call_id: '', grant_id: '', outcome: 'UNKNOWN', logical_call_id: '', refunds: [], refunded: [], actor: '' };
const NOWHERE: EventPosition = { topic: 'docket.decisions', partition: 0, offset: 0, hash: '', epoch: 0, sequence: 0, timeMs: 0 };
