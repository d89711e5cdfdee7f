import { type ExactJson, type ExactObject } from './exact-json.js';
import { Decimal, exactText } from './exact-number.js';

/**
 * The canonical form of policy.md 4: keys sorted by UTF-16 code units, no white space, strings as RFC 8785 (which is how
 * JSON.stringify writes well-formed ones), numbers as their exact value in one normal form.
 */
export function canonicalJson(value: ExactJson): string {
  switch (typeof value) {
    case 'string': return quoted(value);
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
    text += `${text.length > 1 ? ',' : ''}${quoted(key)}:${canonicalJson(value.get(key) as ExactJson)}`;
  }
  return `${text}}`;
}

function canonicalList(value: readonly ExactJson[]): string {
  let text = '[';
  for (let i = 0; i < value.length; i++) text += (i > 0 ? ',' : '') + canonicalJson(value[i] as ExactJson);
  return `${text}]`;
}

/** By UTF-16 code units, as both `<` and Array.prototype.sort without a comparator order strings. */
function sortedKeys(value: ExactObject): string[] {
  const keys = [...value.keys()];
  if (keys.length > FEW_KEYS) return keys.sort();
  // Arguments have a handful of keys, which insertion puts in order several times faster.
  for (let i = 1; i < keys.length; i++) {
    const key = keys[i] as string;
    let at = i;
    for (; at > 0 && (keys[at - 1] as string) > key; at--) keys[at] = keys[at - 1] as string;
    keys[at] = key;
  }
  return keys;
}

const FEW_KEYS = 16;
const SHORT_TEXT = 64;

/** JSON.stringify, which costs more to call than to look at a short text that needs no escape. */
function quoted(text: string): string {
  if (text.length > SHORT_TEXT) return JSON.stringify(text);
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i);
    if (unit < 32 || unit === 34 || unit === 92) return JSON.stringify(text);
  }
  return `"${text}"`;
}
