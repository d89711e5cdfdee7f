import type { ToolView } from '#registry';
import { risksOf } from '../../registry/registry.tools.js';
import { KnownRisks } from './known-risks.js';

function view(tool: string, description: string, isObserved = true): ToolView {
  const text = JSON.stringify({ name: tool, description, inputSchema: { type: 'object' } });
  return { record: { tool }, state: 'approved', approvedText: text, observedText: isObserved ? text : undefined } as unknown as ToolView;
}

it('tells what the rules say, and asks them again only when a definition has changed', () => {
  let told = 0;
  const known = new KnownRisks((views) => {
    told += 1;
    return risksOf(views);
  });
  const tools = (): ToolView[] => [view('delete_account', 'Deletes it.'), view('get_note', 'Reads it.', false)];
  const first = known.of('default', 'shop', tools());
  expect(first).toEqual(risksOf(tools()));
  expect(first.get('delete_account')?.riskClass).toBe('destructive');
  expect([known.of('default', 'shop', tools()), told]).toEqual([first, 1]);
  // Siblings are evidence: another one is reason enough.
  known.of('default', 'shop', [...tools(), view('pay', 'Pays.')]);
  known.of('default', 'shop', [view('delete_account', 'Deletes it at once.'), view('get_note', 'Reads it.')]);
  expect(told).toBe(3);
  known.of('default', 'other', tools());
  known.of('other', 'shop', tools());
  expect(told).toBe(5);
});

it('keeps those of 64 servers, the ones that were asked for last', () => {
  let told = 0;
  const known = new KnownRisks(() => {
    told += 1;
    return new Map();
  });
  for (let n = 0; n < 65; n += 1) {
    known.of('default', `server-${n}`, []);
    known.of('default', 'server-0', []);
  }
  expect(told).toBe(65);
  known.of('default', 'server-1', []);
  expect(told).toBe(66);
});
