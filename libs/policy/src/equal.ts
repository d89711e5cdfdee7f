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

/** So few lists and objects are compared faster than another one is brought into its canonical form. */
const FEW = 16;

/** The values of a list, to look others up in without going through all of them. */
export class JsonSet {
  /** Texts, numbers, true, false and null are themselves: equal numbers have equal representations. */
  private readonly plain: ReadonlySet<ExactJson>;
  private readonly others: readonly ExactJson[];
  /** The others by their canonical form, if they are many. */
  private readonly canonical: ReadonlySet<string> | undefined;

  constructor(values: readonly ExactJson[]) {
    this.plain = new Set(values.filter(isPlain));
    this.others = values.filter((value) => !isPlain(value));
    this.canonical = this.others.length > FEW ? new Set(this.others.map(canonicalJson)) : undefined;
  }

  has(value: ExactJson): boolean {
    if (isPlain(value)) return this.plain.has(value);
    return this.canonical === undefined ? this.others.some((other) => equalJson(other, value)) : this.canonical.has(canonicalJson(value));
  }
}

function isPlain(value: ExactJson): boolean {
  return typeof value !== 'object' || value === null;
}
