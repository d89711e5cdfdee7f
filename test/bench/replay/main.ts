import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import { availableParallelism, tmpdir, totalmem } from 'node:os';
import { join } from 'node:path';
import { LogFile } from '#archive';
import { GrantKeys, Judge, openKeyring, openPool, type GrantKey } from '#ledger';
import { startThrowawayPostgres } from '#local-services';
import { DRAFT, grantIds, writeHistory } from './history.js';
import { loadLog } from './live-log.js';
import { measureCommand } from './measured-command.js';

export interface ReplayBenchOptions {
  readonly events: number;
  /** Only what has this in its name; empty: everything. */
  readonly only: string;
  /** Archiving and verifying in PostgreSQL instead. */
  readonly live: boolean;
  readonly keep: boolean;
}

const PARTITIONS = 16;
const GRANTS_PER_PARTITION = 100;
/** What is measured with more is measured with so many first: whether memory grows with the log. */
const FEWER_EVENTS = 200_000;
const CLI = join(import.meta.dirname, '..', '..', '..', 'apps', 'cli', 'src', 'main.js');

interface Row { readonly what: string; readonly seconds: number; readonly cpuSeconds: number; readonly memoryMib: number; readonly memoryByTenthMib?: readonly number[]; readonly memoryOfFewerMib?: number; readonly note?: string }

const say = (line: string): unknown => process.stdout.write(`${line}\n`);

/** What the files cost by themselves: in this process, on one core. */
async function readAlone(files: readonly string[], judges: boolean): Promise<Row> {
  const startedMs = performance.now();
  const before = process.cpuUsage();
  let bytes = 0;
  for (const path of files) {
    const file = await LogFile.open(path);
    const judge = new Judge(file.header.topic, file.header.partition);
    for await (const records of file.read()) {
      for (const record of records) {
        bytes += record.value.length;
        if (judges) judge.judge(record);
      }
    }
  }
  const { user, system } = process.cpuUsage(before);
  return { what: judges ? 'reading and judging alone' : 'reading alone', seconds: (performance.now() - startedMs) / 1000, cpuSeconds: (user + system) / 1e6, memoryMib: process.memoryUsage.rss() / 2 ** 20, note: `${(bytes / 2 ** 20).toFixed(0)} MiB of records` };
}

/**
 * `npm run bench -- --replay`: replay, what-if, verify and export on a history in local log files, each as a user runs it, beside
 * reading the same files and doing nothing with them; with `--live` archiving and verifying the same history in PostgreSQL. Prints
 * a table, with the memory that a shorter history took, and stores it in `bench-results/`.
 */
export async function benchReplay(options: ReplayBenchOptions): Promise<void> {
  const { events, live } = options;
  const fewer = events > FEWER_EVENTS && !live ? await measureHistory(FEWER_EVENTS, { ...options, keep: false }) : undefined;
  const { rows, bytes } = await measureHistory(events, options);
  const compared = rows.map((row) => {
    const memoryOfFewerMib = fewer?.rows.find(({ what }) => what === row.what)?.memoryMib;
    return memoryOfFewerMib === undefined ? row : { ...row, memoryOfFewerMib };
  });
  say(`\n${tableOf(compared, events)}\n`);
  say(`stored  ${store(compared, events, bytes)}`);
}

async function measureHistory(events: number, { only, live, keep }: ReplayBenchOptions): Promise<{ rows: Row[]; bytes: number }> {
  const folder = await mkdtemp(join(tmpdir(), 'docket-bench-replay-'));
  const postgres = await startThrowawayPostgres();
  try {
    const database = await postgres.createDatabase();
    const keyringFile = join(folder, 'keyring.json');
    const keyOf = await grantKeys(database, keyringFile);
    const startedMs = performance.now();
    const files = await writeHistory({ folder, events, partitions: PARTITIONS, grantsPerPartition: GRANTS_PER_PARTITION, keyOf });
    const bytes = (await Promise.all(files.map((file) => stat(file)))).reduce((sum, { size }) => sum + size, 0);
    say(`wrote ${events.toLocaleString('en')} events over ${PARTITIONS} partitions, ${(bytes / 2 ** 20).toFixed(0)} MiB, in ${((performance.now() - startedMs) / 1000).toFixed(1)} s: ${folder}`);
    const draft = join(folder, 'draft.json');
    await writeFile(draft, JSON.stringify(DRAFT));
    const environment = { DATABASE_URL: database, KEYRING_FILE: keyringFile };
    if (live) await loadLog(database, files);
    const rows: Row[] = only === '' && !live ? [await readAlone(files, false), await readAlone(files, true)] : [];
    for (const [what, args] of (live ? liveLanes(join(folder, 'archive')) : fileLanes(folder, draft, files)).filter(([what]) => what.includes(only))) {
      const { stdout, ...measured } = await measureCommand(CLI, [...args, '--data-dir', folder], environment);
      rows.push({ what, ...measured, note: noteOf(stdout) });
      say(`measured  ${what.padEnd(20)} ${measured.seconds.toFixed(1)} s, ${measured.cpuSeconds.toFixed(1)} s of CPU, ${measured.memoryMib.toFixed(0)} MiB`);
      if (what.startsWith('export')) await rm(exportPath(folder, what.slice('export '.length)), { force: true });
    }
    return { rows, bytes };
  } finally {
    await postgres.stop();
    if (!keep) await rm(folder, { recursive: true, force: true });
  }
}

type Lane = readonly [what: string, args: readonly string[]];

const exportPath = (folder: string, format: string): string => join(folder, `export.${format}`);

function fileLanes(folder: string, draft: string, files: readonly string[]): Lane[] {
  const fromFiles = ['--file', ...files];
  return [
    ['replay, 1 thread', ['log', 'replay', '--threads', '1', '--json', ...fromFiles]], ['replay', ['log', 'replay', '--json', ...fromFiles]],
    ['what-if', ['replay', 'what-if', '--policy', draft, '--json', ...fromFiles]],
    ['verify', ['log', 'verify', '--json', ...fromFiles]],
    ...(['jsonl', 'csv', 'parquet'] as const).map((format): Lane => [`export ${format}`, ['log', 'export', '--format', format, '--out', exportPath(folder, format), '--json', ...fromFiles]]),
  ];
}

function liveLanes(archive: string): Lane[] {
  return [
    ['verify, PostgreSQL', ['log', 'verify', '--json']],
    ['archive', ['log', 'archive', '--before', '2100-01-01', '--out', archive, '--json']],
    ['archive --check', ['log', 'archive', '--check', archive, '--json']],
    ['verify, both compared', ['log', 'verify', '--from-archive', archive, '--json']],
    ['verify, archive only', ['log', 'verify', '--from-archive', archive, '--archive-only', '--json']],
  ];
}

/** Real keys in a real database, as the commands will look for them. */
async function grantKeys(database: string, keyringFile: string): Promise<(grantId: string) => GrantKey> {
  const pool = openPool({ connectionString: database });
  const keys = new GrantKeys({ pool, keyring: await openKeyring({ file: keyringFile, create: true }) });
  await keys.prepare();
  const found = new Map<string, GrantKey>();
  for (let partition = 0; partition < PARTITIONS; partition += 1) {
    await Promise.all(grantIds(partition, GRANTS_PER_PARTITION).map(async (grantId) => {
      await keys.create(grantId);
      found.set(grantId, (await keys.get(grantId))!);
    }));
  }
  await pool.end();
  return (grantId) => found.get(grantId)!;
}

function noteOf(stdout: string): string {
  const { verdicts, changed, judged, events, calls, sound, records } = JSON.parse(stdout) as { sound?: boolean; records?: number; verdicts?: { compared: number; differing: number; notDerivable: number }; changed?: number; judged?: number; calls?: number; events?: number };
  if (verdicts !== undefined) return `${verdicts.compared} verdicts, ${verdicts.differing} differ, ${verdicts.notDerivable} not derivable`;
  if (sound !== undefined) return sound ? 'sound' : 'NOT SOUND';
  if (events === undefined && changed === undefined) return records === undefined ? 'whole' : `${records} records`;
  return changed === undefined ? `${events} events` : `${judged} of ${calls} calls judged, ${changed} changed`;
}

function tableOf(rows: readonly Row[], events: number): string {
  const lines = rows.map(({ what, seconds, cpuSeconds, memoryMib, memoryOfFewerMib, note = '' }) => [
    what, seconds.toFixed(1), Math.round(events / seconds).toLocaleString('en'), Math.round(events / Math.max(cpuSeconds, 0.01)).toLocaleString('en'), memoryMib.toFixed(0), memoryOfFewerMib?.toFixed(0) ?? '', note,
  ]);
  const all = [['what', 'seconds', 'events/s', 'events/s a core', 'MiB', `MiB at ${FEWER_EVENTS.toLocaleString('en')}`, ''], ...lines];
  const widths = all[0]!.map((_, column) => Math.max(...all.map((line) => line[column]!.length)));
  return all.map((line) => `| ${line.map((cell, column) => (column === 0 || column === 6 ? cell.padEnd(widths[column]!) : cell.padStart(widths[column]!))).join(' | ')} |`).toSpliced(1, 0, `|${widths.map((width, column) => (column === 0 || column === 6 ? '-'.repeat(width + 2) : `${'-'.repeat(width + 1)}:`)).join('|')}|`).join('\n');
}

function store(rows: readonly Row[], events: number, bytes: number): string {
  mkdirSync('bench-results', { recursive: true });
  const time = new Date().toISOString();
  const path = join('bench-results', `replay-${time.replaceAll(/[:.]/g, '-')}.json`);
  const machine = { cores: availableParallelism(), memoryGib: Math.round(totalmem() / 2 ** 30), node: process.version, platform: process.platform };
  writeFileSync(path, `${JSON.stringify({ time, commit: commit(), machine, events, partitions: PARTITIONS, bytes, rows }, null, 2)}\n`);
  return path;
}

function commit(): string {
  try {
    return execFileSync('git', ['rev-parse', 'HEAD'], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).trim();
  } catch {
    return '';
  }
}
