import type { Command } from 'commander';
import type { Difference, ReplayReport } from '#replay';
import { wholeNumber, type Bind, type Context } from '../context.js';
import { EXIT } from '../exit-codes.js';
import { ProgressBar } from '../progress-bar.js';
import { runOptions, withSource, type ReplayWork, type RunOptions } from '../replay-source.js';
import { aligned, plain, table } from '../terminal.js';

interface ReplayOptions extends RunOptions { readonly differences: number }

/** `docket log replay`. */
export function replayCommand(log: Command, bind: Bind): void {
  const replay = runOptions(log.command('replay').description('derive every recorded verdict again from the log, with the policy version in force then, and compare'))
    .option('--differences <n>', 'show the first so many differences', wholeNumber(0, 10_000), 10)
    .addHelpText('after', `
Everything is read from the log's first record; only events of the time range are compared. Verdicts that rest on argument
values need the grants' keys: the database and the keyring. Exit code 1 if anything differs, or the chain is broken.

Examples:
  docket log replay --from 24h
  docket log replay --from-archive ./archive --archive-only
  docket log replay --file docket.registry-0.jsonl docket.decisions-3.jsonl --json`);
  bind<ReplayOptions>(replay, (context, options) => withSource(context, options, (opened) => replayLog(context, options, opened)));
}

async function replayLog(context: Context, { differences, threads }: ReplayOptions, { spec, keys, facts, range, partitions, records }: ReplayWork): Promise<number> {
  const { isFaultless, mergeReports, runPartitions } = await import('#replay');
  const bar = new ProgressBar(context, 'replay', records);
  const reports = await runPartitions<ReplayReport>(
    { source: spec, keys, settings: facts.settings, documents: facts.documents, range, task: { kind: 'replay', differencesMax: differences } },
    partitions, { signal: context.terminal.signal, onProgress: (count) => bar.add(count), ...(threads !== undefined && { threads }) });
  const { seconds } = bar.end();
  const report = mergeReports(reports, differences);
  context.print(reportJson(report, partitions.length, seconds), () => reportText(report, partitions.length, seconds, keys !== undefined));
  return isFaultless(report) ? EXIT.ok : EXIT.error;
}

const KINDS = [['verdicts', 'CallDecided'], ['settlements', 'CallSettled'], ['approvalDecisions', 'ApprovalResolved'], ['reservations', 'QuotaReserved'], ['releases', 'QuotaReleased'], ['abortedCalls', 'CallAborted']] as const;
/** Of limits that many grants share: not shown where there are none. */
const SHARED: readonly string[] = ['reservations', 'releases', 'abortedCalls'];

function reportJson(report: ReplayReport, partitions: number, seconds: number): object {
  const { records, events, claims, signedHeads, voids, causes, gaps, chainBreaks } = report;
  return {
    partitions, records, events, claims, signedHeads, voids,
    ...Object.fromEntries(KINDS.map(([name, type]) => {
      const { compared, agreed, differing, underivable } = report.tallies[type];
      return [name, { compared, agreed, differing, notDerivable: underivable }];
    })),
    causes, notDerivable: gaps, chainBreaks,
    differences: report.differences.map(({ timeMs, grant_id, call_id, ...one }) => ({ ...one, time: new Date(timeMs).toISOString(), grantId: grant_id, callId: call_id })),
    seconds,
  };
}

const NAMES: Readonly<Record<string, string>> = { verdicts: 'verdicts', settlements: 'settlements', approvalDecisions: 'decisions on approvals', reservations: 'shares of common limits', releases: 'shares given back', abortedCalls: 'calls given up' };

function reportText(report: ReplayReport, partitions: number, seconds: number, hasKeys: boolean): string {
  const { records, voids, causes, gaps, chainBreaks, differences } = report;
  const number = (value: number): string => value.toLocaleString('en');
  const rate = number(Math.round(records / Math.max(seconds, 0.001)));
  const told = Object.entries(causes).filter(([, count]) => count > 0).map(([cause, count]): [string, string] => [cause, number(count)]);
  return [
    `${number(records)} records of ${partitions} partition${partitions === 1 ? '' : 's'} in ${seconds.toFixed(1)} s (${rate} a second)${voids === 0 ? '' : `; ${number(voids)} void, passed over`}`,
    table(['', 'COMPARED', 'AGREE', 'DIFFER', 'NOT DERIVABLE'], KINDS.filter(([name, type]) => !SHARED.includes(name) || report.tallies[type].compared > 0).map(([name, type]) => {
      const { compared, agreed, differing, underivable } = report.tallies[type];
      return [NAMES[name]!, ...[compared, agreed, differing, underivable].map(number)];
    })),
    ...(told.length === 0 ? [] : ['differences by their cause:', aligned(told)]),
    ...gapTexts(gaps, hasKeys),
    ...chainBreaks.map(({ partition, offset, reason }) => plain(`the chain of docket.decisions/${partition} is broken at offset ${offset}: ${reason}; events may be missing after it (docket log verify says more)`)),
    ...(differences.length === 0 ? [] : ['the first of them:', ...differences.map(differenceText)]),
  ].join('\n');
}

function gapTexts({ values_erased, values_key_missing, values_sealed }: ReplayReport['gaps'], hasKeys: boolean): string[] {
  const texts: string[] = [];
  if (values_erased > 0) texts.push(`${values_erased} not derivable: their argument values were erased`);
  if (values_key_missing > 0) texts.push(`${values_key_missing} not derivable: this database has no key for their grants`);
  if (values_sealed > 0) texts.push(`${values_sealed} not derivable: their argument values are sealed${hasKeys ? '' : ', and there are no keys here (the database and the keyring of this log)'}`);
  return texts;
}

function differenceText({ partition, offset, timeMs, type, cause, grant_id, call_id, recorded, derived }: Difference): string {
  return plain(`  docket.decisions/${partition}@${offset}  ${new Date(timeMs).toISOString()}  ${type}  ${cause}  call=${call_id}  grant=${grant_id}`)
    + `\n      recorded: ${plain(recorded)}\n      the log gives: ${plain(derived)}`;
}
