import { resolve } from 'node:path';
import { Option, type Command } from 'commander';
import type { ExportFormat, Output } from '#replay';
import { CliError } from '../cli-error.js';
import type { Bind, Context } from '../context.js';
import { EXIT } from '../exit-codes.js';
import { ProgressBar } from '../progress-bar.js';
import { refuseUnknownGrants, sourceOptions, withSource, type ReplayWork, type SourceOptions } from '../replay-source.js';
import { plain } from '../terminal.js';
import { grantOf } from './query-options.js';

interface ExportOptions extends SourceOptions { readonly topic: 'decisions' | 'registry' | 'both'; readonly format: ExportFormat; readonly out?: string; readonly reveal?: boolean }

/** `docket log export`. */
export function exportCommand(log: Command, bind: Bind): void {
  const command = sourceOptions(log.command('export').description('write events in a form for people and other programs, in the order of their times'))
    .option('--grant <grant...>', 'only events of these grants (ids or tokens)')
    .addOption(new Option('--topic <topic>', 'only this topic').choices(['decisions', 'registry', 'both']).default('both'))
    .addOption(new Option('--format <format>', 'jsonl: an object a line; csv and parquet: one table').choices(['jsonl', 'csv', 'parquet']).default('jsonl'))
    .option('--out <file>', 'the file; it has its name once it is whole (default: the standard output)')
    .option('--reveal', 'open argument values, with this machine’s keys (needs the database and the keyring)')
    .addHelpText('after', `
A call and its verdict are one object, with the names of the protos in JSON; settlements, decisions on approvals and edits have theirs.
Only valid events are written, judged as every reader judges them. Where the log has a fault, what can be read is written, the
fault is told, and the exit code is 1. For the exact records of the log: docket log archive.

Examples:
  docket log export --from 24h | jq 'select(.verdict == "DENY") | .tool'
  docket log export --from 2026-11-01 --to 2026-12-01 --topic decisions --format parquet --out november.parquet`);
  bind<ExportOptions>(command, async (context, options) => {
    if (options.format === 'parquet' && options.out === undefined) throw new CliError('--format parquet: give the file with --out');
    return withSource(context, options, (opened) => exportLog(context, options, opened));
  });
}

async function exportLog(context: Context, { format, topic, grant, reveal = false, out }: ExportOptions, { source, facts, range, keys }: ReplayWork): Promise<number> {
  const { DECISIONS_TOPIC, FileOutput, REGISTRY, eventWriter, exportEvents, openValueKeys, streamOutput } = await import('#replay');
  if (reveal && keys === undefined) throw new CliError('--reveal: there are no keys here; set DATABASE_URL, and KEYRING_FILE or another of the key variables');
  const all = source.partitions ?? [REGISTRY, ...Array.from({ length: facts.partitions }, (_, partition) => ({ topic: DECISIONS_TOPIC, partition }))];
  const wanted = [...(topic === 'registry' ? [] : [DECISIONS_TOPIC]), ...(topic === 'decisions' ? [] : [REGISTRY.topic])];
  const partitions = all.filter((tp) => wanted.includes(tp.topic));
  const counts = await Promise.all(partitions.map((tp) => source.log.count(tp)));
  const bar = new ProgressBar(context, 'export', counts.reduce((sum, count) => (sum === undefined || count === undefined ? undefined : sum + count), 0));
  const opened = await openValueKeys(reveal ? keys : undefined);
  let output: Output | undefined;
  try {
    output = out === undefined ? streamOutput(context.terminal.stdout) : await FileOutput.create(resolve(context.terminal.cwd, out));
    const writer = eventWriter(format, output, { reveal });
    let events = 0;
    const faults: string[] = [];
    const slips = new Set(facts.unknownGrants);
    for await (const batch of exportEvents({
      log: source.log, partitions, settings: facts.settings, range, signal: context.terminal.signal, onProgress: (records) => bar.add(records),
      onFault: ({ topic: where, partition, offset, what }) => faults.push(`${where}/${partition} at offset ${offset}: ${what}`),
      ...(grant !== undefined && { grants: grant.map(grantOf) }), ...(reveal && { reveal: opened.keys }),
    })) {
      await writer.write(batch);
      events += batch.length;
      if (slips.size > 0) for (const { fields } of batch) slips.delete(String(fields['grantId']));
    }
    refuseUnknownGrants(facts, (id) => !slips.has(id));
    await writer.finish();
    context.terminal.signal.throwIfAborted();
    await output.commit();
    const { seconds } = bar.end();
    if (out !== undefined) context.print({ out, format, events, seconds, ...(faults.length > 0 && { faults }) }, () => `${out}: ${events.toLocaleString('en')} events in ${seconds.toFixed(1)} s`);
    if (faults.length === 0) return EXIT.ok;
    // Also with --json: nothing of it is in what was written.
    context.terminal.stderr.write(`docket: DATA_LOSS: the log has faults, and events behind them were not written (docket log verify says more):\n${faults.map((fault) => `  ${plain(fault)}\n`).join('')}`);
    return EXIT.error;
  } catch (error) {
    await output?.discard();
    throw error;
  } finally {
    bar.end();
    await opened.close();
  }
}
