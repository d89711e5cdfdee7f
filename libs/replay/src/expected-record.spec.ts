import fc from 'fast-check';
import type { LogRecord } from '#ledger';
import { GRANTS, History, START_MS, history } from '../test/random-history.js';
import { testGrantKey } from '../test/seal.js';
import { toldHistory } from '../test/told-history.js';
import { SETTINGS } from '../test/written-log.js';
import { ExpectedRecords } from './expected-record.js';
import type { ValueKeys } from './grant-values.js';
import { timeAt } from './plain-text.js';
import { PolicyTexts } from './policy-texts.js';
import { readRegistry } from './registry-facts.js';
import { logAsReplayLog } from './replay-log.js';
import { replayPartition } from './replay-partition.js';
import type { ReplayReport } from './replay-report.js';

const TIMEOUT_MS = 300_000;
const signal = new AbortController().signal;
const keys: ValueKeys = { keyOf: testGrantKey };

async function replay(written: History, isThorough: boolean, more: { keys?: ValueKeys } = {}): Promise<ReplayReport | string> {
  const log = logAsReplayLog(written.log());
  const { documents } = await readRegistry(log, signal);
  try {
    return await replayPartition({
      log, tp: written.partition.writer.tp, settings: SETTINGS, policies: new PolicyTexts(documents), keys, range: { fromMs: 0, toMs: Infinity }, signal, differencesMax: 1_000, isThorough, ...more,
    });
  } catch (error) {
    return String(error);
  }
}

/** How many records took the short way. */
async function shortWays(work: () => Promise<unknown>): Promise<number> {
  const { find } = ExpectedRecords.prototype;
  let count = 0;
  ExpectedRecords.prototype.find = function (...given) {
    const found = find.apply(this, given);
    if (found !== undefined) count += 1;
    return found;
  };
  try {
    await work();
  } finally {
    ExpectedRecords.prototype.find = find;
  }
  return count;
}

test('the short way and the long one report the same, whatever happened', async () => {
  await fc.assert(fc.asyncProperty(history, async (actions) => {
    const written = new History(actions);
    expect(await replay(written, false)).toEqual(await replay(written, true));
  }), { numRuns: 80 });
}, TIMEOUT_MS);

test('a record that was changed in any place is never taken for what was expected', async () => {
  const change = fc.record({ at: fc.nat(), byte: fc.nat(), to: fc.oneof(fc.nat(255), fc.constantFrom(...Buffer.from('0123456789abcdef"\\{}[],: \n\u00e9'))) });
  await fc.assert(fc.asyncProperty(history, fc.array(change, { minLength: 1, maxLength: 3 }), async (actions, changes) => {
    const written = new History(actions);
    for (const { at, byte, to } of changes) {
      const record = written.records[at % written.records.length] as LogRecord;
      const value = Buffer.from(record.value);
      value[byte % value.length] = to;
      written.records[at % written.records.length] = { ...record, value };
    }
    expect(await replay(written, false)).toEqual(await replay(written, true));
  }), { numRuns: 120 });
}, TIMEOUT_MS);

test('honest records of calls and settlements take the short way, but for approvals, refunds and text that needs escapes', async () => {
  const written = toldHistory();
  for (let i = 0; i < 100; i += 1) {
    written.partition.nowMs += 30_000;
    for (const [grant, tool, args] of [[GRANTS[0], 'few', '{}'], [GRANTS[1], 'pay', '{"amount":0.5}'], [GRANTS[2], 'plain', '{"a":1}'], [GRANTS[2], 'nothing', '{"a":1}']] as const) {
      written.call({ grant, tool, args, session: 's1' });
      const call = written.partition.calls.at(-1)!;
      if (call.verdict === 'ALLOW') written.settle(grant, call.id, 'SUCCEEDED');
    }
  }
  const records = written.records.length;
  const taken = await shortWays(() => replay(written, false));
  expect(taken).toBeGreaterThan(records * 0.95);
});

test('nothing is waited for on the short way: a key that comes later is waited for on the long one', async () => {
  const seen = new Set<string>();
  const slow: ValueKeys = {
    keyOf: (grantId) => {
      if (seen.has(grantId)) return testGrantKey(grantId);
      return Promise.resolve().then(() => {
        seen.add(grantId);
        return testGrantKey(grantId);
      });
    },
  };
  expect(await replay(toldHistory(), false, { keys: slow })).toEqual(await replay(toldHistory(), true));
});

test('a time is read only as it is written', () => {
  fc.assert(fc.property(fc.integer({ min: 0, max: 4_102_444_800_000 }), (ms) => {
    expect(timeAt(`x${new Date(ms).toISOString()}"`, 1)).toBe(ms);
  }));
  for (const other of ['2026-11-23T10:00:30.00Z', '2026-11-23 10:00:30.000Z', '2026-02-30T10:00:30.000Z', '2026-11-23T24:00:00.000Z', '2026-11-23T10:60:00.000Z', '2026-11-23T10:00:30,000Z', '2026-11-23T10:00:30.000z', '2026-1a-23T10:00:30.000Z', '']) {
    expect([other, timeAt(other, 0)]).toEqual([other, -1]);
  }
  expect(timeAt(new Date(START_MS).toISOString(), 0)).toBe(START_MS);
});
