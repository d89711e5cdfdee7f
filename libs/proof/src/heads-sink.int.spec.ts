import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { findHead, type LoggedHead } from '#ledger';
import { openHeadCopies } from './head-copies.js';
import type { HeadCopy } from './head-copy.js';
import { HeadsSink } from './heads-sink.js';
import { TP, envelope, writtenLog } from './written-log.fixture.js';

let folder: string;
let heads: readonly LoggedHead[];
beforeAll(async () => {
  const { records } = await writtenLog(3);
  heads = records.filter(({ value }) => findHead(value, TP) !== undefined).map(({ offset, value }) => {
    const parsed = envelope.parse(value);
    return { value, at: { ...TP, offset, hash: '', epoch: 1, sequence: 1, timeMs: parsed.kind === 'event' ? parsed.timeMs : 0 } };
  });
  expect(heads).toHaveLength(3);
});
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'docket-test-'));
});
const servers: Server[] = [];
afterEach(async () => {
  await rm(folder, { recursive: true, force: true });
  await Promise.all(servers.splice(0).map((server) => new Promise((resolve) => {
    server.closeAllConnections();
    server.close(resolve);
  })));
});

async function all(copies: AsyncIterable<HeadCopy>): Promise<number[]> {
  const offsets: number[] = [];
  for await (const { offset } of copies) offsets.push(offset);
  return offsets;
}
async function until(isTrue: () => boolean): Promise<void> {
  while (!isTrue()) await new Promise<void>((resolve) => setTimeout(resolve, 2));
}

async function serve(onPost: (body: string, authorization: string | undefined) => number): Promise<string> {
  let kept = '';
  const server = createServer((request, response) => {
    let body = '';
    request.setEncoding('utf8').on('data', (chunk: string) => (body += chunk)).on('end', () => {
      if (request.method === 'GET') return response.end(kept);
      response.statusCode = onPost(body, request.headers.authorization);
      if (response.statusCode === 200) kept += body;
      response.end();
    });
  });
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/heads?secret=1`;
}

test('a folder gets a file for each partition and day, which is read back in order', async () => {
  const target = join(folder, 'not', 'there', 'yet');
  const troubles: string[] = [];
  const sink = new HeadsSink({ target, onTrouble: (message) => troubles.push(message) });
  heads.forEach((head) => sink.push(head));
  await sink.close(10_000);
  expect(await readdir(target)).toEqual([expect.stringMatching(/^docket\.test\.0\.\d{4}-\d{2}-\d{2}\.jsonl$/)]);
  const copies = await openHeadCopies(target);
  expect(await all(copies.of(TP))).toEqual(heads.map(({ at }) => at.offset));
  expect(await copies.partitions()).toEqual([TP]);
  expect(await all(copies.of({ ...TP, partition: 1 }))).toEqual([]);
  expect(troubles).toEqual([]);
});

test('an address that is away for a while gets all of them in the end, in order; the trouble is told once', async () => {
  let refusals = 3;
  const authorizations = new Set<string | undefined>();
  const address = await serve((_, authorization) => {
    authorizations.add(authorization);
    return refusals-- > 0 ? 503 : 200;
  });
  const told: string[] = [];
  const sink = new HeadsSink({ target: address, token: 'abc', backOffMinMs: 1, onTrouble: (message) => told.push(message), onRecovered: (message) => told.push(message) });
  heads.forEach((head) => sink.push(head));
  await until(() => sink.waiting === 0);
  await sink.close(10_000);
  expect(await all((await openHeadCopies(address, 'abc')).of(TP))).toEqual(heads.map(({ at }) => at.offset));
  expect(told).toEqual([expect.stringContaining('status 503'), expect.stringContaining('again')]);
  expect(told.join()).not.toContain('secret');
  expect([...authorizations]).toEqual(['Bearer abc']);
});

test('what waits for a sink that never answers is bounded, and stopping does not wait for it', async () => {
  const address = await serve(() => 500);
  const told: string[] = [];
  const sink = new HeadsSink({ target: address, queueMax: 2, backOffMinMs: 1, onTrouble: (message) => told.push(message) });
  for (let n = 0; n < 10; n += 1) heads.forEach((head) => sink.push(head));
  expect(sink.waiting).toBe(2);
  await until(() => told.length === 2);
  await sink.close(50);
  expect(told.map((one) => one.slice(0, 30))).toEqual(['more than 2 signed heads wait ', 'signed heads are not kept in h', '2 signed heads were not kept i']);
});

test('what is no signed head in a folder is refused with its line', async () => {
  await expect(openHeadCopies(folder)).rejects.toMatchObject({ reason: 'HEADS_UNREADABLE' });
  await writeFile(join(folder, 'docket.test.0.2026-01-01.jsonl'), '\n{"topic":"docket.test","partition":0,"offset":1,"value":"x"}\n');
  await expect(all((await openHeadCopies(folder)).of(TP))).rejects.toMatchObject({ reason: 'HEADS_UNREADABLE', message: expect.stringContaining('line 2') as string });
  await expect(openHeadCopies('http://127.0.0.1:1/')).rejects.toMatchObject({ reason: 'HEADS_UNREADABLE' });
});
