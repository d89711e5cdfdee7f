import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import { availableParallelism, tmpdir, totalmem } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { LogFile } from '#archive';
import { GrantKeys, Judge, openKeyring, openPool, type GrantKey } from '#ledger';
import { startThrowawayPostgres } from '#local-services';
import { DRAFT, grantIds, writeHistory } from './history.js';
import { loadLog } from './live-log.js';
import { measureCommand } from './measured-command.js';

/**
 * Replay, what-if, verify and export on a history in local log files, each as a user runs it, beside reading the same files and doing
 * nothing with them; with `--live` archiving and verifying the same history in PostgreSQL. Prints a table and stores it in `bench-results/`.
 */
const { values } = parseArgs({ options: { events: { type: 'string', default: '1000000' }, partitions: { type: 'string', default: '16' }, only: { type: 'string', default: '' }, live: { type: 'boolean', default: false }, keep: { type: 'boolean', default: false } } });
const EVENTS = Number(values.events);
const PARTITIONS = Number(values.partitions);
const GRANTS_PER_PARTITION = 100;
const CLI = join(import.meta.dirname, '..', '..', '..', 'apps', 'cli', 'src', 'main.js');

interface Row { readonly what: string; readonly seconds: number; readonly cpuSeconds: number; readonly memoryMib: number; readonly memoryByTenthMib?: readonly number[]; readonly note?: string }

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

async function main(): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'docket-bench-replay-'));
  const postgres = await startThrowawayPostgres();
  try {
    const database = await postgres.createDatabase();
    const keyringFile = join(folder, 'keyring.json');
    const keyOf = await grantKeys(database, keyringFile);
    const startedMs = performance.now();
    const files = await writeHistory({ folder, events: EVENTS, partitions: PARTITIONS, grantsPerPartition: GRANTS_PER_PARTITION, keyOf });
    const bytes = (await Promise.all(files.map((file) => stat(file)))).reduce((sum, { size }) => sum + size, 0);
    say(`wrote ${EVENTS.toLocaleString('en')} events over ${PARTITIONS} partitions, ${(bytes / 2 ** 20).toFixed(0)} MiB, in ${((performance.now() - startedMs) / 1000).toFixed(1)} s: ${folder}`);
    const draft = join(folder, 'draft.json');
    await writeFile(draft, JSON.stringify(DRAFT));
    const environment = { DATABASE_URL: database, KEYRING_FILE: keyringFile };
    const fromFiles = ['--file', ...files];
    const archive = join(folder, 'archive');
    const lanes: [string, string[]][] = values.live ? [
      ['verify, PostgreSQL', ['log', 'verify', '--json']],
      ['archive', ['log', 'archive', '--before', '2100-01-01', '--out', archive, '--json']],
      ['archive --check', ['log', 'archive', '--check', archive, '--json']],
      ['verify, both compared', ['log', 'verify', '--from-archive', archive, '--json']],
      ['verify, archive only', ['log', 'verify', '--from-archive', archive, '--archive-only', '--json']],
    ] : [
      ['replay, 1 thread', ['log', 'replay', '--threads', '1', '--json', ...fromFiles]], ['replay', ['log', 'replay', '--json', ...fromFiles]],
      ['what-if', ['replay', 'what-if', '--policy', draft, '--json', ...fromFiles]],
      ['verify', ['log', 'verify', '--json', ...fromFiles]],
      ...(['jsonl', 'csv', 'parquet'] as const).map((format): [string, string[]] => [`export ${format}`, ['log', 'export', '--format', format, '--out', join(folder, `export.${format}`), '--json', ...fromFiles]]),
    ];
    if (values.live) await loadLog(database, files);
    const rows: Row[] = values.only === '' && !values.live ? [await readAlone(files, false), await readAlone(files, true)] : [];
    for (const [what, args] of lanes.filter(([what]) => what.includes(values.only))) {
      const { stdout, ...measured } = await measureCommand(CLI, [...args, '--data-dir', folder], environment);
      rows.push({ what, ...measured, note: noteOf(stdout) });
      say(`measured  ${what.padEnd(20)} ${measured.seconds.toFixed(1)} s, ${measured.cpuSeconds.toFixed(1)} s of CPU, ${measured.memoryMib.toFixed(0)} MiB`);
    }
    say(`\n${tableOf(rows)}\n`);
    say(`stored  ${store(rows, bytes)}`);
  } finally {
    await postgres.stop();
    if (!values.keep) await rm(folder, { recursive: true, force: true });
  }
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

function tableOf(rows: readonly Row[]): string {
  const lines = rows.map(({ what, seconds, cpuSeconds, memoryMib, note = '' }) => [
    what, seconds.toFixed(1), Math.round(EVENTS / seconds).toLocaleString('en'), Math.round(EVENTS / Math.max(cpuSeconds, 0.01)).toLocaleString('en'), memoryMib.toFixed(0), note,
  ]);
  const all = [['what', 'seconds', 'events/s', 'events/s a core', 'MiB', ''], ...lines];
  const widths = all[0]!.map((_, column) => Math.max(...all.map((line) => line[column]!.length)));
  return all.map((line) => `| ${line.map((cell, column) => (column === 0 || column === 5 ? cell.padEnd(widths[column]!) : cell.padStart(widths[column]!))).join(' | ')} |`).toSpliced(1, 0, `|${widths.map((width, column) => (column === 0 || column === 5 ? '-'.repeat(width + 2) : `${'-'.repeat(width + 1)}:`)).join('|')}|`).join('\n');
}

function store(rows: readonly Row[], bytes: number): string {
  mkdirSync('bench-results', { recursive: true });
  const time = new Date().toISOString();
  const path = join('bench-results', `replay-${time.replaceAll(/[:.]/g, '-')}.json`);
  const machine = { cores: availableParallelism(), memoryGib: Math.round(totalmem() / 2 ** 30), node: process.version, platform: process.platform };
  writeFileSync(path, `${JSON.stringify({ time, commit: commit(), machine, events: EVENTS, partitions: PARTITIONS, bytes, rows }, null, 2)}\n`);
  return path;
}

function commit(): string {
  try {
    return execFileSync('git', ['rev-parse', 'HEAD'], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).trim();
  } catch {
    return '';
  }
}

await main();
