import { bearer, type decision } from '#contracts';
import { systemRuntime } from '#ledger';
import { startThrowawayPostgres, type ThrowawayPostgres } from '#local-services';
import { callId, DeciderFixture, failureOf } from '../../apps/decider/src/decider.fixture.js';

const HOUR_MS = 3_600_000;
const MAX = 3;
const LIMIT = { version: '1', default: 'deny', tools: { open: {}, limited: { limits: [{ counter: 'few', window: 'month', max: MAX, scope: 'grant' }] } } };

/** The machine's wall clock, that somebody sets while a decider runs; PostgreSQL's own clock stays right. */
let shiftMs = 0;
const runtime = { ...systemRuntime(), wallMs: () => Date.now() + shiftMs };
let postgres: ThrowawayPostgres;
let decider: DeciderFixture;

beforeAll(async () => {
  postgres = await startThrowawayPostgres();
  decider = await new DeciderFixture(await postgres.createDatabase(), { runtime }).start();
}, 300_000);

afterAll(async () => {
  await decider?.remove();
  await postgres?.stop();
}, 300_000);

/** Without a deadline: gRPC would compute it with the clock that is right. */
function call(grant: string, tool: string, id = callId()): Promise<decision.DecideResponse__Output> {
  return new Promise((resolve, reject) => {
    decider.client.Decide({ callId: id, grant, tool }, bearer(decider.token('gateway')), (error, answer) => (error ? reject(error) : resolve(answer!)));
  });
}

describe('a clock that is set', () => {
  it.each([['back', -HOUR_MS], ['ahead', HOUR_MS]])('%s an hour allows nothing beyond a limit, and is forgotten when it is right again', async (_, wrongMs) => {
    const grant = await decider.grant(LIMIT);
    const ids = [callId(), callId()];
    for (const id of ids) expect(await call(grant.id, 'limited', id)).toMatchObject({ verdict: 'ALLOW' });
    const before = Number((await call(grant.id, 'open')).decidedAt!.seconds);

    shiftMs = wrongMs;
    const outcomes = await Promise.allSettled(Array.from({ length: 20 }, () => call(grant.id, 'limited')));
    const answered = outcomes.flatMap((outcome) => (outcome.status === 'fulfilled' ? [outcome.value] : []));
    for (const outcome of outcomes) if (outcome.status === 'rejected') expect(await failureOf(Promise.reject(outcome.reason as Error))).toMatchObject({ code: 14 });
    // A verdict given meanwhile has the time that it was, not the time that the clock shows.
    for (const { decidedAt } of answered) expect(Math.abs(Number(decidedAt!.seconds) - before)).toBeLessThan(60);
    // Set ahead, it disagrees with the log's clock too: nobody decides, and an operator is told why.
    if (wrongMs > 0) {
      expect(answered).toEqual([]);
      expect(decider.lines.some((line) => line.includes('"alarm"') && /clock/i.test(line))).toBe(true);
    }

    shiftMs = 0;
    let back: { verdict: string } | undefined;
    for (const until = Date.now() + 150_000; back === undefined && Date.now() < until; ) back = await call(grant.id, 'open').catch(() => undefined);
    expect(back).toMatchObject({ verdict: 'ALLOW' });
    const after = await Promise.all(Array.from({ length: 5 }, () => call(grant.id, 'limited')));
    expect(ids.length + [...answered, ...after].filter(({ verdict }) => verdict === 'ALLOW').length).toBe(MAX);
    expect(await call(grant.id, 'limited', ids[0])).toMatchObject({ verdict: 'ALLOW', replayed: true });
  }, 300_000);
});
