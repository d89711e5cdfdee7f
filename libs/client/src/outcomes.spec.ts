import { Outcomes } from './outcomes.js';

const LONG_MS = 600_000;

test('an outcome that was given up before it left does not leave with a later one of the same call', async () => {
  const outcomes = new Outcomes();
  const first = await outcomes.add({ grant: 'g', callId: 'a', outcome: 'FAILED' }, 1);
  expect(first).toMatchObject({ failure: { reason: 'NODE_SILENT' }, ofStream: true });
  const second = outcomes.add({ grant: 'g', callId: 'a', outcome: 'SUCCEEDED' }, LONG_MS);
  expect(outcomes.take(10)).toEqual([{ grant: 'g', callId: 'a', outcome: 'SUCCEEDED' }]);
  expect(outcomes.take(10)).toEqual([]);
  outcomes.fail({ kind: 'unavailable', reason: 'STREAM_ENDED', message: '', outcome: 'unknown', metadata: {}, violations: [], retryAfterMs: null, ofNode: true });
  expect(await second).toMatchObject({ failure: { reason: 'STREAM_ENDED' }, ofStream: true });
});

test('as many leave at a time as are asked for, in their order', async () => {
  const outcomes = new Outcomes();
  const ended = ['a', 'b', 'c'].map((callId) => outcomes.add({ callId }, LONG_MS));
  expect([outcomes.take(2), outcomes.take(2), outcomes.take(2)]).toEqual([[{ callId: 'a' }, { callId: 'b' }], [{ callId: 'c' }], []]);
  outcomes.fail({ kind: 'unavailable', reason: 'STREAM_ENDED', message: '', outcome: 'unknown', metadata: {}, violations: [], retryAfterMs: null, ofNode: true });
  expect(await Promise.all(ended)).toHaveLength(3);
});
