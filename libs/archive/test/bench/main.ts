import { createHash, randomBytes } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { LogRecord } from '#ledger';
import { LogFile, writeLogFile, type Compression } from '../../src/index.js';

// How fast log files are written and read, beside reading the bytes of the file and hashing them (writing includes making the records): `node scripts/run.mjs dist/libs/archive/test/bench/main.js [records]`.
const RECORDS = Number(process.argv[2] ?? 500_000);
const BATCH = 1_000;

/** About what an allowed call with one limit takes. */
async function* events(): AsyncGenerator<LogRecord[]> {
  const padding = randomBytes(300).toString('base64');
  for (let at = 0; at < RECORDS; at += BATCH) {
    yield Array.from({ length: Math.min(BATCH, RECORDS - at) }, (_, n) => ({
      offset: at + n, timestampMs: 1_700_000_000_000 + at + n, key: Buffer.from('0190f3a1c2d37e4f8a5b6c7d8e9f0a1b'),
      value: Buffer.from(`{"specversion":"1.0","id":"1-${at + n}","data":{"call_id":"${randomBytes(16).toString('hex')}","arguments":{"sealed":"${padding}"},"verdict":"ALLOW","more":"${'x'.repeat(600)}"}}`),
    }));
  }
}

async function timed(name: string, bytes: number, work: () => Promise<unknown>): Promise<void> {
  const startedMs = performance.now();
  const before = process.cpuUsage();
  await work();
  const seconds = (performance.now() - startedMs) / 1000;
  const { user, system } = process.cpuUsage(before);
  console.log(`${name.padEnd(28)} ${Math.round(RECORDS / seconds).toLocaleString('en').padStart(12)} records/s ${Math.round(bytes / seconds / 1e6).toLocaleString('en').padStart(7)} MB/s  ${((user + system) / RECORDS).toFixed(2)} µs CPU a record  rss ${Math.round(process.memoryUsage.rss() / 1e6)} MB`);
}

async function readAll(path: string): Promise<void> {
  let records = 0;
  for await (const batch of (await LogFile.open(path)).read()) records += batch.length;
  if (records !== RECORDS) throw new Error(`read ${records} records of ${RECORDS}`);
}

const folder = await mkdtemp(join(tmpdir(), 'docket-bench-'));
try {
  for (const compression of ['none', 'gzip', 'zstd'] satisfies Compression[]) {
    const path = join(folder, `log.${compression}`);
    await timed(`write ${compression}`, 0, () => writeLogFile(path, { topic: 'bench', partition: 0, firstOffset: 0 }, events(), { compression }));
    const { size } = await stat(path);
    await timed(`read ${compression}`, size, () => readAll(path));
    if (compression !== 'none') continue;
    await timed('  the same bytes, hashed', size, async () => {
      const hash = createHash('sha256');
      for await (const chunk of createReadStream(path, { highWaterMark: 1024 * 1024 })) hash.update(chunk as Buffer);
    });
  }
} finally {
  await rm(folder, { recursive: true, force: true });
}
