import { DECISION_SERVICE, packageDefinition, REGISTRY_SERVICE } from '#contracts';
import { method } from './proto-json.js';

interface MethodDefinition {
  requestDeserialize(bytes: Buffer): Record<string, unknown>;
  responseSerialize(message: object): Buffer;
}
const definitions = (service: string) => packageDefinition[service] as unknown as Record<string, MethodDefinition>;

describe('the JSON form of the protos', () => {
  it('prints durations, times, bytes and 64-bit integers as proto JSON does, with defaults in place', () => {
    const bytes = definitions(DECISION_SERVICE)['Decide']!.responseSerialize({
      callId: 'c', verdict: 'RATE_LIMITED', retryAfter: { seconds: 12, nanos: 300_000_000 }, decidedAt: { seconds: 1_700_000_000, nanos: 0 },
      receipt: { topic: 'docket.decisions', partition: 0, offset: 9_007_199_254_740_991, hash: Buffer.from([1, 2, 255]) },
      limits: [{ rule: '/tools/t/limits/0', limit: '60', used: '60', remaining: '0', resetsAt: { seconds: 1_700_000_040, nanos: 0 }, refused: true }],
    });
    expect(method(DECISION_SERVICE, 'Decide').decode(bytes)).toEqual({
      callId: 'c', verdict: 'RATE_LIMITED', wouldBe: 'VERDICT_UNSPECIFIED', rule: '', message: '', retryAfter: '12.300s', policyId: '', policyVersion: '',
      approvalId: '', replayed: false, grantId: '', decidedAt: '2023-11-14T22:13:20Z', steps: [], dryRun: false,
      receipt: { topic: 'docket.decisions', partition: 0, offset: '9007199254740991', hash: 'AQL/' },
      limits: [{ rule: '/tools/t/limits/0', counter: '', scope: '', window: '', sliding: false, limit: '60', used: '60', remaining: '0', resetsAt: '2023-11-14T22:14:00Z', refused: true }],
    });
  });

  it('sends what the service reads', () => {
    const sent = method(DECISION_SERVICE, 'Decide').encode({ callId: 'c', tool: 't', arguments: Buffer.from('{"a":1}').toString('base64'), dryRun: true });
    expect(definitions(DECISION_SERVICE)['Decide']!.requestDeserialize(sent)).toMatchObject({ callId: 'c', tool: 't', arguments: Buffer.from('{"a":1}'), dryRun: true, grant: '' });
    const expiring = method(REGISTRY_SERVICE, 'IssueGrant').encode({ serverId: 's', expiresAt: '2023-11-14T22:13:20.5Z' });
    expect(definitions(REGISTRY_SERVICE)['IssueGrant']!.requestDeserialize(expiring)).toMatchObject({ serverId: 's', expiresAt: { seconds: 1_700_000_000, nanos: 500_000_000 } });
  });

  it.each([DECISION_SERVICE, REGISTRY_SERVICE])('knows every method of %s', (service) => {
    const names = Object.keys(definitions(service));
    expect(names.length).toBeGreaterThan(5);
    for (const name of names) expect(method(service, name).decode(Buffer.alloc(0))).toBeDefined();
  });
});
