import { createReadStream } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { Readable } from 'node:stream';
import { DocketError } from '#errors';
import type { TopicPartition } from '#ledger';
import { COPY_BYTES_MAX, parseCopy, type HeadCopy } from './head-copy.js';

/** So that what a server sends cannot fill the memory; some 60,000 heads. A folder has no such limit. */
const RESPONSE_BYTES_MAX = 64 * 1024 * 1024;
const REQUEST_TIMEOUT_MS = 60_000;

/** Signed heads that were kept outside, by partition, in the order in which they were kept. */
export interface HeadCopies {
  readonly of: (tp: TopicPartition) => AsyncIterable<HeadCopy>;
  readonly partitions: () => Promise<readonly TopicPartition[]>;
}

/** The name of the file of a partition's heads of one day, UTC. */
export function copyFileName({ topic, partition }: TopicPartition, atMs: number): string {
  return `${topic}.${partition}.${new Date(atMs).toISOString().slice(0, 10)}.jsonl`;
}

const FILE = /^([A-Za-z0-9._-]+)\.(\d+)\.\d{4}-\d{2}-\d{2}\.jsonl$/;

/** Heads from where `HEADS_SINK` put them: a folder, or an address that gives them back as lines of JSON. */
export async function openHeadCopies(source: string, token?: string): Promise<HeadCopies> {
  return /^https?:\/\//.test(source) ? fromAddress(source, token) : fromFolder(source);
}

async function fromFolder(folder: string): Promise<HeadCopies> {
  const names = (await readdir(folder).catch((cause: NodeJS.ErrnoException) => { throw unreadable(folder, cause.code === 'ENOENT' ? 'there is no such folder' : cause.code ?? cause.message); })).filter((name) => FILE.test(name)).sort();
  if (names.length === 0) throw unreadable(folder, 'there are no files of signed heads in it (<topic>.<partition>.<day>.jsonl)');
  const isOf = ({ topic, partition }: TopicPartition) => (name: string): boolean => name.startsWith(`${topic}.${partition}.`) && FILE.exec(name)?.[1] === topic;
  return {
    partitions: async () => distinct(names.map((name) => FILE.exec(name)!).map(([, topic, partition]) => ({ topic: topic!, partition: Number(partition) }))),
    of: async function* (tp) {
      for (const name of names.filter(isOf(tp))) yield* copiesIn(join(folder, name), createReadStream(join(folder, name)), tp);
    },
  };
}

async function fromAddress(address: string, token: string | undefined): Promise<HeadCopies> {
  const copies: HeadCopy[] = [];
  const failed = (why: string): DocketError => unreadable(shown(address), why);
  const response = await fetch(address, {
    headers: { accept: 'application/x-ndjson', ...(token === undefined ? {} : { authorization: `Bearer ${token}` }) }, signal: AbortSignal.timeout(REQUEST_TIMEOUT_MS), redirect: 'error',
  }).catch((cause: Error) => { throw failed(cause.name === 'TimeoutError' ? 'no answer in time' : (cause.cause as Error | undefined)?.message ?? cause.message); });
  if (!response.ok || response.body === null) throw failed(`it answered with status ${response.status}`);
  let bytes = 0;
  const bounded = Readable.fromWeb(response.body as never).map((chunk: Uint8Array) => {
    bytes += chunk.length;
    if (bytes > RESPONSE_BYTES_MAX) throw failed(`it sent more than ${RESPONSE_BYTES_MAX / 1024 / 1024} MiB: fetch the heads into a folder, one file a partition and day, and name that`);
    return chunk;
  });
  for await (const copy of copiesIn(shown(address), bounded)) copies.push(copy);
  copies.sort((a, b) => a.head.to - b.head.to);
  return {
    partitions: async () => distinct(copies),
    of: async function* ({ topic, partition }) {
      yield* copies.filter((copy) => copy.topic === topic && copy.partition === partition);
    },
  };
}

async function* copiesIn(name: string, input: Readable, tp?: TopicPartition): AsyncGenerator<HeadCopy> {
  let line = 0;
  try {
    for await (const text of createInterface({ input, crlfDelay: Infinity })) {
      line += 1;
      if (text.trim() === '') continue;
      const copy = text.length > COPY_BYTES_MAX ? undefined : parseCopy(text);
      if (copy === undefined || (tp !== undefined && (copy.topic !== tp.topic || copy.partition !== tp.partition))) throw unreadable(name, `line ${line} is no signed head${tp === undefined ? '' : ` of ${tp.topic}/${tp.partition}`}`);
      yield copy;
    }
  } catch (cause) {
    if (cause instanceof DocketError) throw cause;
    throw unreadable(name, (cause as NodeJS.ErrnoException).code ?? (cause as Error).message);
  }
}

function distinct(all: readonly TopicPartition[]): TopicPartition[] {
  return [...new Map(all.map(({ topic, partition }) => [`${topic}/${partition}`, { topic, partition }])).values()];
}

/** Without what may be secret in it. */
function shown(address: string): string {
  const { origin, pathname } = new URL(address);
  return origin + pathname;
}

const unreadable = (where: string, what: string): DocketError => new DocketError('failed_precondition', { reason: 'HEADS_UNREADABLE', message: `signed heads in ${where}: ${what}` });
