import { type ExactJson, type ExactObject } from './exact-json.js';
import { Decimal, exactText } from './exact-number.js';

/**
 * The canonical form of policy.md 4: keys sorted by UTF-16 code units, no white space, strings as RFC 8785 (which is how
 * JSON.stringify writes well-formed ones), numbers as their exact value in one normal form.
 */
export function canonicalJson(value: ExactJson): string {
  switch (typeof value) {
    case 'string': return JSON.stringify(value);
    case 'number': return String(value);
    case 'boolean': return value ? 'true' : 'false';
    default:
      if (value === null) return 'null';
      if (value instanceof Decimal) return exactText(value);
      return value instanceof Map ? canonicalObject(value) : canonicalList(value as readonly ExactJson[]);
  }
}

function canonicalObject(value: ExactObject): string {
  let text = '{';
  for (const key of sortedKeys(value)) {
    text += `${text.length > 1 ? ',' : ''}${JSON.stringify(key)}:${canonicalJson(value.get(key) as ExactJson)}`;
  }
  return `${text}}`;
}

function canonicalList(value: readonly ExactJson[]): string {
  let text = '[';
  for (let i = 0; i < value.length; i++) text += (i > 0 ? ',' : '') + canonicalJson(value[i] as ExactJson);
  return `${text}]`;
}

/** Array.prototype.sort without a comparator orders strings by UTF-16 code units. */
export function sortedKeys(value: ExactObject): string[] {
  return [...value.keys()].sort();
}
