import { readFileSync, readdirSync } from 'node:fs';
import { Envelope } from '#ledger';
import { accessTokenMachine, decodeTokenEvent, encodeTokenEvent, type TokenEvent } from './index.js';

const FOLDER = new URL('../events/', import.meta.url);
const files = readdirSync(FOLDER).filter((name) => name.endsWith('.json')).sort();
const text = (file: string): string => readFileSync(new URL(file, FOLDER), 'utf8');

/** Every type there is; the compiler refuses one that is missing here. */
const TYPES: Record<TokenEvent['type'], true> = {
  ConnectionRegistered: true, SecretRotated: true, SecretRenewed: true, ConnectionSuspended: true, ConnectionResumed: true, ConnectionRemoved: true, BreakerReset: true,
  MintStarted: true, TokenMinted: true, MintFailed: true, MintRefused: true, TokenRejected: true, TokenRevoked: true,
  TokenWrapped: true, TokenUnwrapped: true, TokenRevealed: true, GrantCutOff: true, GrantCutOffLifted: true, GrantTokensEnded: true, GrantBarred: true, GrantBarLifted: true,
  TokenServed: true, AccessDenied: true,
};

function parse(file: string) {
  const parsed = new Envelope('docket.tokens', 0).parse(Buffer.from(text(file)));
  if (parsed.kind !== 'event') throw new Error(`expected an event, found ${parsed.kind}`);
  return parsed;
}

test('events of every type have a golden file', () => {
  const types = new Set(files.map((file) => file.split('.')[0]));
  expect([...types].sort()).toEqual(Object.keys(TYPES).sort());
});

test.each(files)('%s is read for ever, and written as it stands', (file) => {
  const { encoded } = parse(file);
  const event = decodeTokenEvent(encoded);
  expect(event).toEqual({ type: file.split('.')[0], ...(encoded.data as object) });
  expect(encodeTokenEvent(event)).toEqual(encoded);
});

test.each(files)('%s is refused with a field missing, too many, or of another type', (file) => {
  const { encoded } = parse(file);
  const data = encoded.data as Record<string, unknown>;
  expect(() => decodeTokenEvent({ ...encoded, data: { ...data, access_token: 'x' } as never })).toThrow(/malformed/);
  for (const key of Object.keys(data)) {
    const { [key]: _removed, ...rest } = data;
    expect(() => decodeTokenEvent({ ...encoded, data: rest as never })).toThrow(/malformed/);
    expect(() => decodeTokenEvent({ ...encoded, data: { ...data, [key]: { another: 'type' } } as never })).toThrow(/malformed/);
  }
});

test('the golden events fold to the state that they folded to when they were written', () => {
  const machine = accessTokenMachine();
  const stored = files.map((file) => ({ ...parse(file), time: (JSON.parse(text(file)) as { time: string }).time })).sort((a, b) => (a.time < b.time ? -1 : 1));
  let state = machine.initialState();
  stored.forEach(({ encoded, time }, offset) => {
    state = machine.evolve(state, decodeTokenEvent(encoded), { offset, timeMs: Date.parse(time) });
  });
  const folded = JSON.parse(text('folded/tokens.v3.json'));
  expect(machine.snapshot(state)).toEqual(folded);
  expect(machine.snapshot(machine.restore(folded))).toEqual(folded);
});
