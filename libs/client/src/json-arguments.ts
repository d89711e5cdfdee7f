/** JSON as JavaScript has it, and whole numbers of any size as bigint. */
export type JsonValue = null | boolean | number | bigint | string | readonly JsonValue[] | { readonly [key: string]: JsonValue | undefined };
export type JsonObject = { readonly [key: string]: JsonValue | undefined };

/** Says where in the arguments something is no JSON, and never what it is. */
export class ArgumentsProblem extends Error {
  constructor(readonly where: string, readonly expected: string) {
    super(`${where}: ${expected}`);
  }
}

const DEPTH_MAX = 64;

/**
 * Arguments as the bytes that are judged. A text or bytes go as they are, digit for digit: hand over what the agent sent, rather than what
 * JSON.parse made of it. Values of JavaScript are written as JSON; what JSON or a double could not hold exactly is refused instead of changed.
 */
export function argumentBytes(args: JsonObject | string | Uint8Array | undefined): Uint8Array {
  if (args === undefined) return new Uint8Array();
  if (args instanceof Uint8Array) return args;
  if (typeof args === 'string') {
    if (!args.isWellFormed()) throw new ArgumentsProblem('(text)', 'expected Unicode without lone surrogates');
    return Buffer.from(args);
  }
  if (typeof args !== 'object' || args === null || Array.isArray(args)) throw new ArgumentsProblem('(arguments)', 'expected an object, JSON text or bytes');
  return Buffer.from(written(args, '', 1));
}

function written(value: unknown, where: string, depth: number): string {
  switch (typeof value) {
    case 'string':
      return JSON.stringify(value);
    case 'boolean':
    case 'bigint':
      return String(value);
    case 'number':
      if (!Number.isFinite(value)) throw new ArgumentsProblem(where, 'expected a finite number');
      // 9007199254740993 would have become 9007199254740992 before it got here.
      if (Number.isInteger(value) && !Number.isSafeInteger(value)) throw new ArgumentsProblem(where, 'expected a number that a double holds exactly; hand over the JSON text, or a bigint');
      return JSON.stringify(value);
    case 'object':
      return value === null ? 'null' : writtenObject(value, where, depth);
    default:
      throw new ArgumentsProblem(where, `expected a JSON value, found ${typeof value}`);
  }
}

function writtenObject(value: object, where: string, depth: number): string {
  if (depth > DEPTH_MAX) throw new ArgumentsProblem(where, `expected at most ${DEPTH_MAX} levels`);
  if (Array.isArray(value)) return `[${value.map((item, index) => written(item, `${where}/${index}`, depth + 1)).join(',')}]`;
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype !== Object.prototype && prototype !== null) throw new ArgumentsProblem(where, 'expected a plain object or an array');
  // As JSON.stringify does, a property that is undefined is one that is not there.
  const fields = Object.entries(value).filter(([, field]) => field !== undefined);
  return `{${fields.map(([key, field]) => `${JSON.stringify(key)}:${written(field, `${where}/${key}`, depth + 1)}`).join(',')}}`;
}
