import fc from 'fast-check';
import { decisionMachine, type DecisionEvent, type DecisionState } from '#decision';
import { Fold, type LogRecord, type StateMachine } from '#ledger';
import { GRANTS, History, history } from '../test/random-history.js';
import { toldHistory } from '../test/told-history.js';
import { SETTINGS } from '../test/written-log.js';

type Machine = StateMachine<DecisionState, never, DecisionEvent, unknown>;

const TIMEOUT_MS = 240_000;
const machine = decisionMachine(SETTINGS, () => undefined) as unknown as Machine;
const { decodePlain, ...withoutShortWay } = machine;

/** Everything that a fold says of these records, and where it stands after each. */
function folded(records: readonly LogRecord[], by: Machine): unknown[] {
  const fold = new Fold(by, 'docket.decisions', 0);
  const said: unknown[] = [];
  try {
    for (const record of records) {
      said.push(fold.apply(record), fold.resume, fold.lastEvent, fold.lastHash, fold.chainBreak);
    }
  } catch (error) {
    said.push(String(error));
  }
  said.push(by.snapshot(fold.state));
  return said;
}

test('a fold that reads the short way where it can says the same of every record, and has the same state, whatever happened', () => {
  fc.assert(fc.property(history, (actions) => {
    const { records } = new History(actions);
    expect(folded(records, machine)).toEqual(folded(records, withoutShortWay));
  }), { numRuns: 80 });
}, TIMEOUT_MS);

test('of records that were changed in any place, too', () => {
  const change = fc.record({ at: fc.nat(), byte: fc.nat(), to: fc.oneof(fc.nat(255), fc.constantFrom(...Buffer.from('0123456789abcdef"\\{}[],: \n\u00e9'))) });
  fc.assert(fc.property(history, fc.array(change, { minLength: 1, maxLength: 3 }), (actions, changes) => {
    const { records } = new History(actions);
    for (const { at, byte, to } of changes) {
      const record = records[at % records.length] as LogRecord;
      const value = Buffer.from(record.value);
      value[byte % value.length] = to;
      records[at % records.length] = { ...record, value };
    }
    expect(folded(records, machine)).toEqual(folded(records, withoutShortWay));
  }), { numRuns: 150 });
}, TIMEOUT_MS);

test('records before the first claim, out of their epoch or beside the chain never take the short way', () => {
  const written = toldHistory();
  const [claim, ...rest] = written.records as [LogRecord, ...LogRecord[]];
  const moved = rest.map((record, offset) => ({ ...record, offset }));
  expect(folded(moved, machine)).toEqual(folded(moved, withoutShortWay));
  const late = [claim, claim, ...rest, ...rest].map((record, offset) => ({ ...record, offset }));
  expect(folded(late, machine)).toEqual(folded(late, withoutShortWay));
});

test('honest records of calls and settlements take the short way, but for approvals, refunds and text that needs escapes', () => {
  const written = toldHistory();
  for (let i = 0; i < 100; i += 1) {
    written.partition.nowMs += 30_000;
    for (const [grant, tool, args] of [[GRANTS[0], 'few', '{}'], [GRANTS[1], 'pay', '{"amount":0.5}'], [GRANTS[2], 'plain', '{"a":1}'], [GRANTS[2], 'nothing', '{"a":1}']] as const) {
      written.call({ grant, tool, args, session: 's1' });
      const call = written.partition.calls.at(-1)!;
      if (call.verdict === 'ALLOW') written.settle(grant, call.id, 'SUCCEEDED');
    }
  }
  let taken = 0;
  folded(written.records, { ...machine, decodePlain: (...given) => {
    const event = decodePlain!(...given);
    if (event !== undefined) taken += 1;
    return event;
  } });
  expect(taken).toBeGreaterThan(written.records.length * 0.95);
});
