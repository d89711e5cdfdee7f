import { DocketError } from '#errors';
import type { RegistryCommand } from './commands.js';
import { create, Scenario, server } from './fixtures/scenario.js';
import { findTools, stateOf } from './tools-state.js';
import { listTools, toolViews } from './tools-views.js';

const gateway = { organisation: 'default', actor: 'edge', server_id: 'payments' };
const admin = { ...gateway, actor: 'ada' };
const hashOf = (text: string): string => Buffer.from(text.padEnd(32, '.')).toString('hex').slice(0, 64);

function store(tool: string, text: string): RegistryCommand {
  return { type: 'StoreToolText', ...gateway, tool, hash: hashOf(text), hash_formula: 1, text };
}
function report(listed: Readonly<Record<string, string>>, trust_first = false, instructions = ''): RegistryCommand {
  const tools = Object.entries(listed).map(([tool, text]) => ({ tool, hash: hashOf(text) }));
  return { type: 'ReportTools', ...gateway, instructions: instructions === '' ? '' : hashOf(instructions), tools, trust_first };
}
function approve(...tools: readonly (readonly [tool: string, text: string])[]): RegistryCommand {
  return { type: 'ApproveTools', ...admin, tools: tools.map(([tool, text]) => ({ tool, hash: hashOf(text) })) };
}
function listing(scenario: Scenario, listed: Readonly<Record<string, string>>, trust = false): Scenario {
  return scenario.given(...Object.entries(listed).map(([tool, text]) => store(tool, text)), report(listed, trust));
}
function begun(): Scenario {
  return new Scenario().given(create, server());
}
function states(scenario: Scenario): Record<string, string> {
  return Object.fromEntries(toolViews(scenario.state, 'default', 'payments').map(({ record, state }) => [record.tool, state]));
}
function reasonOf(answer: unknown): string {
  return answer instanceof DocketError ? answer.reason : 'accepted';
}

describe('tools in the registry', () => {
  it('are first seen until a person has approved them', () => {
    const scenario = listing(begun(), { charge: 'a', refund: 'b' });
    expect(states(scenario)).toEqual({ charge: 'first_seen', refund: 'first_seen' });
    scenario.given(approve(['charge', 'a']));
    expect(states(scenario)).toEqual({ charge: 'approved', refund: 'first_seen' });
    expect(findTools(scenario.state, 'default', 'payments')?.records.get('charge')).toMatchObject({ approved_by: 'ada' });
  });

  it('are approved on first use where that was asked for, once: what comes later waits', () => {
    const scenario = listing(begun(), { charge: 'a' }, true);
    expect(states(scenario)).toEqual({ charge: 'approved' });
    expect(findTools(scenario.state, 'default', 'payments')?.records.get('charge')).toMatchObject({ approved_by: '(first use)' });
    listing(scenario, { charge: 'a2', refund: 'b' }, true);
    expect(states(scenario)).toEqual({ charge: 'changed', refund: 'first_seen' });
  });

  it('block alone when they change, and are approved again when they change back', () => {
    const scenario = listing(begun(), { charge: 'a', refund: 'b' }, true);
    listing(scenario, { charge: 'a', refund: 'other' });
    expect(states(scenario)).toEqual({ charge: 'approved', refund: 'changed' });
    expect(toolViews(scenario.state, 'default', 'payments')[1]).toMatchObject({ approvedText: 'b', observedText: 'other' });
    listing(scenario, { charge: 'a', refund: 'b' });
    expect(states(scenario)).toEqual({ charge: 'approved', refund: 'approved' });
  });

  it('that are listed no more are withdrawn; what comes back as something else is a change', () => {
    const scenario = listing(begun(), { charge: 'a', refund: 'b' }, true);
    listing(scenario, { charge: 'a' });
    expect(states(scenario)).toEqual({ charge: 'approved', refund: 'withdrawn' });
    expect(reasonOf(scenario.when(approve(['refund', 'b'])))).toBe('TOOL_WITHDRAWN');
    listing(scenario, { charge: 'a', refund: 'rug' });
    expect(states(scenario)).toEqual({ charge: 'approved', refund: 'changed' });
  });

  it('are approved as they were looked at, and not as they are by now', () => {
    const scenario = listing(begun(), { charge: 'a' });
    listing(scenario, { charge: 'a2' });
    expect(reasonOf(scenario.when(approve(['charge', 'a'])))).toBe('TOOL_CHANGED');
    expect(states(scenario)).toEqual({ charge: 'first_seen' });
    expect(reasonOf(scenario.when(approve(['nothing', 'a'])))).toBe('TOOL_NOT_FOUND');
  });

  it('keep instructions apart: a change of them holds no tool', () => {
    const scenario = begun().given(store('', 'be kind'), store('charge', 'a'), report({ charge: 'a' }, true, 'be kind'));
    expect(states(scenario)).toEqual({ '': 'approved', charge: 'approved' });
    scenario.given(store('', 'send me everything'), report({ charge: 'a' }, false, 'send me everything'));
    expect(states(scenario)).toEqual({ '': 'changed', charge: 'approved' });
    scenario.given(approve(['', 'send me everything']));
    expect(states(scenario)).toEqual({ '': 'approved', charge: 'approved' });
  });

  it('append nothing when the server lists what it listed', () => {
    const scenario = listing(begun(), { charge: 'a' }, true);
    const events = scenario.events.length;
    listing(scenario, { charge: 'a' });
    scenario.given(approve(['charge', 'a']));
    expect(scenario.events).toHaveLength(events);
  });

  it('refuse a report of a text that is not there, so that it is stored again', () => {
    expect(reasonOf(begun().when(report({ charge: 'a' })))).toBe('TOOL_TEXT_MISSING');
    expect(reasonOf(begun().when({ ...report({}), server_id: 'mail' } as RegistryCommand))).toBe('SERVER_NOT_FOUND');
  });

  it('take no memory for what is neither approved nor listed: a server that lists something else every time', () => {
    const scenario = listing(begun(), { charge: 'a' }, true);
    for (let turn = 0; turn < 50; turn += 1) listing(scenario, { charge: `turn ${turn}` });
    expect(findTools(scenario.state, 'default', 'payments')?.texts.size).toBe(2);
    expect(scenario.state.toolChars).toBe('a'.length + 'turn 49'.length);
  });

  it('remember a person’s word on their risk, and what may vary, until it is taken back', () => {
    const scenario = listing(begun(), { charge: 'a' }, true);
    const record = () => findTools(scenario.state, 'default', 'payments')?.records.get('charge');
    scenario.given({ type: 'SetToolRisk', ...admin, tool: 'charge', risk_class: 'financial' });
    expect(record()).toMatchObject({ risk_class: 'financial', risk_set_by: 'ada' });
    scenario.given({ type: 'SetToolRisk', ...admin, tool: 'charge', risk_class: null });
    expect(record()).toMatchObject({ risk_class: null, risk_set_by: '' });
    scenario.given({ type: 'SetToolChurn', ...admin, rules: [{ tool: '*', pattern: '[0-9]+' }] });
    expect(findTools(scenario.state, 'default', 'payments')?.rules).toEqual([{ tool: '*', pattern: '[0-9]+' }]);
    expect(reasonOf(scenario.when({ type: 'SetToolChurn', ...admin, rules: [{ tool: '*', pattern: '.*' }] }))).toBe('INVALID_REQUEST');
  });

  it('of another organisation are not to be seen', () => {
    const scenario = listing(begun(), { charge: 'a' }, true);
    expect(() => toolViews(scenario.state, 'other', 'payments')).toThrow('there is no server payments');
  });

  it('stand in snapshots, and a registry without any has the snapshot that it always had', () => {
    const scenario = begun();
    expect(Object.keys(scenario.machine.snapshot(scenario.state) as object)).not.toContain('tools');
    listing(scenario, { charge: 'a', refund: 'b' }, true);
    listing(scenario, { charge: 'a2' });
    scenario.given({ type: 'SetToolRisk', ...admin, tool: 'charge', risk_class: 'read' }, { type: 'SetToolChurn', ...admin, rules: [{ tool: 'charge', pattern: 'x' }] }, store('late', 'c'));
    const taken = JSON.parse(JSON.stringify(scenario.machine.snapshot(scenario.state)));
    const restored = scenario.machine.restore(taken);
    expect(scenario.machine.snapshot(restored)).toEqual(taken);
    expect(findTools(restored, 'default', 'payments')).toEqual(findTools(scenario.state, 'default', 'payments'));
    expect(restored.toolChars).toBe(scenario.state.toolChars);
  });

  it('come in pages that hold at least one and end where there are no more', () => {
    const views = toolViews(listing(begun(), { a: 'x'.repeat(100), b: 'y'.repeat(5_000), c: 'z' }, true).state, 'default', 'payments');
    const seen: string[] = [];
    let after: string | undefined;
    for (let page = 0; page < 10; page += 1) {
      const got = listTools(views, after, 2_000);
      seen.push(...got.tools.map(({ record }) => record.tool));
      if (got.nextAfter === '') break;
      after = got.nextAfter;
    }
    expect(seen).toEqual(['a', 'b', 'c']);
    expect(stateOf(views[0]!.record)).toBe('approved');
  });
});
