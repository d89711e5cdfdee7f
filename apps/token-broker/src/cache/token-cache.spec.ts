import { DocketError } from '#errors';
import { Secret } from '#platform';
import { FakeRuntime, settled } from '../fixtures/fake-runtime.fixture.js';
import { TokenCache, type Ask, type CacheEvent, type ServedToken, type SourcedToken, type TokenCacheOptions } from './token-cache.js';

let runtime: FakeRuntime;
let asked: (Ask & { readonly key: string })[];
let events: CacheEvent[];
let generation: number;
/** What the next mints take; undefined: they wait until `land` is called. */
let landings: { readonly resolve: (token: SourcedToken) => void; readonly reject: (error: unknown) => void }[];
let heardMs: number | undefined;

beforeEach(() => {
  runtime = new FakeRuntime();
  asked = [];
  events = [];
  landings = [];
  generation = 0;
  heardMs = undefined;
});

const token = (lifeMs = 60_000, fields: Partial<SourcedToken> = {}): SourcedToken => {
  generation = Math.max(generation + 1, fields.generation ?? 0);
  return { token: new Secret(`token ${generation}`), generation, softInMs: lifeMs * 2 / 3, hardInMs: lifeMs * 0.9, expiresInMs: lifeMs, lifeMs, ...fields };
};

function cache(options: Partial<TokenCacheOptions> = {}): TokenCache {
  return new TokenCache({
    runtime, random: () => 0.5, lastHeardMs: () => heardMs ?? runtime.monotonicMs(), onEvent: (event) => events.push(event),
    source: (key, ask) => {
      asked.push({ key, ...ask });
      return new Promise((resolve, reject) => landings.push({ resolve, reject }));
    },
    ...options,
  });
}

async function land(sourced: SourcedToken = token()): Promise<void> {
  landings.shift()!.resolve(sourced);
  await settled();
}

async function crash(error: unknown): Promise<void> {
  landings.shift()!.reject(error);
  await settled();
}

const ill = (retryAfterMs?: number): DocketError => new DocketError('unavailable', { reason: 'ISSUER_UNAVAILABLE', message: 'ill', ...(retryAfterMs !== undefined && { retryAfterMs }) });
const generationOf = async (got: ServedToken | Promise<ServedToken>): Promise<number> => (await got).generation;
const errorOf = (got: ServedToken | Promise<ServedToken>): Promise<DocketError> => Promise.resolve(got).then(() => { throw new Error('expected an error'); }, (error: DocketError) => error);

async function warm(target: TokenCache, lifeMs = 60_000): Promise<void> {
  const got = target.get('k');
  await land(token(lifeMs));
  await got;
}

test('a mint is wanted because of a rejection only where one was reported; after a revocation a token is missing', async () => {
  const target = cache();
  await warm(target);
  target.end('k', 1);
  void target.get('k');
  await land();
  void target.get('k', { rejectedGeneration: 2 });
  expect(asked.slice(1)).toEqual([{ key: 'k', knownGeneration: 1, reason: 'missing' }, { key: 'k', knownGeneration: 2, reason: 'rejected' }]);
});

test('10,000 cold callers ask once, and all get the same token as soon as it is there', async () => {
  const target = cache();
  const callers = Array.from({ length: 10_000 }, () => target.get('k'));
  const minting = runtime.monotonicMs();
  const served: ServedToken[] = [];
  for (const caller of callers) void Promise.resolve(caller).then((one) => served.push(one));
  // One turn of the event loop after the mint has landed: nobody waits for a timer, and nobody for another caller.
  await land();
  expect(served).toHaveLength(10_000);
  expect(runtime.monotonicMs()).toBe(minting);
  const all = await Promise.all(callers);
  expect(asked).toHaveLength(1);
  expect(new Set(all.map((one) => one.token)).size).toBe(1);
  expect(runtime.timers).toBe(0);
});

test('a fresh token is answered at once, without asking and without a promise', async () => {
  const target = cache();
  await warm(target);
  const got = target.get('k');
  expect(got).not.toBeInstanceOf(Promise);
  expect(got).toMatchObject({ generation: 1, expiresInMs: 60_000 });
  expect(asked).toHaveLength(1);
});

test('in the soft window callers get the cached token at once while exactly one refresh runs behind them', async () => {
  const target = cache();
  await warm(target);
  await runtime.advance(41_000);
  for (let n = 0; n < 1_000; n += 1) expect(target.get('k')).toMatchObject({ generation: 1 });
  expect(asked.slice(1)).toEqual([{ key: 'k', knownGeneration: 1, reason: 'soft' }]);
  await land();
  expect(target.get('k')).toMatchObject({ generation: 2 });
});

test('a cached read waits for nothing, in the soft window too: no promise, no timer, no question but the one refresh', async () => {
  const target = cache();
  await warm(target);
  for (const [atMs, questions] of [[10_000, 1], [31_000, 2]] as const) {
    await runtime.advance(atMs);
    for (let n = 0; n < 2_000; n += 1) expect(target.get('k')).not.toBeInstanceOf(Promise);
    expect(asked).toHaveLength(questions);
    expect(runtime.timers).toBe(0);
  }
});

test('a failed refresh in the soft window reaches no caller, is no unhandled rejection, and is not repeated before its time', async () => {
  const unhandled: unknown[] = [];
  const listen = (reason: unknown): void => void unhandled.push(reason);
  process.on('unhandledRejection', listen);
  const target = cache();
  await warm(target);
  await runtime.advance(41_000);
  target.get('k');
  await crash(ill(5_000));
  expect(target.get('k')).toMatchObject({ generation: 1 });
  await runtime.advance(4_999);
  target.get('k');
  expect(asked).toHaveLength(2);
  await runtime.advance(1);
  target.get('k');
  expect(asked).toHaveLength(3);
  expect(events.filter((event) => event === 'refresh_failed')).toHaveLength(1);
  process.off('unhandledRejection', listen);
  expect(unhandled).toEqual([]);
});

test('in the hard window callers wait for the one refresh, and nobody gets the old token', async () => {
  const target = cache();
  await warm(target);
  await runtime.advance(54_000);
  const callers = Array.from({ length: 20 }, () => target.get('k'));
  expect(asked.slice(1)).toEqual([{ key: 'k', knownGeneration: 1, reason: 'hard' }]);
  await land();
  expect(await Promise.all(callers.map(generationOf))).toEqual(Array.from({ length: 20 }, () => 2));
});

test('a waiter gives up after 5 s, and one that goes away does not end what the others wait for', async () => {
  const target = cache();
  const gone = new AbortController();
  const [aborted, patient] = [errorOf(target.get('k', { signal: gone.signal })), errorOf(target.get('k'))];
  gone.abort();
  expect(await aborted).toMatchObject({ kind: 'deadline_exceeded', reason: 'CALLER_GONE' });
  await runtime.advance(5_000);
  expect(await patient).toMatchObject({ kind: 'deadline_exceeded', reason: 'TOKEN_WAIT' });
  const late = target.get('k');
  await land();
  expect(await generationOf(late)).toBe(1);
  expect(asked).toHaveLength(1);
});

test('a caller that is gone before it asks is told so, and the token is fetched for the next one', async () => {
  const target = cache();
  expect(await errorOf(target.get('other', { signal: AbortSignal.abort() }))).toMatchObject({ reason: 'CALLER_GONE' });
  await crash(ill());
  expect(await errorOf(target.get('k', { signal: AbortSignal.abort() }))).toMatchObject({ reason: 'CALLER_GONE' });
  expect(runtime.timers).toBe(1);
  await land();
  expect(runtime.timers).toBe(0);
  expect(target.get('k')).toMatchObject({ generation: 1 });
});

test('between two tries callers fail at once, with the last error and the time that is left', async () => {
  const target = cache();
  const first = errorOf(target.get('k'));
  await crash(ill(10_000));
  expect(await first).toMatchObject({ reason: 'ISSUER_UNAVAILABLE' });
  await runtime.advance(4_000);
  expect(await errorOf(target.get('k'))).toMatchObject({ reason: 'ISSUER_UNAVAILABLE', retryAfterMs: 6_000 });
  expect(asked).toHaveLength(1);
  await runtime.advance(6_000);
  const next = target.get('k');
  await land();
  expect(await generationOf(next)).toBe(1);
});

test('where nothing helps for minutes callers are told so, though the source is asked anew after one', async () => {
  const target = cache();
  const first = errorOf(target.get('k'));
  await crash(ill(300_000));
  await first;
  await runtime.advance(59_000.25);
  expect(await errorOf(target.get('k'))).toMatchObject({ retryAfterMs: 241_000 });
  expect(asked).toHaveLength(1);
  await runtime.advance(1_000);
  const next = errorOf(target.get('k'));
  await crash(ill(239_999));
  await next;
  expect(asked).toHaveLength(2);
});

test('a changed secret or an operator ends the waiting', async () => {
  const target = cache();
  const first = errorOf(target.get('k'));
  await crash(ill(60_000));
  await first;
  target.forgive('k');
  const next = target.get('k');
  expect(asked).toHaveLength(2);
  await land();
  expect(await generationOf(next)).toBe(1);
});

test('500 stragglers with a rejected token over 300 ms ask once, and all get the new one', async () => {
  const target = cache();
  await warm(target);
  const got: (ServedToken | Promise<ServedToken>)[] = [];
  for (let n = 0; n < 500; n += 1) {
    got.push(target.get('k', { rejectedGeneration: 1 }));
    if (n === 100) await land();
    if (n % 5 === 0) await runtime.advance(3);
  }
  expect(asked.slice(1)).toEqual([{ key: 'k', knownGeneration: 1, reason: 'rejected' }]);
  expect(new Set(await Promise.all(got.map(generationOf)))).toEqual(new Set([2]));
});

test('a token that is revoked while it is fetched is not served: the next one is', async () => {
  const target = cache();
  const got = target.get('k');
  target.end('k', 1);
  await land();
  expect(asked).toHaveLength(2);
  await land();
  expect(await generationOf(got)).toBe(2);
});

test('an ended token is not served again, not even when it is heard of late or the issuer is ill', async () => {
  const target = cache({ isStable: () => true });
  await warm(target);
  target.end('k', 1);
  target.put('k', token(60_000, { generation: 1, token: new Secret('old') }));
  const got = errorOf(target.get('k'));
  await crash(ill());
  expect(await got).toMatchObject({ reason: 'ISSUER_UNAVAILABLE' });
});

test('a rejection of a generation that never was harms its caller only', async () => {
  const target = cache();
  await warm(target);
  const got = errorOf(target.get('k', { rejectedGeneration: 1_000 }));
  expect(asked[1]).toEqual({ key: 'k', knownGeneration: 1_000, reason: 'rejected' });
  await crash(new DocketError('invalid_argument', { reason: 'UNKNOWN_GENERATION', message: 'never was' }));
  expect(await got).toMatchObject({ reason: 'UNKNOWN_GENERATION' });
  expect(target.get('k')).toMatchObject({ generation: 1 });
});

test('a newer token that was heard of is served, an older one never takes its place', async () => {
  const target = cache();
  await warm(target);
  target.put('k', token(60_000, { generation: 5 }));
  target.put('k', token(60_000, { generation: 4, token: new Secret('older') }));
  expect(target.get('k')).toMatchObject({ generation: 5 });
});

test('with the issuer ill the old token is served until the hard margin, and not after', async () => {
  const target = cache();
  await warm(target);
  await runtime.advance(53_999);
  expect(target.get('k')).toMatchObject({ generation: 1, expiresInMs: 6_001 });
  await crash(ill(1));
  await runtime.advance(1);
  const got = errorOf(target.get('k'));
  await crash(ill());
  expect(await got).toMatchObject({ reason: 'ISSUER_UNAVAILABLE' });
});

test('a connection that opted in is served up to 10 minutes past the end while the issuer is ill, and no longer', async () => {
  const target = cache({ isStable: () => true });
  await warm(target);
  await runtime.advance(60_000 + 449_000);
  const got = target.get('k');
  await crash(ill());
  expect(await got).toMatchObject({ generation: 1, expiresInMs: -449_000 });
  expect(events).toContain('stale');
  await runtime.advance(2_000);
  const over = errorOf(target.get('k'));
  await crash(ill());
  expect(await over).toMatchObject({ reason: 'ISSUER_UNAVAILABLE' });
});

test('while the issuer hangs, a connection that opted in is served the old token: the first caller when its patience ends, the others at once', async () => {
  const target = cache({ isStable: () => true });
  await warm(target);
  await runtime.advance(61_000);
  const first = target.get('k') as Promise<ServedToken>;
  await runtime.advance(5_000);
  expect(await first).toMatchObject({ generation: 1, expiresInMs: -6_000 });
  expect(target.get('k')).toMatchObject({ generation: 1 });
  expect(asked).toHaveLength(2);
  await land();
  expect(await target.get('k')).toMatchObject({ generation: 2 });
});

test('an issuer that refuses is not ill: no stale token for it', async () => {
  const target = cache({ isStable: () => true });
  await warm(target);
  await runtime.advance(61_000);
  const got = errorOf(target.get('k'));
  await crash(new DocketError('failed_precondition', { reason: 'CONNECTION_BROKEN', message: 'refused' }));
  expect(await got).toMatchObject({ reason: 'CONNECTION_BROKEN' });
});

test('with the log out of hearing cached tokens are served 60 s more, fresh as they may be', async () => {
  const target = cache();
  await warm(target, 3_600_000);
  heardMs = runtime.monotonicMs();
  await runtime.advance(60_000);
  expect(target.get('k')).toMatchObject({ generation: 1 });
  await runtime.advance(1);
  const got = errorOf(target.get('k'));
  await crash(ill());
  expect(await got).toMatchObject({ kind: 'unavailable' });
  heardMs = undefined;
  expect(target.get('k')).toMatchObject({ generation: 1 });
});

test('holds the most recently used entries and no more, and never drops one that is being fetched', async () => {
  const target = cache({ entriesMax: 3 });
  const flying = target.get('flying');
  for (let n = 0; n < 10; n += 1) target.put(`k${n}`, token());
  expect(target.size).toBe(3);
  expect(target.get('k9')).not.toBeInstanceOf(Promise);
  expect(target.get('k8')).not.toBeInstanceOf(Promise);
  target.put('k10', token());
  expect(target.get('k8')).not.toBeInstanceOf(Promise);
  await land();
  expect(await flying).toBeDefined();
  expect(asked).toHaveLength(1);
  expect(target.get('flying')).not.toBeInstanceOf(Promise);
});

test('holds 8,192 entries unless told otherwise', () => {
  const target = cache();
  for (let n = 0; n < 9_000; n += 1) target.put(`k${n}`, token());
  expect(target.size).toBe(8_192);
  expect(events.filter((event) => event === 'evicted')).toHaveLength(9_000 - 8_192);
});

test('a flight that has landed is gone, and its landing does not end a newer one', async () => {
  const target = cache();
  await warm(target);
  await runtime.advance(41_000);
  target.get('k');
  await runtime.advance(30_000);
  // The soft refresh is still on its way; the callers of the hard window join it instead of asking again.
  const joined = target.get('k');
  expect(asked).toHaveLength(2);
  await land();
  expect(await generationOf(joined)).toBe(2);
  const next = target.get('k', { rejectedGeneration: 2 });
  expect(asked).toHaveLength(3);
  const also = target.get('k');
  expect(asked).toHaveLength(3);
  await land();
  expect([await generationOf(next), await generationOf(also)]).toEqual([3, 3]);
});

test('a flight that a waiter begins at the very moment the one before lands is not ended by that landing: all who come join it', async () => {
  const target = cache();
  const first = target.get('k');
  // What the first flight brings has ended before it lands: its waiter begins the next one at once.
  target.end('k', 1);
  await land();
  expect(asked).toHaveLength(2);
  const joined = [target.get('k'), target.get('k'), target.get('k', { rejectedGeneration: 1 })];
  await settled();
  expect(asked).toHaveLength(2);
  await land();
  expect(await Promise.all([first, ...joined].map(generationOf))).toEqual([2, 2, 2, 2]);
});

test.each(['lands', 'fails', 'is given up by all its callers'])('a flight that %s leaves nothing behind: the next caller after it asks anew', async (how) => {
  const target = cache();
  const gone = new AbortController();
  const got = Promise.resolve(target.get('k', { signal: gone.signal })).catch(() => undefined);
  if (how === 'is given up by all its callers') gone.abort();
  await (how === 'fails' ? crash(ill(1)) : land(token(60_000, { softInMs: 0, hardInMs: 0 })));
  await got;
  await runtime.advance(2_000);
  void Promise.resolve(target.get('k')).catch(() => undefined);
  expect(asked).toHaveLength(2);
  await land();
  expect(await generationOf(target.get('k'))).toBe(generation);
});

test('an error that is none of ours tells callers nothing of what it holds', async () => {
  const target = cache();
  const got = errorOf(target.get('k'));
  await crash(new Error('canary'));
  expect(await got).toMatchObject({ kind: 'internal', reason: 'TOKEN_SOURCE_FAILED' });
  expect((await got).message).not.toContain('canary');
  expect((await got).cause).toBeUndefined();
});
