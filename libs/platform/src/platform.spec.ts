import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { inspect } from 'node:util';
import { EventEmitter } from 'node:events';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { symbols } from 'pino';
import { z } from 'zod';
import { DocketError } from '#errors';
import { decodeStatus, STATUS_DETAILS_KEY } from '#contracts';
import { isLoopback, parseAddress } from './address.js';
import { readConfig, readTogether, setting } from './config.js';
import { explainFailure } from './explain-failure.js';
import { toGrpcError } from './grpc-error.js';
import { Lifecycle } from './lifecycle.js';
import { createLogger } from './logger.js';
import { Secret } from './secret.js';
import { assertReachSafely, readTls } from './transport-security.js';

const logger = createLogger({ level: 'silent', app: 'spec' });

describe('Secret', () => {
  it('prints as *** however it is printed', () => {
    const secret = new Secret('hunter2');
    const printed = [String(secret), `${secret}`, JSON.stringify({ secret }), inspect({ secret }), inspect(secret, { showHidden: true, depth: 9 })];
    for (const text of printed) {
      expect(text).not.toContain('hunter2');
      expect(text).toContain('***');
    }
    expect(secret.reveal()).toBe('hunter2');
  });
});

describe('readConfig', () => {
  const schema = z.object({
    DATABASE_URL: setting.postgresUrl(), GRPC_LISTEN: setting.address('127.0.0.1:7400'), TRACE: setting.flag(false), PARTITIONS: setting.wholeNumber(16, 1, 256),
  });

  it('reports all problems at once, by the name of the variable, and repeats no value', () => {
    const environment = { DATABASE_URL: 'hunter2', GRPC_LISTEN: 'nowhere', TRACE: 'yes', PARTITIONS: '0' };
    expect(() => readConfig(schema, environment)).toThrow(expect.objectContaining({
      name: 'ConfigError',
      message: expect.stringMatching(/4 problems:\n {2}DATABASE_URL: expected postgres:.*\n {2}GRPC_LISTEN: expected host:port.*\n {2}TRACE: expected true or false\n {2}PARTITIONS: expected a whole number from 1 to 256$/),
    }) as Error);
    expect(() => readConfig(schema, environment)).not.toThrow(/hunter2/);
  });

  it('takes an empty variable as unset, and freezes what it returns', () => {
    const config = readConfig(schema, { DATABASE_URL: 'postgres://u:p@localhost/db', GRPC_LISTEN: '', TRACE: 'true' });
    expect(config).toMatchObject({ GRPC_LISTEN: '127.0.0.1:7400', TRACE: true, PARTITIONS: 16 });
    expect(Object.isFrozen(config)).toBe(true);
    expect(inspect(config)).not.toContain('u:p');
  });
});

describe('readTogether', () => {
  it('reports the problems of all configurations at once, one that they share only once', () => {
    const both = z.object({ TRACE: setting.flag(false), LEVEL: setting.logLevel() });
    const other = z.object({ TRACE: setting.flag(false), COUNT: setting.wholeNumber(1, 1, 9) });
    const read = (environment: Record<string, string>) => readTogether(() => readConfig(both, environment), () => readConfig(other, environment));
    expect(() => read({ TRACE: 'x', LEVEL: 'x', COUNT: 'x' })).toThrow(/3 problems:\n {2}TRACE: .*\n {2}LEVEL: .*\n {2}COUNT: .*$/);
    expect(read({ COUNT: '5' })).toEqual([{ TRACE: false, LEVEL: 'info' }, { TRACE: false, COUNT: 5 }]);
  });
});

describe('a log in a file', () => {
  const folder = mkdtempSync(join(tmpdir(), 'docket-platform-'));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it('can be flushed at once, so that a start that fails at once ends cleanly', () => {
    const file = join(folder, 'below', 'docket.log');
    const log = createLogger({ level: 'info', app: 'spec', file });
    log.info('did not start');
    (log as unknown as Record<symbol, { flushSync(): void }>)[symbols.streamSym]!.flushSync();
    expect(readFileSync(file, 'utf8')).toContain('did not start');
  });

  it('is refused where its folder is a file', () => {
    writeFileSync(join(folder, 'file'), '');
    expect(() => createLogger({ level: 'info', app: 'spec', file: join(folder, 'file', 'docket.log') })).toThrow(/the log file .* cannot be opened: (EEXIST|ENOTDIR)$/);
  });
});

it('a failed start names the settings that are wrong, each once', () => {
  const violations = [{ field: 'synchronous_commit', description: 'found off, expected on' }];
  const explained = (message: string) => explainFailure(new DocketError('failed_precondition', { reason: 'SETTINGS', message, violations }));
  expect(explained('keys could be lost')).toBe('keys could be lost: synchronous_commit: found off, expected on');
  expect(explained('synchronous_commit is off')).toBe('synchronous_commit is off');
  expect(explainFailure(new Error('no'))).toBe('no');
});

describe('addresses', () => {
  it.each([['127.0.0.1:7400', '127.0.0.1', 7400], ['[::1]:0', '::1', 0], ['localhost:65535', 'localhost', 65535]])('reads %s', (text, host, port) => {
    expect(parseAddress(text)).toEqual({ host, port });
  });
  it.each(['', '7400', ':7400', 'host', 'host:', 'host:65536', 'a b:1', '::1:80'])('refuses %j', (text) => {
    expect(parseAddress(text)).toBeUndefined();
  });
  it('knows which ones only this machine can reach', () => {
    expect(['127.0.0.1', '127.8.8.8', '::1', 'localhost'].map(isLoopback)).toEqual([true, true, true, true]);
    expect(['0.0.0.0', '::', '10.0.0.1', 'example.com', '127.0.0.1.example.com'].map(isLoopback)).toEqual([false, false, false, false, false]);
  });
});

describe('a listener that others can reach', () => {
  const plain = { tlsCertFile: undefined, tlsKeyFile: undefined, allowPlaintext: false };

  it('is refused without TLS, unless plaintext is allowed by name, with a warning', () => {
    expect(() => assertReachSafely('GRPC_LISTEN', '0.0.0.0:7400', plain, logger)).toThrow(/GRPC_LISTEN=0.0.0.0:7400 .* TLS_CERT_FILE and TLS_KEY_FILE, or ALLOW_PLAINTEXT=true/);
    expect(() => assertReachSafely('GRPC_LISTEN', '127.0.0.1:7400', plain, logger)).not.toThrow();
    expect(() => assertReachSafely('GRPC_LISTEN', '0.0.0.0:7400', { ...plain, tlsCertFile: 'cert.pem' }, logger)).not.toThrow();
    const lines: string[] = [];
    const warned = createLogger({ level: 'info', app: 'spec', destination: { write: (line: string) => void lines.push(line) } });
    assertReachSafely('GRPC_LISTEN', '0.0.0.0:7400', { ...plain, allowPlaintext: true }, warned);
    expect(lines.join('')).toMatch(/"level":"warn".*without TLS/);
  });

  it('needs certificate and key together', () => {
    expect(readTls(plain)).toBeUndefined();
    expect(() => readTls({ ...plain, tlsCertFile: 'cert.pem' })).toThrow(/belong together/);
  });
});

describe('errors on the wire', () => {
  it('leave out violations that would not fit into trailers, and say how many', () => {
    const violations = Array.from({ length: 300 }, (_, index) => ({ field: `/tools/t${index}/limits/0/max`, description: 'found -1, expected 0 or more' }));
    const error = toGrpcError(new DocketError('invalid_argument', { reason: 'POLICY', message: 'x'.repeat(5_000), violations }));
    const details = decodeStatus(error.metadata.get(STATUS_DETAILS_KEY)[0] as Buffer);
    expect(details.violations.length).toBeGreaterThan(40);
    expect(Number(details.metadata['violations_left_out'])).toBe(300 - details.violations.length);
    expect(error.details.length).toBeLessThan(1_100);
  });

  it('always say when to repeat what may be repeated', () => {
    const details = decodeStatus(toGrpcError(new DocketError('unavailable', { reason: 'LOG', message: 'down' })).metadata.get(STATUS_DETAILS_KEY)[0] as Buffer);
    expect(details.retryAfterMs).toBeGreaterThan(0);
  });

  it('makes the same error of one that its maker has frozen, which nobody can change, and a new one of any other', () => {
    const shared = Object.freeze(new DocketError('resource_exhausted', { reason: 'OVERLOADED', message: 'full' }));
    expect(toGrpcError(shared)).toBe(toGrpcError(shared));
    expect(Object.isFrozen(toGrpcError(shared))).toBe(true);
    const other = new DocketError('resource_exhausted', { reason: 'OVERLOADED', message: 'full' });
    expect(toGrpcError(other)).not.toBe(toGrpcError(other));
    expect(toGrpcError(other)).toEqual(toGrpcError(shared));
  });
});

describe('Lifecycle', () => {
  it('stops in the opposite order of starting, waits for each step, and goes on after one that fails', async () => {
    const order: string[] = [];
    const lifecycle = new Lifecycle(logger);
    lifecycle.onStop('pool', () => void order.push('pool'));
    lifecycle.onStop('ledger', () => { order.push('ledger'); throw new Error('planted'); });
    lifecycle.onStop('drain', async () => { await new Promise((resolve) => setImmediate(resolve)); order.push('drain'); });
    expect(await Promise.all([lifecycle.stop(), lifecycle.stop()])).toEqual([false, false]);
    expect(order).toEqual(['drain', 'ledger', 'pool']);
  });

  it('exits after the steps at the first signal, and at once at the second', async () => {
    const signals = new EventEmitter();
    const exits: (number | string)[] = [];
    let release = (): void => undefined;
    const lifecycle = new Lifecycle(logger);
    lifecycle.onStop('drain', () => new Promise<void>((resolve) => { release = () => { exits.push('drained'); resolve(); }; }));
    const exited = new Promise<void>((resolve) => lifecycle.handleSignals((code) => { exits.push(code); if (code === 0) resolve(); }, signals));
    signals.emit('SIGTERM', 'SIGTERM');
    signals.emit('SIGTERM', 'SIGTERM');
    release();
    await exited;
    expect(exits).toEqual([143, 'drained', 0]);
  });
});
