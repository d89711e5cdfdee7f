import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { format, inspect } from 'node:util';
import { serialize } from 'node:v8';
import fc from 'fast-check';
import ts from 'typescript';
import { createLogger, Secret } from '#platform';
import { TokenCache } from './cache/token-cache.js';
import { tokenBrokerConfig } from './config.js';
import { Broker, CAUSE, OF, ScriptedIssuer } from './fixtures/broker.fixture.js';
import { FakeRuntime } from './fixtures/fake-runtime.fixture.js';
import { packToken, unpackToken } from './minting/stored-token.js';
import { packRevocation, unpackRevocation } from './revoking/pending-revocation.js';

const VALUE = 'canary-broker-secret-value';

/** Everything that prints, copies or stores a value, as careless code might. */
function printings(shape: unknown): string[] {
  const lines: string[] = [];
  const logger = createLogger({ level: 'trace', app: 'token-broker', destination: { write: (line: string) => void lines.push(line) } });
  const error = Object.assign(new Error(`about ${String(shape)}`, { cause: shape }), { shape, config: { headers: [shape] } });
  logger.error({ err: error, shape, list: [shape], deep: { in: { it: shape } } }, `with ${String(shape)}`);
  logger.info(shape as object);
  const own = shape !== null && typeof shape === 'object' ? [inspect({ ...shape }), inspect(Object.entries(shape)), inspect(Object.values(shape)), Reflect.ownKeys(shape).map(String).join()] : [];
  return [
    ...lines, ...own, String(shape), `${String(shape)}`, String([shape]), JSON.stringify(shape) ?? '', JSON.stringify({ shape, list: [shape] }), JSON.stringify({ error, message: error.message }), String(error.stack),
    inspect(shape, { depth: Infinity, showHidden: true, getters: true }), inspect(error, { depth: Infinity, showHidden: true, getters: true }), inspect(new Map([[shape, shape]]), { depth: Infinity }), inspect(new AggregateError([error]), { depth: Infinity }),
    format('%s %o %O %j %d', shape, shape, shape, shape, shape), copied(shape),
  ];
}

/** As it goes to another thread or into a file, if it can. */
function copied(shape: unknown): string {
  try {
    return serialize(shape).toString('latin1') + inspect(structuredClone(shape), { depth: Infinity });
  } catch {
    return '';
  }
}

test('a secret comes out of nothing but reveal(): not by printing, logging, copying, spreading or serialising, in any shape', () => {
  fc.assert(fc.property(fc.stringMatching(/^[A-Za-z0-9+/=._-]{8,40}$/), (text) => {
    const value = `canary-${text}`;
    const secret = new Secret(value);
    expect(secret.reveal()).toBe(value);
    for (const printed of printings(secret)) expect(printed).not.toContain(value);
  }), { numRuns: 20 });
  expect(Object.keys(new Secret(VALUE))).toEqual([]);
  // The search would find it.
  expect(printings({ value: VALUE }).filter((printed) => printed.includes(VALUE)).length).toBeGreaterThan(10);
});

test('whatever the broker keeps in memory prints without its secrets and tokens: connections, mints, caches, the vault, the configuration', async () => {
  const runtime = new FakeRuntime();
  const issuer = new ScriptedIssuer();
  const broker = await Broker.of(runtime, issuer);
  const cache = new TokenCache({ source: (_, ask) => broker.minter.obtain(OF, ask, CAUSE), runtime, random: () => 0.5, lastHeardMs: () => runtime.monotonicMs() });
  const served = await cache.get('k');
  const stored = { token: served.token, fingerprint: '0'.repeat(64), sent_at_ms: 1, lifetime_ms: 2, refresh_in_ms: null, renewed_secret_id: null };
  const pending = { token: served.token, expiresAtMs: 1, secret: new Secret(VALUE) };
  const config = tokenBrokerConfig({ DATABASE_URL: `postgres://user:${VALUE}@db.example.com/docket`, HEADS_SINK: 'https://sink.example.com/', HEADS_SINK_TOKEN: VALUE });
  const shapes = {
    served, stored, pending, config, cache, vault: broker.vault, minter: broker.minter, log: broker.log, facts: broker.facts, requests: issuer.requests, minted: issuer.minted(),
    packed: [packToken(stored), packRevocation(pending)], unpacked: [unpackToken(packToken(stored)), unpackRevocation(packRevocation(pending))],
  };
  expect(served.token.reveal()).toContain('canary-broker-');
  for (const [name, shape] of Object.entries(shapes)) {
    expect({ name, leaks: printings(shape).filter((printed) => printed.includes('canary-broker-')).map((printed) => printed.slice(0, 200)) }).toEqual({ name, leaks: [] });
  }
});

/** Where a value must be text: in a message of the API, on its way in or out, and as the OAuth library takes it, for the length of one request. */
const TEXT_BY_NATURE: readonly string[] = [
  'api/connection-api.ts secret', 'api/token-api.ts dpopKey', 'issuers/oauth/client-authentication.ts secret', 'issuers/oauth/client-secret.ts refreshToken', 'issuers/oauth/client-secret.ts refreshToken',
];

test('no type of the broker holds a token or a secret as text', () => {
  const found: string[] = [];
  const root = import.meta.dirname;
  for (const file of readdirSync(root, { recursive: true, encoding: 'utf8' })) {
    if (!file.endsWith('.ts') || /\.(?:spec|fixture)\.ts$/.test(file)) continue;
    const source = ts.createSourceFile(file, readFileSync(join(root, file), 'utf8'), ts.ScriptTarget.Latest, true);
    const visit = (node: ts.Node): void => {
      if ((ts.isPropertySignature(node) || ts.isPropertyDeclaration(node) || ts.isParameter(node)) && node.type !== undefined) {
        const name = node.name.getText(source).replace('#', '');
        if (/^(?:\w*(?:Token|Secret|Password|PrivateKey)|token|secret|password|dpopKey)$/.test(name) && node.type.getText(source).split(/[ |]+/).includes('string')) found.push(`${file} ${name}`);
      }
      ts.forEachChild(node, visit);
    };
    visit(source);
  }
  expect(found.sort()).toEqual(TEXT_BY_NATURE);
});
