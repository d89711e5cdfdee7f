import { Registry } from 'prom-client';
import type { Runtime } from '#ledger';
import { Rivals } from './rivals.js';
import type { Rival } from './rivals.js';

let nowMs: number;
let alarms: Rival[];
let registry: Registry;
let claim: (epoch: number, outcome?: 'effective' | 'void' | 'unknown', partition?: number) => void;

beforeEach(() => {
  nowMs = 0;
  alarms = [];
  registry = new Registry();
  const runtime: Runtime = { wallMs: () => 0, monotonicMs: () => nowMs, after: () => () => {}, randomHex: () => '' };
  const observer = new Rivals(runtime, registry, (alarm) => alarms.push(alarm)).watch({});
  claim = (epoch, outcome = 'effective', partition = 0) => observer.onClaim?.({ topic: 't', partition, epoch, outcome });
});

describe('another process that claims the same partitions', () => {
  it('is an alarm when it does so again and again, and one a minute', async () => {
    [1, 3, 5].forEach((epoch) => claim(epoch));
    expect(alarms).toEqual([]);
    [7, 9, 11].forEach((epoch) => claim(epoch));
    expect(alarms).toEqual([{ kind: 'rival_owner', topic: 't', partition: 0, message: expect.stringContaining('another decider claims the same partitions') }]);
    nowMs = 60_001;
    [13, 15, 17].forEach((epoch) => claim(epoch));
    expect(alarms).toHaveLength(2);
    expect(await registry.metrics()).toContain('docket_rival_claims_total{topic="t"} 8');
  });

  it('is none when one takes all partitions over once, as in a restart', () => {
    for (let partition = 0; partition < 16; partition += 1) claim(7, 'effective', partition);
    for (let partition = 0; partition < 16; partition += 1) claim(9, 'effective', partition);
    expect(alarms).toEqual([]);
  });

  it('is not mistaken for claims of one’s own whose fate was unknown', () => {
    claim(1);
    for (let epoch = 2; epoch < 20; epoch += 3) {
      claim(epoch, 'unknown');
      claim(epoch + 1, 'unknown');
      claim(epoch + 2);
    }
    expect(alarms).toEqual([]);
  });
});
