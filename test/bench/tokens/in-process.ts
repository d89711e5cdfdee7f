import { createCipheriv, createDecipheriv, createSecretKey, randomBytes } from 'node:crypto';
import { inspect } from 'node:util';
import { pino } from 'pino';
import { systemRuntime } from '#ledger';
import { Secret } from '#platform';
import { TokenCache, type SourcedToken } from '../../../apps/token-broker/src/cache/token-cache.js';
import { DerivedGrantKey } from '../../../libs/ledger/src/seal.js';
import { quantile, type TokenRow } from './row.js';

const HOUR_MS = 3_600_000;
const KEYS = 10_000;
const GETS = 2_000_000;
const runtime = systemRuntime();

const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
const tokenOf = (generation: number, lifeMs = HOUR_MS): SourcedToken =>
  ({ token: new Secret(`token ${generation}`), generation, softInMs: lifeMs * 0.9, hardInMs: lifeMs * 0.95, expiresInMs: lifeMs, lifeMs });

function cacheOf(source: () => Promise<SourcedToken>, entriesMax = KEYS): TokenCache {
  return new TokenCache({ source, runtime, random: Math.random, lastHeardMs: () => runtime.monotonicMs(), entriesMax });
}

/** Reads of tokens that are there, of ten thousand keys at random, as a gateway makes them. */
export async function cachedReads(): Promise<TokenRow[]> {
  const cache = cacheOf(async () => tokenOf(1));
  const keys = Array.from({ length: KEYS }, (_, n) => `0|${n.toString(16).padStart(64, '0')}|`);
  for (const key of keys) await cache.get(key);
  const order = Uint16Array.from({ length: 65_536 }, () => Math.floor(Math.random() * KEYS));
  const read = (count: number): number => {
    const startedMs = performance.now();
    for (let n = 0; n < count; n += 1) void cache.get(keys[order[n & 0xffff]!]!);
    return performance.now() - startedMs;
  };
  read(GETS / 10);
  const eachUs = read(GETS) * 1_000 / GETS;
  const single = Array.from({ length: 100_000 }, (_, n) => {
    const startedMs = performance.now();
    void cache.get(keys[order[n & 0xffff]!]!);
    return performance.now() - startedMs;
  });
  return [{ what: 'cached read in process, 10,000 keys at random', figure: `${eachUs.toFixed(2)} µs, p99 ${(quantile(single, 0.99) * 1_000).toFixed(1)} µs`, beside: 'contract: 0.09 µs (a bare map)' }];
}

/** 10,000 callers at once for a token that nobody has, from an issuer that takes 50 ms. */
export async function coldCallers(): Promise<TokenRow[]> {
  let mints = 0;
  const cache = cacheOf(async () => {
    mints += 1;
    await sleep(50);
    return tokenOf(1);
  });
  const startedMs = performance.now();
  await Promise.all(Array.from({ length: 10_000 }, () => cache.get('k')));
  return [{ what: '10,000 cold callers at once, 50 ms mint', figure: `${mints} mint, ${(performance.now() - startedMs).toFixed(0)} ms`, beside: 'contract: 1 mint, 51 ms' }];
}

/** 500 callers learn over 300 ms that their token is refused; a mint takes 20 ms and kills the token before it. */
export async function stragglers(): Promise<TokenRow[]> {
  const mintMs = 20;
  const run = async (refresh: (known: number) => Promise<number>): Promise<void> => {
    await Promise.all(Array.from({ length: 500 }, async (_, n) => {
      await sleep(300 * n / 500);
      await refresh(1);
    }));
  };
  let naive = 0;
  let flight: Promise<number> | undefined;
  await run(() => (flight ??= sleep(mintMs).then(() => naive += 1).finally(() => (flight = undefined))));
  let mints = 0;
  const cache = cacheOf(async () => {
    mints += 1;
    await sleep(mintMs);
    return tokenOf(mints);
  });
  await cache.get('k');
  mints = 1;
  await run(async (known) => (await cache.get('k', { rejectedGeneration: known })).generation);
  return [{ what: '500 late 401s over 300 ms', figure: `${mints - 1} mint`, beside: `refresh on each, one flight at a time: ${naive} mints` }];
}

/** What it costs to seal and open a value of 1 KiB, and what a cut tag is worth. */
export function sealing(): TokenRow[] {
  const key = new DerivedGrantKey('0'.repeat(32), randomBytes(32));
  const value = randomBytes(1_024);
  const timed = (count: number, work: () => unknown): number => {
    for (let n = 0; n < count / 10; n += 1) work();
    const startedMs = performance.now();
    for (let n = 0; n < count; n += 1) work();
    return (performance.now() - startedMs) * 1_000 / count;
  };
  const sealed = key.seal(value, 'tenant|connection|token|1');
  const sealUs = timed(100_000, () => key.seal(value, 'tenant|connection|token|1'));
  const openUs = timed(100_000, () => key.open(sealed, 'tenant|connection|token|1'));
  const raw = createSecretKey(randomBytes(32));
  const cipher = createCipheriv('aes-256-gcm', raw, Buffer.alloc(12));
  const text = Buffer.concat([cipher.update('secret'), cipher.final()]);
  const accepts = (options?: { authTagLength: number }): boolean => {
    try {
      const decipher = createDecipheriv('aes-256-gcm', raw, Buffer.alloc(12), options as never);
      decipher.setAuthTag(cipher.getAuthTag().subarray(0, 4));
      decipher.update(text);
      decipher.final();
      return true;
    } catch {
      return false;
    }
  };
  return [
    { what: 'AES-256-GCM 1 KiB, seal / open (base64 and bound to its place)', figure: `${sealUs.toFixed(1)} / ${openUs.toFixed(1)} µs`, beside: 'contract: 8.7 / 5.3 µs' },
    { what: 'a tag cut to 4 bytes', figure: accepts({ authTagLength: 16 }) ? 'ACCEPTED' : 'refused', beside: `createDecipheriv without authTagLength: ${accepts() ? 'accepted' : 'refused'}` },
  ];
}

/** Nine shapes in which secrets get into logs. */
export function leakShapes(): TokenRow[] {
  const marker = 'canary-bench-secret';
  const shapesOf = (secret: unknown): Record<string, unknown>[] => {
    const error = Object.assign(new Error(`refused ${String(secret)}`, { cause: { headers: { authorization: secret } } }), { config: { headers: { 'api-secret': secret } } });
    return [
      { secret }, { headers: { authorization: secret } }, { list: [secret] }, { deep: { deeper: { token: secret } } }, { err: error }, { text: `token ${String(secret)}` }, { request: { body: JSON.stringify({ secret }) } },
      { ['api-secret']: secret }, { shown: inspect({ secret }) },
    ];
  };
  const leaksOf = (shapes: readonly Record<string, unknown>[], redact?: string[]): number => shapes.filter((shape) => {
    let written = '';
    pino(redact ? { redact } : {}, { write: (line: string) => void (written += line) }).info(shape);
    return written.includes(marker);
  }).length;
  const paths = ['secret', '*.secret', 'token', '*.token', 'authorization', '*.authorization'];
  return [{ what: '9 shapes in which a secret is logged', figure: `${leaksOf(shapesOf(new Secret(marker)))} leaked`, beside: `pino with redacted paths: ${leaksOf(shapesOf(marker), paths)} leaked` }];
}
