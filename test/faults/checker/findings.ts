/** What the checker proves; each is a sentence of what Docket promises. */
export const PROPERTIES = {
  'log-is-whole': 'the exported log has no hole and ends where the brokers say',
  'answered-is-logged': 'every answered verdict is in the log, valid, at that offset, with that hash',
  'answered-is-identical': 'what was answered is what is recorded, and every answer about a call says the same',
  'one-verdict': 'one valid verdict for each call id',
  'not-decided-stays': 'nothing that was reported as not decided is followed by a verdict, unless it was asked again',
  'within-limits': 'no counter is above its limit in any window, fixed or sliding, of any scope',
  'shares-hold': 'what many grants share is taken before a call passes, once, and given back only of calls that do not; an id that was ended is never decided',
  'verdict-follows': 'each verdict, its rule and its charges follow from the policy in force and the calls before it',
  'edit-in-force': 'an edit that was acknowledged before a call was sent is in force in its verdict',
  'event-time': 'event time never runs backwards and is near the log\'s own',
  'one-writer': 'one nonce for each epoch, sequences without gaps, a chain that no claim breaks',
  'readers-agree': 'a reader that is resumed anywhere stands where a reader from zero does',
  'projections-agree': 'the projections are a fold of the log',
  'settled-is-logged': 'every answered settlement is in the log, valid, and gives back what its limits say, once',
} as const;
export type Property = keyof typeof PROPERTIES;
export const PROPERTY_NAMES = Object.keys(PROPERTIES) as Property[];

export interface Finding { readonly property: Property; readonly what: string }

const KEPT_MAX = 20;

/** All that is wrong, counted; of each property the first ones are kept in words. */
export class Findings {
  readonly kept: Finding[] = [];
  readonly counts = new Map<Property, number>();
  /** Ids of calls that something is wrong with, by property. */
  readonly calls = new Map<Property, Set<string>>();

  add(property: Property, what: string, call?: string): void {
    const count = (this.counts.get(property) ?? 0) + 1;
    this.counts.set(property, count);
    if (count <= KEPT_MAX) this.kept.push({ property, what });
    if (call === undefined) return;
    const calls = this.calls.get(property) ?? new Set();
    this.calls.set(property, calls.add(call));
  }

  get total(): number {
    return [...this.counts.values()].reduce((sum, count) => sum + count, 0);
  }
}
