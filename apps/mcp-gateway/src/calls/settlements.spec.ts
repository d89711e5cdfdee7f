import { jest } from '@jest/globals';
import type { Outcome } from '#client';
import { createLogger, Secret } from '#platform';
import { Settlements } from './settlements.js';

const grant = new Secret('dg_of_the_spec');

describe('outcomes of calls', () => {
  let sent: string[];
  let failed: number;
  let settlements: Settlements;
  beforeEach(() => {
    jest.useFakeTimers();
    [sent, failed] = [[], 0];
    const settle = async ({ callId, outcome }: { callId: string; outcome: Outcome }): Promise<void> => {
      sent.push(`${callId} ${outcome}`);
      if (callId === 'bad') throw new Error('planted');
    };
    settlements = new Settlements({ docket: { settle } as never, logger: createLogger({ level: 'silent', app: 'spec' }), onFailed: () => { failed += 1; } });
  });
  afterEach(() => jest.useRealTimers());
  const settle = (callId: string, outcome: Outcome): void => void settlements.settle({ grant, callId, outcome });

  it('that may give quota back are reported at once', () => {
    settle('a', 'FAILED');
    settle('b', 'NOT_SENT');
    expect(sent).toEqual(['a FAILED', 'b NOT_SENT']);
  });

  it('that give nothing back go with the next call that is decided', () => {
    settle('a', 'SUCCEEDED');
    settle('b', 'UNKNOWN');
    expect(sent).toEqual([]);
    settlements.release();
    expect(sent).toEqual(['a SUCCEEDED', 'b UNKNOWN']);
    settlements.release();
    expect(sent).toHaveLength(2);
  });

  it('go by themselves where no call comes soon, once', () => {
    settle('a', 'SUCCEEDED');
    jest.advanceTimersByTime(49);
    expect(sent).toEqual([]);
    jest.advanceTimersByTime(1);
    expect(sent).toEqual(['a SUCCEEDED']);
    jest.advanceTimersByTime(1_000);
    expect(sent).toHaveLength(1);
  });

  it('are never held in great number', () => {
    for (let n = 0; n < 1_000; n += 1) settle(String(n), 'SUCCEEDED');
    expect(sent.length).toBeGreaterThan(700);
  });

  it('are all reported before the gateway ends, and one that cannot be is counted', async () => {
    settle('bad', 'SUCCEEDED');
    settle('b', 'SUCCEEDED');
    await settlements.drained();
    expect([sent, failed]).toEqual([['bad SUCCEEDED', 'b SUCCEEDED'], 1]);
  });
});
