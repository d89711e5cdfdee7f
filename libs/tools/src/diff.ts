import { canonicalJson, type ExactJson } from '#policy';
import { visible } from './visible.js';

/** One field that differs. `before` or `after` is undefined where the field is not there. */
export interface FieldChange {
  /** JSON pointer in the definition; '' for the whole of it. */
  readonly pointer: string;
  /** A string as it reads, anything else as JSON; invisible characters spelled out. */
  readonly before: string | undefined;
  readonly after: string | undefined;
}

/** More changes than a person reads; the rest is said in one. */
const CHANGES_MAX = 500;

/** What differs between two definitions, field by field, in the order of the pointers. Lists are compared element by element. */
export function diffDefinitions(before: ExactJson | undefined, after: ExactJson | undefined): readonly FieldChange[] {
  const changes: FieldChange[] = [];
  collect('', before, after, changes);
  if (changes.length <= CHANGES_MAX) return changes;
  const more = changes.length - CHANGES_MAX;
  return [...changes.slice(0, CHANGES_MAX), { pointer: '', before: `and ${more} more fields`, after: `and ${more} more fields` }];
}

function collect(pointer: string, before: ExactJson | undefined, after: ExactJson | undefined, changes: FieldChange[]): void {
  if (before instanceof Map && after instanceof Map) {
    const keys = new Set<string>([...before.keys() as Iterable<string>, ...after.keys() as Iterable<string>]);
    for (const key of [...keys].sort()) collect(`${pointer}/${escaped(key)}`, before.get(key) as ExactJson | undefined, after.get(key) as ExactJson | undefined, changes);
    return;
  }
  if (Array.isArray(before) && Array.isArray(after)) {
    for (let i = 0; i < Math.max(before.length, after.length); i += 1) {
      collect(`${pointer}/${i}`, before[i] as ExactJson | undefined, after[i] as ExactJson | undefined, changes);
    }
    return;
  }
  if (before !== undefined && after !== undefined && canonicalJson(before) === canonicalJson(after)) return;
  if (before === undefined && after === undefined) return;
  changes.push({ pointer, before: shown(before), after: shown(after) });
}

function shown(value: ExactJson | undefined): string | undefined {
  if (value === undefined) return undefined;
  return visible(typeof value === 'string' ? value : canonicalJson(value));
}

function escaped(key: string): string {
  return visible(key, true).replaceAll('~', '~0').replaceAll('/', '~1');
}
