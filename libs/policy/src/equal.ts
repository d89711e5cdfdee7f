import { canonicalJson } from './canonical-json.js';
import type { ExactJson } from './exact-json.js';

/** Whether two values are the same JSON value: numbers exactly, types included, objects whatever the order of their keys. */
export function equalJson(a: ExactJson, b: ExactJson): boolean {
  if (a === b) return true;
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return false;
  if (a instanceof Map) return b instanceof Map && equalObjects(a, b);
  if (Array.isArray(a)) return Array.isArray(b) && a.length === b.length && a.every((item, i) => equalJson(item, b[i]));
  return !(b instanceof Map) && !Array.isArray(b) && canonicalJson(a) === canonicalJson(b);
}

function equalObjects(a: ReadonlyMap<string, ExactJson>, b: ReadonlyMap<string, ExactJson>): boolean {
  if (a.size !== b.size) return false;
  for (const [key, value] of a) {
    const other = b.get(key);
    if (other === undefined || !equalJson(value, other)) return false;
  }
  return true;
}

/** The values of a list, to look others up in without going through them. */
export class JsonSet {
  /** Texts, numbers, true, false and null are themselves: equal numbers have equal representations. */
  private readonly plain = new Set<ExactJson>();
  /** The others by their canonical form. */
  private readonly others = new Set<string>();

  constructor(values: readonly ExactJson[]) {
    for (const value of values) {
      if (typeof value === 'object' && value !== null) this.others.add(canonicalJson(value));
      else this.plain.add(value);
    }
  }

  has(value: ExactJson): boolean {
    if (typeof value !== 'object' || value === null) return this.plain.has(value);
    return this.others.size > 0 && this.others.has(canonicalJson(value));
  }
}
