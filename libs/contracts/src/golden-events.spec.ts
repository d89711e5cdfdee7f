import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { decisionMachine } from '#decision';
import { registryMachine } from '#registry';

// Events as they were written once. They are never edited: a log that holds them must be readable for ever. A new
// version of an event gets new files; the old ones stay and are upcast.
const FOLDER = join(import.meta.dirname, '../events');

interface Stored {
  readonly type: string;
  readonly subject: string;
  readonly time: string;
  readonly data: never;
}

interface Codec {
  readonly decode: (encoded: Stored) => unknown;
  readonly encode: (event: never) => unknown;
}

const decisions = decisionMachine({ callIdMemoryMs: 600_000, callIdAheadMs: 60_000 }, () => undefined);
const CODECS: readonly [string, Codec][] = [['docket.decision.', decisions], ['docket.registry.', registryMachine()]];

const goldens = readdirSync(FOLDER).filter((name) => name.endsWith('.json')).map((name) => [name, read(name)] as const);

function read(name: string): Stored {
  return JSON.parse(readFileSync(join(FOLDER, name), 'utf8')) as Stored;
}

function codecOf({ type }: Stored): Codec {
  const found = CODECS.find(([prefix]) => type.startsWith(prefix));
  if (found === undefined) throw new Error(`no codec for ${type}`);
  return found[1];
}

test('there is a golden file of every event of the decisions topic', () => {
  const types = new Set(goldens.map(([, { type }]) => type).filter((type) => type.startsWith('docket.decision.')));
  expect([...types].sort()).toEqual(['ApprovalResolved', 'CallAborted', 'CallDecided', 'CallSettled', 'GrantSet', 'PolicyVersionSet', 'QuotaReleased', 'QuotaReserved'].map((name) => `docket.decision.${name}.v1`));
});

test.each(goldens)('%s decodes, and encodes to what was stored', (_, stored) => {
  const codec = codecOf(stored);
  const { type, subject, data } = stored;
  expect(codec.encode(codec.decode(stored) as never)).toEqual({ type, subject, data });
});

test.each(goldens)('%s is refused with a field missing, too many, or of another type', (_, stored) => {
  const codec = codecOf(stored);
  const data = stored.data as Record<string, unknown>;
  expect(() => codec.decode({ ...stored, data: { ...data, unheard_of: 1 } as never })).toThrow();
  expect(() => codec.decode({ ...stored, type: `${stored.type}0` })).toThrow();
  for (const key of Object.keys(data)) {
    const { [key]: _removed, ...rest } = data;
    // A call that has to do with no approval says nothing of one; nor does a grant of an erasure that was none, nor who asked no wider scope of one.
    if (key === 'erased' || key === 'scoped' || key === 'elsewhere') continue;
    if (key !== 'approval' || data['verdict'] === 'APPROVAL_REQUIRED') expect(() => codec.decode({ ...stored, data: rest as never })).toThrow();
  }
  for (const key of Object.keys(data)) expect(() => codec.decode({ ...stored, data: { ...data, [key]: { another: 'type' } } as never })).toThrow();
});

test.each([
  ['decisions.v1.json', '2026-11-23T10:00:45.000Z'],
  ['decisions.v1.erased.json', '2026-11-23T10:00:50.000Z'],
  ['decisions.v1.scopes.json', '2026-11-23T10:00:57.001Z'],
])('the golden decisions fold to the state that they folded to when they were written: %s', (file, until) => {
  const stored = goldens.map(([, event]) => event).filter(({ type, time }) => type.startsWith('docket.decision.') && time <= until).sort((a, b) => (a.time < b.time ? -1 : 1));
  let state = decisions.initialState();
  stored.forEach((event, offset) => {
    state = decisions.evolve(state, decisions.decode(event), { offset, timeMs: Date.parse(event.time) });
  });
  const folded = JSON.parse(readFileSync(join(FOLDER, 'folded', file), 'utf8'));
  expect(decisions.snapshot(state)).toEqual(folded);
  expect(decisions.snapshot(decisions.restore(folded))).toEqual(folded);
});
