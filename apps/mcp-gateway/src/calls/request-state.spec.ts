import fc from 'fast-check';
import { Secret } from '#platform';
import { RequestStates, type StateBinding } from './request-state.js';

const NOW_MS = 1_800_000_000_000;
const BINDING: StateBinding = { grantId: 'a', serverId: 'shop', method: 'tools/call', name: 'order', arguments: '{"amount":1}' };
const statesAt = (nowMs: number, credential = 'dk_1'): RequestStates => new RequestStates(new Secret(credential), () => nowMs);
const CONTENT = { call: 'x', upstream: 'the upstream’s own state' };

test('a state is opened for what it was sealed for, by every gateway with the same credential, and says nothing of what is in it', () => {
  const sealed = statesAt(NOW_MS).seal(CONTENT, BINDING);
  expect(statesAt(NOW_MS + 1_000).open(sealed, { ...BINDING })).toEqual(CONTENT);
  expect(statesAt(NOW_MS, 'dk_2').open(sealed, BINDING)).toBeUndefined();
  expect(Buffer.from(sealed, 'base64url').toString('latin1')).not.toContain('upstream');
  expect(statesAt(NOW_MS).seal(CONTENT, BINDING)).not.toBe(sealed);
});

test.each<keyof StateBinding>(['grantId', 'serverId', 'method', 'name', 'arguments'])('a state of another %s is none (I2, I3)', (field) => {
  const states = statesAt(NOW_MS);
  expect(states.open(states.seal(CONTENT, BINDING), { ...BINDING, [field]: `${BINDING[field]} ` })).toBeUndefined();
});

test('fields of a binding do not run into each other (I2)', () => {
  const states = statesAt(NOW_MS);
  expect(states.open(states.seal(CONTENT, { ...BINDING, name: 'a', arguments: 'bc' }), { ...BINDING, name: 'ab', arguments: 'c' })).toBeUndefined();
});

test('a state that was changed anywhere is none, and so is whatever else is sent (I2)', () => {
  const states = statesAt(NOW_MS);
  const sealed = Buffer.from(states.seal(CONTENT, BINDING), 'base64url');
  fc.assert(fc.property(fc.nat({ max: sealed.length - 1 }), fc.integer({ min: 1, max: 255 }), (at, change) => {
    const changed = Buffer.from(sealed);
    changed[at] = changed[at]! ^ change;
    expect(states.open(changed.toString('base64url'), BINDING)).toBeUndefined();
  }));
  fc.assert(fc.property(fc.string(), (text) => { expect(states.open(text, BINDING)).toBeUndefined(); }));
  for (const text of ['', sealed.subarray(0, 40).toString('base64url'), 'A'.repeat(300 * 1024)]) expect(states.open(text, BINDING)).toBeUndefined();
});

test('a state ends after ten minutes (I2)', () => {
  const sealed = statesAt(NOW_MS).seal(CONTENT, BINDING);
  expect(statesAt(NOW_MS + 10 * 60_000 - 1).open(sealed, BINDING)).toEqual(CONTENT);
  expect(statesAt(NOW_MS + 10 * 60_000).open(sealed, BINDING)).toBeUndefined();
});
