import fc from 'fast-check';
import { parsePolicy } from '#policy';
import { classifyTools, readDefinition, recommendPolicy, RISK_CLASSES, type RatedTool, type RiskClass } from './index.js';

function rated(names: Readonly<Record<string, RiskClass | undefined>>, description = ''): RatedTool[] {
  const assessed = classifyTools(Object.keys(names).map((name) => readDefinition(JSON.stringify({ name, inputSchema: {}, description }))));
  return Object.entries(names).map(([name, override]) => ({ name, override, assessment: assessed.get(name)! }));
}
const recommended = (tools: RatedTool[]): Record<string, unknown> & { tools: Record<string, Record<string, unknown>> } => JSON.parse(recommendPolicy('shop', tools, 1)) as never;
const perMinute = (tool: string, max: number): object => ({ counter: `${tool}_rate`, window: 'minute', max, scope: 'grant' });

describe('a recommended policy', () => {
  it('gives each class its rule, denies what it does not name, and says why', () => {
    const { tools, ...rest } = recommended(rated({ get_order: undefined, echo: undefined, update_contact: undefined, run_report: undefined, delete_order: undefined, refund_payment: undefined }));
    expect(rest).toMatchObject({ version: '1', default: 'deny', hide: ['delete_order'], 'x-hidden': { delete_order: expect.stringContaining('destructive') as unknown } });
    expect(tools).toEqual({
      get_order: { 'x-why': expect.stringContaining('read (low') as unknown },
      echo: { 'x-why': expect.any(String) as unknown, limits: [perMinute('echo', 60)] },
      update_contact: { 'x-why': expect.stringContaining('/name “update”') as unknown, limits: [perMinute('update_contact', 30)] },
      run_report: { 'x-why': expect.any(String) as unknown, limits: [perMinute('run_report', 10)] },
      refund_payment: { 'x-why': expect.any(String) as unknown, approve_if: [{ conditions: [], message: expect.stringContaining('refund_payment') as unknown }] },
    });
  });

  it('has the seed’s rule for refresh_access_token, whatever its class', () => {
    for (const override of [undefined, ...RISK_CLASSES]) {
      const { tools, hide } = recommended(rated({ refresh_access_token: override }));
      expect(tools).toEqual({ refresh_access_token: { limits: [{ counter: 'refresh_access_token_rate', window: 'minute', max: 60, scope: 'grant' }] } });
      expect(hide).toBeUndefined();
    }
  });

  it('gives as the reason what decided the class, and not all that was said', () => {
    const { tools } = recommended(rated({ create_order: undefined }, 'Places an order. Cannot be undone.'));
    expect(tools['create_order']!['x-why']).toContain('/name “create … order”: changes something about money');
  });

  it('follows a person’s word', () => {
    expect(recommended(rated({ settle_up: 'financial', get_dangerous: 'destructive' }))).toMatchObject({ hide: ['get_dangerous'], tools: { settle_up: { 'x-why': expect.stringContaining('set by an administrator') as unknown, approve_if: expect.anything() as unknown } } });
  });

  it('is a valid policy, whatever the tools are called and say', () => {
    const name = fc.oneof(fc.stringMatching(/^[A-Za-z0-9_.-]{1,128}$/), fc.constantFrom('__proto__', 'constructor', '12', '-', 'a'.repeat(128)));
    fc.assert(fc.property(fc.dictionary(name, fc.option(fc.constantFrom(...RISK_CLASSES), { nil: undefined }), { maxKeys: 8, noNullPrototype: true }), fc.string(), (names, description) => {
      const parsed = parsePolicy(recommendPolicy('shop', rated(names, description), 1));
      expect(parsed.ok ? [] : parsed.problems).toEqual([]);
    }), { numRuns: 150 });
  });

  it('of many tools leaves the reasons out rather than become too large, and more than a policy holds are refused', () => {
    const many = (count: number): RatedTool[] => rated(Object.fromEntries(Array.from({ length: count }, (_, n) => [`update_something_${n}`, undefined])));
    const text = recommendPolicy('shop', many(1_800), 1);
    expect(text).not.toContain('x-why');
    expect(parsePolicy(text).ok).toBe(true);
    expect(() => recommendPolicy('shop', many(2_001), 1)).toThrow('do not fit');
  });
});
