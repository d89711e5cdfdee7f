import { registerHooks } from 'node:module';
import { parentPort, workerData } from 'node:worker_threads';

/**
 * The thread that an author's file runs in, so that what it does (throw, never end, take all memory, exit) happens to this
 * thread alone. It imports nothing of Docket's: it also runs from the sources.
 */
interface Started { readonly file: string; readonly defineUrl: string; readonly progress: SharedArrayBuffer }
interface Event { readonly event: { readonly type: string }; readonly at: { readonly timeMs: number } }
interface Definition {
  readonly tables: Readonly<Record<string, { readonly columns: Readonly<Record<string, string>>; readonly key?: readonly string[] }>>;
  readonly on: Readonly<Record<string, (event: unknown, context: unknown) => unknown>>;
}
type Kind = 'insert' | 'set' | 'add' | 'delete';

const OPERATIONS_MAX = 10_000;
const ROW_CHARACTERS_MAX = 1024 * 1024;
const EVENT_CHARACTERS_MAX = 16 * 1024 * 1024;

const { file, defineUrl, progress } = workerData as Started;
const at = new Int32Array(progress);
const port = parentPort!;
registerHooks({ resolve: (specifier, context, next) => (specifier === 'docket/projection' ? { url: defineUrl, shortCircuit: true } : next(specifier, context)) });

let definition: Definition | undefined;
let operations: unknown[][] = [];
let characters = 0;
let count = 0;

try {
  const exported = (await import(file)) as { readonly default?: unknown };
  definition = exported.default as Definition | undefined;
  port.postMessage({ kind: 'loaded', declared: describe(definition) });
} catch (error) {
  port.postMessage({ kind: 'failed', reason: reasonOf(error) });
}

port.on('message', ({ events }: { readonly events: readonly Event[] }) => {
  operations = [];
  for (const [index, { event, at: place }] of events.entries()) {
    Atomics.store(at, 0, index + 1);
    try {
      characters = count = 0;
      const returned = definition!.on[event.type]!(event, { at: place, time: new Date(place.timeMs), tables });
      if (typeof (returned as { then?: unknown } | undefined)?.then === 'function') throw new Error('the handler returned a promise: handlers are synchronous');
    } catch (error) {
      port.postMessage({ kind: 'threw', index, reason: reasonOf(error) });
      return;
    }
  }
  port.postMessage({ kind: 'ran', operations });
});

const tables = definition === undefined || definition === null ? {} : Object.fromEntries(Object.keys(definition.tables ?? {}).map((name) => [name, {
  insert: (row: unknown) => remember('insert', name, {}, row),
  set: (key: unknown, values: unknown) => remember('set', name, key, values),
  add: (key: unknown, values: unknown) => remember('add', name, key, values),
  delete: (key: unknown) => remember('delete', name, key, {}),
}]));

function remember(kind: Kind, name: string, key: unknown, values: unknown): void {
  const table = definition!.tables[name]!;
  const keyNames = table.key ?? [];
  const where = `tables.${name}.${kind}`;
  if (kind !== 'insert' && keyNames.length === 0) throw new Error(`${where}: the table has no key, so rows can only be inserted`);
  if (++count > OPERATIONS_MAX) throw new Error(`more than ${OPERATIONS_MAX} changes for one event`);
  const given = valuesOf(where, table.columns, values);
  const identity = kind === 'insert' ? {} : valuesOf(where, table.columns, key);
  if (kind === 'insert') {
    for (const one of keyNames) if ((given[one] ?? null) === null) throw new Error(`${where}: ${one} is of the key, so it needs a value`);
  } else {
    for (const one of keyNames) if ((identity[one] ?? null) === null) throw new Error(`${where}: the key needs a value for ${one}`);
    for (const one of Object.keys(identity)) if (!keyNames.includes(one)) throw new Error(`${where}: ${one} is not of the key (${keyNames.join(', ')})`);
    for (const one of Object.keys(given)) if (keyNames.includes(one)) throw new Error(`${where}: ${one} is of the key and cannot be changed`);
  }
  if (kind === 'add') {
    for (const [one, value] of Object.entries(given)) if (!/^(?:integer|bigint|numeric)$/.test(table.columns[one]!) || value === null) throw new Error(`${where}: ${one} is no number to add to`);
  }
  const length = JSON.stringify([identity, given]).length;
  characters += length;
  if (length > ROW_CHARACTERS_MAX) throw new Error(`${where}: a row of ${length} characters, expected at most ${ROW_CHARACTERS_MAX}`);
  if (characters > EVENT_CHARACTERS_MAX) throw new Error(`more than ${EVENT_CHARACTERS_MAX} characters of rows for one event`);
  operations.push([kind, name, identity, given]);
}

function valuesOf(where: string, columns: Readonly<Record<string, string>>, given: unknown): Record<string, unknown> {
  if (typeof given !== 'object' || given === null) throw new Error(`${where}: expected an object with columns`);
  return Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined).map(([name, value]) => {
    const type = Object.hasOwn(columns, name) ? columns[name] : undefined;
    if (type === undefined) throw new Error(`${where}: there is no column ${name}; expected one of ${Object.keys(columns).join(', ')}`);
    const stored = value === null ? null : storedAs(type, value);
    if (stored === undefined) throw new Error(`${where}: ${name} is ${type}, found ${typeof value === 'string' ? 'a text that is none' : typeof value}`);
    return [name, stored];
  }));
}

/** The value as JSON carries it to the database; undefined if it is none of that type. */
function storedAs(type: string, value: unknown): unknown {
  switch (type) {
    case 'text': return typeof value === 'string' && !value.includes('\u0000') && value.isWellFormed() ? value : undefined;
    case 'boolean': return typeof value === 'boolean' ? value : undefined;
    case 'integer': return Number.isInteger(value) && Math.abs(value as number) < 2 ** 31 ? value : undefined;
    case 'bigint': return (typeof value === 'bigint' && BigInt.asIntN(64, value) === value) || Number.isSafeInteger(value) ? String(value) : undefined;
    case 'numeric': {
      const text = typeof value === 'string' ? value : typeof value === 'bigint' || Number.isFinite(value) ? String(value) : '';
      return /^-?\d{1,1000}(?:\.\d{1,1000})?(?:e[+-]?\d{1,3})?$/i.test(text) ? text : undefined;
    }
    case 'timestamptz': {
      const date = value instanceof Date ? value : typeof value === 'string' || typeof value === 'number' ? new Date(value) : undefined;
      return date === undefined || Number.isNaN(date.getTime()) || date.getUTCFullYear() > 9999 || date.getUTCFullYear() < 1 ? undefined : date.toISOString();
    }
    case 'uuid': return typeof value === 'string' && /^[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}$/i.test(value) ? value.toLowerCase() : undefined;
    default: {
      const text = JSON.stringify(value);
      return text === undefined || text.includes('\\u0000') || /\\ud[89a-f]/i.test(text) ? undefined : JSON.parse(text) as unknown;
    }
  }
}

/** The definition's data, and for functions the word. */
function describe(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value === undefined ? { missing: true } : { wrong: typeof value };
  return JSON.parse(JSON.stringify(value, (_key, one: unknown) => (typeof one === 'function' ? 'a function' : typeof one === 'bigint' ? String(one) : one))) as unknown;
}

function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return `it threw ${String(error).slice(0, 200)}`;
  const place = placeOf(error.stack ?? '');
  return `${error.name === 'Error' ? '' : `${error.name}: `}${error.message}`.slice(0, 800) + (place === undefined ? '' : ` (${place})`);
}

/** `line 3:7`. A file that cannot be parsed is named, with its line, above the error; else it is the first of its frames. */
function placeOf(stack: string): string | undefined {
  const above = /^(?:file:\/\/)?(\S*):(\d+)\n(?:.*\n)*?( *)\^/.exec(stack);
  if (above === null) {
    const frame = stack.split('\n').find((one) => one.includes(file))?.match(/:(\d+:\d+)\)?$/)?.[1];
    return frame === undefined ? undefined : `line ${frame}`;
  }
  const [, path, line, indent] = above;
  const where = `line ${line!}:${indent!.length + 1}`;
  return file.endsWith(path!) ? where : `${path!.split('/').at(-1)!}, ${where}`;
}
