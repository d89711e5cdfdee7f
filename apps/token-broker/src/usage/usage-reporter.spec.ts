import type { TokenCommand } from '#access-token';
import { CAUSE, OF } from '../fixtures/broker.fixture.js';
import { FakeRuntime, settled } from '../fixtures/fake-runtime.fixture.js';
import { UsageReporter } from './usage-reporter.js';

let runtime: FakeRuntime;
let told: TokenCommand[];
let isDown: boolean;
let reporter: UsageReporter<string>;

beforeEach(() => {
  runtime = new FakeRuntime();
  told = [];
  isDown = false;
  reporter = new UsageReporter({
    runtime, submit: async (command) => {
      if (isDown) throw new Error('down');
      told.push(command);
    },
  });
});

test('10,000 serves of a token are one event a minute, with how many they were and the least that any was good for', async () => {
  for (let n = 0; n < 10_000; n += 1) reporter.served(OF, '', 1, 60_000 - n, CAUSE, 'caller');
  reporter.served(OF, '', 2, 50, CAUSE, 'caller');
  expect(told).toEqual([]);
  await runtime.advance(60_000);
  expect(told).toMatchObject([
    { type: 'ReportServed', actor: 'edge', connection_id: 'partner', generation: 1, served: 10_000, least_remaining_ms: 50_001 },
    { type: 'ReportServed', generation: 2, served: 1 },
  ]);
  await runtime.advance(600_000);
  expect(told).toHaveLength(2);
  expect(runtime.timers).toBe(0);
});

test('each gateway and each grant that had a token has an event of its own: who got which token is told', async () => {
  for (const [actor, grant_id] of [['edge', 'grant-1'], ['edge', 'grant-2'], ['other', 'grant-1'], ['edge', 'grant-1']] as const) reporter.served(OF, '', 1, 1_000, { actor, grant_id }, 'caller');
  await runtime.advance(60_000);
  expect(told).toMatchObject([{ actor: 'edge', grant_id: 'grant-1', served: 2 }, { actor: 'edge', grant_id: 'grant-2', served: 1 }, { actor: 'other', grant_id: 'grant-1', served: 1 }]);
});

test('the first denial of its kind is told at once, those that follow are counted', async () => {
  for (let n = 0; n < 50; n += 1) reporter.denied(OF, 'get', 'SERVER_NOT_ALLOWED', CAUSE, 'caller');
  reporter.denied(OF, 'unwrap', 'HANDLE_UNKNOWN', CAUSE, 'caller');
  await settled();
  expect(told).toMatchObject([{ type: 'ReportDenied', action: 'get', actor: 'edge', denials: 1 }, { action: 'unwrap', denials: 1 }]);
  await runtime.advance(60_000);
  expect(told.slice(2)).toMatchObject([{ action: 'get', reason: 'SERVER_NOT_ALLOWED', denials: 49 }]);
});

test('what could not be told is told later, and nothing is lost at the end', async () => {
  isDown = true;
  for (let n = 0; n < 5; n += 1) reporter.served(OF, '', 1, 1_000, CAUSE, 'caller');
  await runtime.advance(60_000);
  reporter.served(OF, '', 1, 500, CAUSE, 'caller');
  isDown = false;
  await reporter.stop();
  expect(told).toMatchObject([{ served: 6, least_remaining_ms: 500 }]);
  expect(runtime.timers).toBe(0);
});
