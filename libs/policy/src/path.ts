import type { ExactJson, ExactObject } from './exact-json.js';

/** Longest path, in characters and in steps: arguments are at most this deep. */
export const PATH_LENGTH_MAX = 512;
export const PATH_STEPS_MAX = 64;
export const PATH_EXPECTED = `"args." and the steps to an argument, joined by dots: at most ${PATH_LENGTH_MAX} characters and ${PATH_STEPS_MAX} steps`;

/** The step `*`: every element of a list. */
const ELEMENTS = -2;
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

/** The argument at a path without `*`; undefined if it is missing. A step into what is neither an object nor a list finds nothing. */
export function valueAt(args: ExactObject, path: Path): ExactJson | undefined {
  const { keys, indexes } = path;
  let value: ExactJson | undefined = args;
  for (let i = 0; i < keys.length; i++) {
    value = step(value, keys[i] as string, indexes[i] as number);
    if (value === undefined) return undefined;
  }
  return value;
}

function step(value: ExactJson, key: string, index: number): ExactJson | undefined {
  if (value instanceof Map) return value.get(key);
  return index >= 0 && Array.isArray(value) ? value[index] : undefined;
}

/** What is at the next `*` of a path: its elements, or the value at the path's end. */
export interface Reached {
  /** Undefined if it is missing. */
  value: ExactJson | undefined;
  /** The step after the `*` that was reached; the path's length at its end. */
  next: number;
  /** Whether `value` is what stands under a `*`. */
  elements: boolean;
}

/** Follows a path from its step `from` to the next `*` or the end, whichever is first. */
export function follow(start: ExactJson | undefined, path: Path, from: number): Reached {
  let value = start;
  for (let i = from; i < path.keys.length; i++) {
    const index = path.indexes[i] as number;
    if (index === ELEMENTS) return { value, next: i + 1, elements: true };
    if (value !== undefined) value = step(value, path.keys[i] as string, index);
  }
  return { value, next: path.keys.length, elements: false };
}
