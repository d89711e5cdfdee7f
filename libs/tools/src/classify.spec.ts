import fc from 'fast-check';
import { classifyTools, readDefinition, RISK_CLASSES, SEVERITY_OF, type RiskAssessment } from './index.js';

const tool = (name: string, more: object = {}) => readDefinition(JSON.stringify({ name, inputSchema: { type: 'object' }, ...more }));
const args = (...names: string[]) => ({ inputSchema: { type: 'object', properties: Object.fromEntries(names.map((name) => [name, { type: 'string' }])) } });
function assess(name: string, more: object = {}, siblings: readonly string[] = []): RiskAssessment {
  return classifyTools([tool(name, more), ...siblings.map((one) => tool(one))]).get(name)!;
}

describe('the risk class of a tool', () => {
  it.each([
    ['getUserById', 'read'], ['list-orders', 'read'], ['search_files', 'read'], ['directions', 'read'],
    ['create_order_note', 'financial'], ['updateContact', 'write'], ['get_or_create_label', 'write'],
    ['run_query', 'execute'], ['send_email', 'execute'], ['deployService', 'execute'],
    ['deleteUser', 'destructive'], ['db.drop_table', 'destructive'], ['list_and_purge', 'destructive'],
    ['refund_payment', 'financial'], ['create_payment', 'financial'], ['list_payments', 'read'], ['create_price', 'write'],
    ['echo', 'other'], ['wait_for', 'other'],
    ['refresh_access_token', 'execute'], ['get_secret', 'execute'], ['get-env', 'execute'],
  ])('%s: %s, by the words of its name', (name, expected) => {
    const { riskClass, severity, evidence } = assess(name);
    expect([riskClass, severity]).toEqual([expected, SEVERITY_OF[riskClass]]);
    expect(evidence[0]).toMatchObject({ pointer: '/name' });
  });

  it('that nothing is known of is write, with little confidence', () => {
    expect(assess('frobnicate', { description: 'Frobnicates the widget.' })).toMatchObject({
      riskClass: 'write', confidence: 'low', evidence: [{ source: 'default' }], trifecta: { outsideCommunication: true },
    });
  });

  it('is raised by arguments that are run, by an amount of a currency, by a recipient with a message', () => {
    expect(assess('get_rows', args('sql'))).toMatchObject({ riskClass: 'execute', evidence: [{ source: 'schema', pointer: '/inputSchema/properties/sql', quote: 'sql' }, { source: 'name' }] });
    expect(assess('submit_thing', args('amount', 'currency')).riskClass).toBe('financial');
    expect(assess('create_note', args('channel_id', 'text')).riskClass).toBe('execute');
    expect(assess('list_rates', args('amount', 'currency')).riskClass).toBe('read');
  });

  it('is raised by what the description says, with the words quoted, unless it says the opposite', () => {
    expect(assess('update_record', { description: 'Updates it. This cannot be undone.' })).toMatchObject({
      riskClass: 'destructive', evidence: [{ source: 'description', pointer: '/description', quote: 'cannot be undone' }, { source: 'name' }],
    });
    expect(assess('update_record', { description: 'Updates it. It does not permanently delete anything.' }).riskClass).toBe('write');
    expect(assess('get_rid', { description: 'Deletes all records.' }).riskClass).toBe('destructive');
  });

  it('of an association that a sibling puts back is write', () => {
    expect(assess('remove_tag', {}, ['add_tag'])).toMatchObject({ riskClass: 'write', evidence: [{ source: 'siblings' }] });
    expect(assess('remove_tag').riskClass).toBe('destructive');
  });

  it('is never lowered by annotations, and a claim to be harmless is itself a finding', () => {
    const claims = { annotations: { readOnlyHint: true, destructiveHint: false } };
    expect(assess('delete_everything', claims)).toMatchObject({ riskClass: 'destructive', findings: [{ code: 'annotation_contradicts', pointer: '/annotations/readOnlyHint' }] });
    fc.assert(fc.property(fc.constantFrom('delete_x', 'pay_x', 'run_x', 'update_x', 'get_x', 'frobnicate'), fc.dictionary(fc.constantFrom('readOnlyHint', 'destructiveHint', 'openWorldHint', 'idempotentHint'), fc.oneof(fc.boolean(), fc.string())), (name, annotations) => {
      expect(RISK_CLASSES.indexOf(assess(name, { annotations }).riskClass)).toBeGreaterThanOrEqual(RISK_CLASSES.indexOf(assess(name).riskClass));
    }), { numRuns: 200 });
  });

  it('is raised by an annotation that tells one tool from another, and not by one that all have', () => {
    const hint = (destructiveHint: boolean) => ({ annotations: { readOnlyHint: false, destructiveHint } });
    const told = classifyTools([tool('edit_file', hint(true)), tool('create_folder', hint(false))]);
    expect([told.get('edit_file')!.riskClass, told.get('create_folder')!.riskClass]).toEqual(['destructive', 'write']);
    const all = classifyTools([tool('edit_file', hint(true)), tool('create_folder', hint(true))]);
    expect([all.get('edit_file')!.riskClass, all.get('create_folder')!.riskClass]).toEqual(['write', 'write']);
  });

  it('finds text that only models read', () => {
    expect(assess('get_weather', { description: 'The weather.\u{E0049}\u{E0067}\u{E006E}' }).findings).toEqual([expect.objectContaining({ code: 'invisible_characters', message: expect.stringContaining('3 characters') as unknown })]);
  });

  it('is said of anything that is a definition, with evidence for it', () => {
    const text = fc.oneof(fc.string(), fc.constantFrom('Delete all', '__proto__', 'constructor', 'toString', '\u202e'));
    fc.assert(fc.property(fc.stringMatching(/^[A-Za-z0-9_.-]{1,40}$/), text, fc.dictionary(text, fc.constant({ type: 'string' }), { maxKeys: 4, noNullPrototype: true }), (name, description, properties) => {
      const found = assess(name, { description, inputSchema: { type: 'object', properties } });
      expect(RISK_CLASSES).toContain(found.riskClass);
      expect(found.evidence.length).toBeGreaterThan(0);
    }), { numRuns: 300 });
  });
});
