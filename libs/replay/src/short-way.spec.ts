import fc from 'fast-check';
import type { LogRecord } from '#ledger';
import { GRANTS, History, history } from '../test/random-history.js';
import { testGrantKey } from '../test/seal.js';
import { SETTINGS } from '../test/written-log.js';
import type { ValueKeys } from './grant-values.js';
import { PolicyTexts } from './policy-texts.js';
import { readRegistry } from './registry-facts.js';
import { logAsReplayLog } from './replay-log.js';
import { replayPartition } from './replay-partition.js';
import type { ReplayReport } from './replay-report.js';

const TIMEOUT_MS = 300_000;
const signal = new AbortController().signal;
const keys: ValueKeys = { keyOf: testGrantKey };

async function replay(written: History, isThorough: boolean): Promise<ReplayReport | string> {
  const log = logAsReplayLog(written.log());
  const { documents } = await readRegistry(log, signal);
  try {
    return await replayPartition({
      log, tp: written.partition.writer.tp, settings: SETTINGS, policies: new PolicyTexts(documents), keys, range: { fromMs: 0, toMs: Infinity }, signal, differencesMax: 1_000, isThorough,
    });
  } catch (error) {
    return String(error);
  }
}

test('records that are read the short way and records that are parsed give the same report, whatever happened', async () => {
  await fc.assert(fc.asyncProperty(history, async (actions) => {
    const written = new History(actions);
    expect(await replay(written, false)).toEqual(await replay(written, true));
  }), { numRuns: 20 });
}, TIMEOUT_MS);

test('of records that were changed in any place, too', async () => {
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
  }), { numRuns: 30 });
}, TIMEOUT_MS);

test('the chain’s break is told where it is, though honest records follow it', async () => {
  const written = new History([]);
  for (let i = 0; i < 4; i += 1) written.call({ grant: GRANTS[0], tool: 'plain', args: '{}', session: 's1' });
  const at = written.records.length - 2;
  const record = written.records[at]!;
  written.records[at] = { ...record, value: Buffer.from(record.value.toString().replace('"session_id":"s1"', '"session_id":"s2"')) };
  expect(await replay(written, false)).toMatchObject({ chainBreaks: [{ partition: 0, offset: at + 1 }] });
});
