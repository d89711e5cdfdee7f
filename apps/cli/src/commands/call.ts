import { Option, type Command } from 'commander';
import type { JsonObject } from '@bufbuild/protobuf';
import { connectionOptions, type Bind } from '../context.js';
import { decisionText, limitText, receiptText } from '../decision-text.js';
import { aligned } from '../terminal.js';

/** What is said about a call after its decision: how it ended, and what was recorded. */
export function callCommands(program: Command, bind: Bind): void {
  const settle = program.command('settle <call-id>').description('report what became of an allowed call; gives quota back as the limit says')
    .addOption(new Option('--outcome <outcome>', 'how the call ended').choices(['SUCCEEDED', 'FAILED', 'NOT_SENT', 'UNKNOWN']).makeOptionMandatory())
    .option('--grant <grant>', 'grant id or token (default: the demonstration grant)')
    .addHelpText('after', '\nExample:\n  docket settle 0199aa00-0000-7000-8000-000000000000 --outcome NOT_SENT');
  bind<{ outcome: string; grant?: string }>(connectionOptions(settle), async (context, options, [callId = '']) => {
    const grant = options.grant ?? (await context.connection()).demo('grantId', '--grant');
    const answer = await (await context.api()).call('decision', 'Settle', 'gateway', { grant, callId, outcome: options.outcome });
    context.print(answer, () => `${answer['outcome']}${answer['replayed'] ? ' (replayed)' : ''}\n${aligned([
      ...(answer['refunded'] as JsonObject[]).map((limit): [string, string] => ['given back', limitText(limit)]),
      ['call id', String(answer['callId'])],
      ['receipt', answer['receipt'] === undefined ? undefined : receiptText(answer['receipt'] as JsonObject)],
    ])}`);
  });

  const get = program.command('get <call-id>').description('show the recorded verdict of a call, for as long as call ids are remembered')
    .option('--grant <grant>', 'grant id or token (default: the demonstration grant)');
  bind<{ grant?: string }>(connectionOptions(get), async (context, options, [callId = '']) => {
    const grant = options.grant ?? (await context.connection()).demo('grantId', '--grant');
    const decision = await (await context.api()).call('decision', 'GetDecision', 'gateway', { grant, callId });
    context.print(decision, () => decisionText(decision));
  });
}
