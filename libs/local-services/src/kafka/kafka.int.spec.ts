import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isAlive } from '../embedded-postgres.process.js';
import { describeWithKafka } from './describe-with-kafka.js';
import { findKafka } from './availability.js';
import { KafkaCluster } from './cluster.js';
import { liveBrokers } from './readiness.js';

const HOST = '127.0.0.1';
const WATCHER = new URL('./kill-with-parent.ts', import.meta.url).href; // Node 24 strips the types itself

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setImmediate(resolve));
}

describeWithKafka('a local Kafka cluster', { control: true }, (kafka) => {
  test('serves when start returns, and again on the same port after a crash', async () => {
    const node = kafka.cluster().node(1);
    expect(await liveBrokers(HOST, node.port, 60_000)).toEqual([1]);
    await node.kill();
    await expect(liveBrokers(HOST, node.port, 1_000)).rejects.toThrow(/ECONNREFUSED/);
    expect(node.running).toBe(false);
    await kafka.cluster().restart();
    expect(await liveBrokers(HOST, node.port, 60_000)).toEqual([1]);
  }, 300_000);

  test('does not answer while it is paused, and does when it goes on', async () => {
    const node = kafka.cluster().node(1);
    node.pause();
    await expect(liveBrokers(HOST, node.port, 300)).rejects.toThrow(/within 300 ms/);
    node.resume();
    expect(await liveBrokers(HOST, node.port, 60_000)).toEqual([1]);
  });

  test('says which broker failed, with the end of its log, when the settings are wrong', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'docket-kafka-'));
    const start = KafkaCluster.start({ folder, settings: { 'log.cleaner.threads': 'many' } });
    await expect(start).rejects.toThrow(/(?=[^]*log\.cleaner\.threads)/);
    await rm(folder, { recursive: true, force: true });
  }, 300_000);
});

describe('a process tied to its parent', () => {
  test('dies with its parent when that is killed with SIGKILL', async () => {
    const script = "const { spawn } = await import('node:child_process');"
      + `const { killWithParent } = await import(${JSON.stringify(WATCHER)});`
      + "const victim = spawn('sleep', ['600'], { detached: true, stdio: 'ignore' });"
      + 'killWithParent(victim); console.log(victim.pid); setInterval(() => {}, 1000);';
    const parent = spawn(process.execPath, ['--no-warnings', '--input-type=module', '-e', script], { stdio: ['ignore', 'pipe', 'inherit'] });
    const [line] = (await once(parent.stdout, 'data')) as [Buffer];
    const victim = Number(line.toString());
    expect(isAlive(victim)).toBe(true);
    parent.kill('SIGKILL');
    await until(() => !isAlive(victim));
    expect(isAlive(victim)).toBe(false);
  });
});

describe('finding Kafka', () => {
  test('brokers that are named are used', () => {
    expect(findKafka({ KAFKA_BROKERS: 'a:1, b:2' })).toEqual({ available: true, via: 'KAFKA_BROKERS', brokers: ['a:1', 'b:2'] });
  });

  test('an empty KAFKA_BROKERS is not a broker', () => {
    expect(findKafka({ KAFKA_BROKERS: ' ' })).not.toMatchObject({ via: 'KAFKA_BROKERS' });
  });
});
