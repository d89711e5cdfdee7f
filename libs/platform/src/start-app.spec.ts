import { Registry } from 'prom-client';
import { createLogger } from './logger.js';
import { serveOperations, startApp, startTracing } from './start-app.js';
import type { AppBase } from './start-app.js';

const NAMED = { app: 'spec', node: 'n-1', level: 'silent' };

describe('startApp', () => {
  it('hands the start its name, what the process has brought along, and a lifecycle', async () => {
    const brought = { logger: createLogger(NAMED), metrics: new Registry() };
    const base = await startApp(NAMED, brought, async (given) => given);
    expect(base).toMatchObject({ app: 'spec', node: 'n-1' });
    expect(base.logger).toBe(brought.logger);
    expect(base.metrics).toBe(brought.metrics);
  });

  it('gives an app that brings nothing along figures of its own', async () => {
    const [one, other] = await Promise.all([startApp(NAMED, {}, async (base) => base), startApp(NAMED, {}, async (base) => base)]);
    expect(one.metrics).not.toBe(other.metrics);
    expect(await one.metrics.metrics()).toContain('process_cpu_seconds_total');
  });

  it('stops what is up, the last first, when a start fails, and rejects with why', async () => {
    const stopped: string[] = [];
    const starting = startApp(NAMED, {}, async ({ lifecycle }: AppBase) => {
      lifecycle.onStop('first', () => stopped.push('first'));
      lifecycle.onStop('second', () => stopped.push('second'));
      throw new Error('the third is missing');
    });
    await expect(starting).rejects.toThrow('the third is missing');
    expect(stopped).toEqual(['second', 'first']);
  });
});

describe('what an app’s base is used for', () => {
  it('refuses metrics that others can reach without TLS, by the name of the setting', async () => {
    const transport = { tlsCertFile: undefined, tlsKeyFile: undefined, allowPlaintext: false };
    await expect(startApp(NAMED, {}, (base) => serveOperations(base, { listen: '0.0.0.0:0', listenName: 'SPEC_LISTEN', transport, ready: () => true })))
      .rejects.toThrow(/^SPEC_LISTEN=0\.0\.0\.0:0 can be reached/);
  });

  it('loads nothing of tracing where it is off', async () => {
    expect(await startApp(NAMED, {}, (base) => startTracing(base, undefined))).toBeUndefined();
  });
});
