import type { GrantKey } from '#ledger';
import { GRANTS, History } from './random-history.js';

/** A short history in which everything happens once, the same in every run. */
export function toldHistory(keyOf?: (grantId: string) => GrantKey): History {
  const history = new History([], keyOf);
  const { partition } = history;
  const wait = (ms: number): void => { partition.nowMs += ms; };
  history.call({ grant: GRANTS[0], tool: 'plain', args: '{"note":"a \\"quoted\\", long\\nnote","amount":9007199254740993}', session: 's,1', agent: 'assistant' });
  const first = partition.calls.at(-1)!;
  wait(250);
  history.settle(GRANTS[0], first.id, 'SUCCEEDED');
  for (let i = 0; i < 3; i += 1) history.call({ grant: GRANTS[0], tool: 'few', session: 's1' });
  history.settle(GRANTS[0], partition.calls.at(-2)!.id, 'NOT_SENT');
  wait(1_000);
  history.call({ grant: GRANTS[1], tool: 'pay', args: '{"amount":60.5}', principal: 'someone@example.com' });
  history.call({ grant: GRANTS[1], tool: 'pay', args: '{"amount":900}' });
  history.call({ grant: GRANTS[2], tool: 'ask', args: '{"amount":150}' });
  history.resolve(partition.calls.at(-1)!.approval!, 'approve', 'ada');
  wait(60_000);
  history.call({ grant: GRANTS[2], tool: 'ask', args: '{"amount":150}' });
  partition.writer.claim(partition.nowMs);
  partition.writer.late({ type: 'docket.decision.CallDecided.v1', subject: '', data: {} }, partition.nowMs);
  history.call({ grant: GRANTS[0], tool: 'hidden' });
  return history;
}
