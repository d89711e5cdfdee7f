import type { Issuer } from '#access-token';
import { NO_TRACE, Secret } from '#platform';
import type { SpanFacts, TraceContext, Tracing } from '#platform';
import type { MintRequest, MintResult, TokenIssuer } from './issuer.js';
import { tracedIssuers } from './traced-issuers.js';

const CURRENT: TraceContext = { ...NO_TRACE, traceparent: '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01' };

async function minted(result: MintResult): Promise<unknown[]> {
  const seen: unknown[] = [];
  const open = (name: string, role: string, parent: TraceContext, facts: SpanFacts) => ({ context: NO_TRACE, end: (more: SpanFacts = {}, failure?: string) => void seen.push({ name, role, parent, facts: { ...facts, ...more }, failure }) });
  const issuer: TokenIssuer = { mint: async () => result };
  const issuers = tracedIssuers({ 'partner-secret': issuer } as Record<Issuer, TokenIssuer>, { current: CURRENT, open } as unknown as Tracing);
  expect(await issuers['partner-secret'].mint({} as MintRequest)).toBe(result);
  expect(issuers['partner-secret'].revoke).toBeUndefined();
  return seen;
}

test('a mint is a span of the call that it is made for, and says nothing of the token', async () => {
  const claims = {} as Extract<MintResult, { kind: 'minted' }>['claims'];
  expect(await minted({ kind: 'minted', token: new Secret('canary'), claims, responseDateMs: undefined, refreshInMs: null, renewedSecret: null })).toEqual([
    { name: 'mint', role: 'client', parent: CURRENT, facts: { 'docket.issuer': 'partner-secret' }, failure: undefined },
  ]);
});

test('one that fails says how, and not what the issuer wrote', async () => {
  const seen = await minted({ kind: 'failed', failure: { class: 'permanent', code: 'invalid_client', status: 401 }, retryAfterMs: null, detail: 'canary' });
  expect(seen).toEqual([{
    name: 'mint', role: 'client', parent: CURRENT, failure: 'invalid_client', facts: { 'docket.issuer': 'partner-secret', 'docket.failure.class': 'permanent', 'http.response.status_code': 401 },
  }]);
});
