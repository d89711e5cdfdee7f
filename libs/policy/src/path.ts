import type { ExactJson } from './exact-json.js';

/** Longest path, in characters and in steps: arguments are at most this deep. */
export const PATH_LENGTH_MAX = 512;
export const PATH_STEPS_MAX = 64;
export const PATH_EXPECTED = `"args." and the steps to an argument, joined by dots: at most ${PATH_LENGTH_MAX} characters and ${PATH_STEPS_MAX} steps`;

/** The step `*`: every element of a list. */
export const ELEMENTS = -2;
const NO_INDEX = -1;

/** `args.items.0.price`, taken apart once. */
export interface Path {
  readonly keys: readonly string[];
  /** What each step means to a list: an index, ELEMENTS, or nothing. */
  readonly indexes: readonly number[];
  readonly hasElements: boolean;
}

/** Undefined if it is not the path of an argument. */
export function parsePath(text: string): Path | undefined {
  if (!text.startsWith('args.') || text.length > PATH_LENGTH_MAX || /[\u0000-\u001f\u007f]/.test(text)) return undefined;
  const keys = text.slice('args.'.length).split('.');
  if (keys.length > PATH_STEPS_MAX || keys.includes('')) return undefined;
  const indexes = keys.map((key) => (key === '*' ? ELEMENTS : /^(0|[1-9][0-9]{0,8})$/.test(key) ? Number(key) : NO_INDEX));
  return { keys, indexes, hasElements: indexes.includes(ELEMENTS) };
}

/** What the path's steps lead to, from `from` up to `end`, none of them `*`; undefined if it is missing. A step into what is neither an object nor a list finds nothing. */
export function valueAt(start: ExactJson | undefined, { keys, indexes }: Path, from = 0, end = keys.length): ExactJson | undefined {
  let value = start;
  for (let i = from; i < end && value !== undefined; i++) {
    if (value instanceof Map) value = value.get(keys[i] as string);
    else {
      const index = indexes[i] as number;
      value = index >= 0 && Array.isArray(value) ? value[index] : undefined;
    }
  }
  return value;
}
