import { ARGUMENT_LIMITS, canonicalJson, Decimal, parseExactJson } from '#policy';
import type { ExactJson, ExactObject } from '#policy';
import { visible } from '#tools';

export type ArgumentType = 'text' | 'number' | 'true or false' | 'null' | 'empty list' | 'empty object';

/** One value of a call's arguments, wherever in them it stands. */
export interface ArgumentRow {
  /** As a person writes it: `customer.name`, `items[0].sku`. Invisible characters are spelled out. */
  readonly path: string;
  readonly type: ArgumentType;
  /** A text as it is; a number exactly as it will be judged. */
  readonly value: string;
}

export interface ArgumentRows {
  readonly rows: readonly ArgumentRow[];
  /** How many more values there are than are listed. */
  readonly left: number;
  /** How many entries each list has, by the list's path. */
  readonly lists: ReadonlyMap<string, number>;
}

export const ROWS_MAX = 200;
const PATH_CHARACTERS_MAX = 300;
const SIMPLE_KEY = /^[A-Za-z_$][A-Za-z0-9_$-]{0,63}$/;

/** Canonical arguments (JSON in UTF-8), value by value. Throws on what is no JSON, which the service never sends. */
export function argumentRows(bytes: Uint8Array): ArgumentRows {
  const rows: ArgumentRow[] = [];
  const lists = new Map<string, number>();
  let count = 0;
  const walk = (value: ExactJson, path: string): void => {
    if (value instanceof Map && value.size > 0) {
      for (const [key, inner] of value as ExactObject) walk(inner, step(path, key));
    } else if (Array.isArray(value) && value.length > 0) {
      if (lists.size < ROWS_MAX) lists.set(path, value.length);
      value.forEach((inner: ExactJson, i) => walk(inner, shortened(`${path}[${i}]`)));
    } else {
      count += 1;
      if (rows.length < ROWS_MAX) rows.push({ path, type: typeOf(value), value: typeof value === 'string' ? value : canonicalJson(value) });
    }
  };
  walk(argumentsOf(bytes), '');
  return { rows, left: count - rows.length, lists };
}

/** All of it as indented JSON, invisible characters spelled out: what is shown must be what is judged. */
export function argumentsText(bytes: Uint8Array): string {
  const parts: string[] = [];
  const write = (value: ExactJson, indent: string): void => {
    const isObject = value instanceof Map;
    if ((!isObject && !Array.isArray(value)) || (isObject ? value.size : (value as readonly ExactJson[]).length) === 0) return void parts.push(visible(canonicalJson(value), true));
    const inner = `${indent}  `;
    parts.push(isObject ? '{' : '[');
    let isFirst = true;
    for (const [key, child] of isObject ? value as ExactObject : (value as readonly ExactJson[]).entries()) {
      parts.push(isFirst ? '\n' : ',\n', inner, isObject ? `${visible(JSON.stringify(key), true)}: ` : '');
      isFirst = false;
      write(child, inner);
    }
    parts.push('\n', indent, isObject ? '}' : ']');
  };
  write(argumentsOf(bytes), '');
  return `${parts.join('')}\n`;
}

function argumentsOf(bytes: Uint8Array): ExactJson {
  return bytes.length === 0 ? new Map() : parseExactJson(bytes, { ...ARGUMENT_LIMITS, maxBytes: ARGUMENT_LIMITS.maxBytes * 2 });
}

function step(path: string, key: string): string {
  const spelled = SIMPLE_KEY.test(key) ? (path === '' ? key : `.${key}`) : `[${visible(JSON.stringify(key.slice(0, PATH_CHARACTERS_MAX)), true)}]`;
  return shortened(path + spelled);
}

function shortened(path: string): string {
  return path.length <= PATH_CHARACTERS_MAX ? path : `${path.slice(0, 100)}…${path.slice(-(PATH_CHARACTERS_MAX - 101))}`;
}

function typeOf(value: ExactJson): ArgumentType {
  if (typeof value === 'string') return 'text';
  if (typeof value === 'number' || value instanceof Decimal) return 'number';
  if (typeof value === 'boolean') return 'true or false';
  return value === null ? 'null' : value instanceof Map ? 'empty object' : 'empty list';
}
