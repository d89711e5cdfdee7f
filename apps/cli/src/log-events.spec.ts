import { Envelope, MemoryEventLog, sha256 } from '#ledger';
import { inTimeOrder, PartitionEvents, type LogEvent } from './log-events.js';

const TOPIC = 'docket.decisions';

/** Two events in each of two partitions, times interleaved; between them a void claim and a void event of an old writer. */
async function writeLog(): Promise<MemoryEventLog> {
  const log = new MemoryEventLog();
  await log.prepare([{ topic: TOPIC, partitions: 2 }]);
  const appender = log.openAppender();
  for (const partition of [0, 1]) {
    const envelope = new Envelope(TOPIC, partition);
    const claim = envelope.encodeClaim({ epoch: 1, nonce: '00'.repeat(16), node: 'n', address: '' }, 0);
    const head = sha256(Buffer.from('0'.repeat(64) + sha256(claim), 'hex'));
    const event = (name: string, sequence: number, prev: string, timeMs: number) =>
      envelope.encodeEvent({ type: `docket.decision.${name}.v1`, subject: 's', data: { tool: name } }, 1, sequence, prev, timeMs);
    const first = event(`First${partition}`, 1, head, 10 + partition);
    const stale = event('Stale', 1, head, 11);
    const second = event(`Second${partition}`, 2, sha256(first), 20 + partition);
    await appender.append([{ topic: TOPIC, partition, records: [claim, first, claim, stale, second].map((value) => ({ key: null, value })) }], 1_000);
  }
  return log;
}

const collect = async (events: AsyncGenerator<LogEvent>) => {
  const all: LogEvent[] = [];
  for await (const event of events) all.push(event);
  return all;
};

describe('events of a log, for people', () => {
  it('come in the order of their times, only the valid ones, each where it stands', async () => {
    const log = await writeLog();
    const events = await collect(inTimeOrder([0, 1].map((partition) => new PartitionEvents(log, { topic: TOPIC, partition }).backlog())));
    expect(events.map(({ data, at }) => `${String(data['tool'])}@${at.partition}/${at.offset}`)).toEqual(['First0@0/1', 'First1@1/1', 'Second0@0/4', 'Second1@1/4']);
    expect(JSON.parse(Buffer.from(events[0]!.value).toString('utf8'))).toMatchObject({ specversion: '1.0', type: 'docket.decision.First0.v1' });
  });

  it('go on where the backlog ended, until they are stopped', async () => {
    const log = await writeLog();
    const reader = new PartitionEvents(log, { topic: TOPIC, partition: 0 });
    const last = (await collect(reader.backlog())).at(-1)!;
    const stop = new AbortController();
    const following = reader.follow(stop.signal);
    const next = following.next();
    const value = new Envelope(TOPIC, 0).encodeEvent({ type: 'docket.decision.Third.v1', subject: 's', data: {} }, 1, 3, last.at.hash, 30);
    await log.openAppender().append([{ topic: TOPIC, partition: 0, records: [{ key: null, value }] }], 1_000);
    expect((await next).value).toMatchObject({ type: 'docket.decision.Third.v1', at: { offset: 5, sequence: 3 } });
    stop.abort();
    expect((await following.next()).done).toBe(true);
  });
});
