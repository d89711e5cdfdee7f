import { openArchive, readManifest, withArchive, writeArchive, type Archive, type ArchivedRange, type ArchiveSigner, type Manifest } from '#archive';
import { DocketError } from '#errors';
import { deleteKafkaRecords, deletePostgresRecords, headPublicKey, openPool, type EventLog, type HeadKey, type TopicPartition } from '#ledger';
import { registryCreated } from '#read-models';
import { CliError } from './cli-error.js';
import type { ArchiveOptions } from './commands/log-archive.js';
import { confirm } from './confirm.js';
import type { Connection } from './connection.js';
import type { Context } from './context.js';
import { EXIT } from './exit-codes.js';
import { openHeadKey } from './head-key.js';
import { openLiveLog } from './open-log.js';
import { ProgressBar } from './progress-bar.js';
import { trustedKeys } from './proof-source.js';
import { table } from './terminal.js';

const REGISTRY = 'docket.registry';
const DECISIONS = 'docket.decisions';
const TOKENS = 'docket.tokens';
const REGISTRY_WAIT_MS = 5_000;
/** Calls are remembered for ten minutes, and answered from the log when they are repeated. */
const RECENT_MS = 15 * 60_000;

/** Archives the log that the running Docket writes. */
export async function writeArchiveOf(context: Context, { before, out, continue: previousFolder, topic: topics, compress }: ArchiveOptions & { readonly before: string; readonly out: string }): Promise<void> {
  const connection = await context.connection();
  const { signal } = context.terminal;
  const live = openLiveLog(connection);
  let log: EventLog = live;
  try {
    const previous = previousFolder === undefined ? undefined : await readManifest(previousFolder);
    if (previousFolder !== undefined) log = withArchive(live, await openArchive(previousFolder));
    const partitions = await partitionsOf(log, topics, previous?.manifest, signal);
    const total = await recordsOf(log, partitions, previous?.manifest);
    const bar = new ProgressBar(context, 'archive', total);
    let readBack: ProgressBar | undefined;
    let [done, earlier, current] = [0, 0, ''];
    const manifest = await writeArchive({
      log, partitions, out, compression: compress, beforeMs: Date.parse(before), nowMs: Date.now(), signal, signer: await signerOf(connection, context), ...(previous && { previous }),
      onProgress: ({ topic, partition, records }) => {
        if (current !== `${topic}/${partition}`) [earlier, current] = [done, `${topic}/${partition}`];
        bar.add(earlier + records - done);
        done = earlier + records;
      },
      onReadBack: (records, of) => (readBack ??= new ProgressBar(context, 'read back', of)).add(records),
    });
    readBack?.end();
    const { seconds } = bar.end();
    const records = manifest.files.reduce((sum, file) => sum + file.records, 0);
    context.print({ folder: out, before: manifest.before, records, keyId: manifest.signedBy.keyId, files: manifest.files, seconds }, () => [
      table(['FILE', 'RECORDS', 'FROM OFFSET', 'TO', 'BYTES'], manifest.files.map((file) => [file.file, String(file.records), ...(file.records === 0 ? ['–', '–'] : [String(file.firstOffset), String(file.endOffset - 1)]), String(file.bytes)])),
      `${records.toLocaleString('en')} records of before ${manifest.before} in ${out}, signed with key ${manifest.signedBy.keyId}, read back and whole (${seconds.toFixed(1)} s)`,
    ].join('\n'));
  } finally {
    await log.close();
  }
}

/** Reads archives to their end, once it is clear that a key which is known has signed them. Resolves with the exit code. */
export async function checkArchive(context: Context, folder: string, options: Pick<ArchiveOptions, 'key'>): Promise<number> {
  const { keys, from } = await trustedKeys(context, options);
  const archive = await openArchive(folder, { trusted: keys.pems });
  const ranges = await verified(context, archive);
  await archive.close();
  if (from === undefined) context.note('Attention: no public key was given: the archive is checked against the key that it names itself, so one that somebody wrote anew and signed with a key of his own would pass; give --key');
  context.print({ folder, whole: true, keys: keys.ids, keysPinned: keys.isPinned, partitions: ranges.map(({ topic, partition, firstOffset, endOffset }) => ({ topic, partition, firstOffset, endOffset })) }, () => [
    table(['PARTITION', 'FROM OFFSET', 'TO'], ranges.map(({ topic, partition, firstOffset, endOffset }) => [`${topic}/${partition}`, ...(endOffset === firstOffset ? ['–', '–'] : [String(firstOffset), String(endOffset - 1)])])),
    `whole: every file is the one that was signed${from === undefined ? '' : `, by a key of ${from},`} and each goes on from the one before`,
  ].join('\n'));
  return EXIT.ok;
}

/** Deletes from the live log what an archive holds. Resolves with the exit code. */
export async function deleteArchived(context: Context, folder: string, { recentToo = false, yes = false }: ArchiveOptions): Promise<number> {
  const connection = await context.connection();
  const live = openLiveLog(connection);
  const archive = await openArchive(folder);
  const log = withArchive(live, archive);
  try {
    const ranges = (await verified(context, archive)).filter(({ topic }) => topic !== REGISTRY);
    const untilMs = recentToo ? Number.POSITIVE_INFINITY : Date.now() - RECENT_MS;
    const plan: { readonly range: ArchivedRange; readonly below: number }[] = [];
    for (const range of ranges) {
      if (range.firstOffset > 0 && await isThere(live, range, range.firstOffset - 1)) {
        throw new CliError(`${range.topic}/${range.partition}: the log holds records below offset ${range.firstOffset}, which are not in ${folder}: name the folder that holds all archives`, { code: 'FAILED_PRECONDITION', exitCode: EXIT.error });
      }
      // Reading across the end of the archive checks that the live log goes on from there.
      await log.read(range, Math.max(range.firstOffset, range.endOffset - 1), { maxRecords: 1 });
      plan.push({ range, below: Math.min(range.endOffset - 1, await firstSince(archive, range, untilMs)) });
    }
    const some = plan.filter(({ range, below }) => below > range.firstOffset);
    const most = some.reduce((sum, { range, below }) => sum + below - range.firstOffset, 0);
    if (some.length === 0) {
      context.print({ folder, deleted: 0 }, () => `nothing was deleted: what is archived is not older than 15 minutes, or there is nothing but the last record of each partition`);
      return EXIT.ok;
    }
    if (!yes) await confirm(context, `delete up to ${most.toLocaleString('en')} archived records of ${some.length} partitions from the log, for good`);
    const deleted = await remove(context, connection, some);
    context.print({ folder, deleted, partitions: some.map(({ range: { topic, partition }, below }) => ({ topic, partition, beginsAt: below })) }, () => [
      table(['PARTITION', 'NOW BEGINS AT'], some.map(({ range: { topic, partition }, below }) => [`${topic}/${partition}`, String(below)])),
      `${deleted === undefined ? 'deleted' : `${deleted.toLocaleString('en')} records deleted`}; ${REGISTRY} stays whole. Deciders and projectors read the archive with ARCHIVE_DIR=${folder}`,
    ].join('\n'));
    return EXIT.ok;
  } finally {
    await log.close();
  }
}

async function isThere(log: EventLog, tp: TopicPartition, offset: number): Promise<boolean> {
  return log.read(tp, offset, { maxRecords: 1 }).then(() => true, (error: unknown) => {
    if (error instanceof DocketError && error.reason === 'OFFSET_OUT_OF_RANGE') return false;
    throw error;
  });
}

/** undefined: the brokers delete when they please. */
async function remove(context: Context, connection: Connection, plan: readonly { readonly range: ArchivedRange; readonly below: number }[]): Promise<number | undefined> {
  const { signal } = context.terminal;
  const brokers = connection.kafkaBrokers;
  if (brokers !== undefined) {
    for (const { range, below } of plan) await deleteKafkaRecords(range, below, { brokers: [...brokers] });
    return undefined;
  }
  const pool = openPool({ connectionString: connection.database! });
  const bar = new ProgressBar(context, 'delete', undefined);
  let deleted = 0;
  try {
    for (const { range, below } of plan) {
      let before = 0;
      deleted += await deletePostgresRecords(range, below, {
        pool, signal,
        onProgress: (count) => {
          bar.add(count - before);
          before = count;
        },
      });
    }
    return deleted;
  } finally {
    bar.end();
    await pool.end();
  }
}

async function verified(context: Context, archive: Archive): Promise<ArchivedRange[]> {
  const ranges = archive.ranges();
  const bar = new ProgressBar(context, 'check', ranges.reduce((sum, { firstOffset, endOffset }) => sum + endOffset - firstOffset, 0));
  await archive.verify({ onProgress: (records) => bar.add(records), signal: context.terminal.signal });
  bar.end();
  return ranges;
}

/** The first offset that the log stored at a time or later; the log's clock never runs backwards by much. */
async function firstSince(archive: Archive, range: ArchivedRange, sinceMs: number): Promise<number> {
  let [low, high] = [range.firstOffset, range.endOffset];
  while (low < high) {
    const middle = Math.floor((low + high) / 2);
    const [record] = await archive.read(range, middle, { maxRecords: 1 });
    if (record!.timestampMs < sinceMs) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** What there is: how many partitions a topic has was fixed by the registry's first event. */
async function partitionsOf(log: EventLog, topics: readonly string[] | undefined, previous: Manifest | undefined, signal: AbortSignal): Promise<TopicPartition[]> {
  // A log that is away says so here; below it would be waited for.
  await log.endOffset({ topic: REGISTRY, partition: 0 });
  const created = await registryCreated(log, AbortSignal.any([signal, AbortSignal.timeout(REGISTRY_WAIT_MS)]));
  if (created === undefined) throw new CliError('this log has no registry yet: start Docket on it first', { exitCode: EXIT.error, code: 'NOT_FOUND' });
  const all: Record<string, number> = { [REGISTRY]: 1, [DECISIONS]: created.decisions_partitions, [TOKENS]: created.tokens_partitions };
  for (const topic of topics ?? []) if (all[topic] === undefined) throw new CliError(`there is no topic ${JSON.stringify(topic)}: expected ${Object.keys(all).join(', ')}`);
  // Without a token broker there is no topic of its.
  if (topics?.includes(TOKENS) !== true && !(await log.endOffset({ topic: TOKENS, partition: 0 }).then(() => true, () => false))) delete all[TOKENS];
  const found = Object.entries(all).filter(([topic]) => topics?.includes(topic) !== false)
    .flatMap(([topic, count]) => Array.from({ length: count }, (_, partition) => ({ topic, partition })));
  const missing = previous?.files.find(({ topic, partition }) => !found.some((tp) => tp.topic === topic && tp.partition === partition));
  if (missing !== undefined) throw new CliError(`the archive before holds ${missing.topic}/${missing.partition}, too: one that goes on from it holds the same topics`);
  return found;
}

async function recordsOf(log: EventLog, partitions: readonly TopicPartition[], previous: Manifest | undefined): Promise<number> {
  const ends = await Promise.all(partitions.map((tp) => log.endOffset(tp)));
  return ends.reduce((sum, end, index) => {
    const { topic, partition } = partitions[index]!;
    return sum + end - (previous?.files.find((file) => file.topic === topic && file.partition === partition)?.endOffset ?? 0);
  }, 0);
}

/** The key that signs heads signs archives as well. */
async function signerOf(connection: Connection, context: Context): Promise<ArchiveSigner> {
  const key: HeadKey = await openHeadKey(connection, context);
  return { keyId: key.id, publicKey: headPublicKey(key.publicKey).export({ type: 'spki', format: 'pem' }) as string, sign: (message) => key.sign(Buffer.from(message)) };
}
