import type { Command } from 'commander';
import { wholeNumber, type Bind } from '../context.js';
import { proofOptions, type ProofSourceOptions } from '../proof-source.js';

export interface ProveOptions extends ProofSourceOptions {
  readonly out: string;
  readonly wait: number;
}

/** Heads are signed every minute unless that was set otherwise. */
const WAIT_SECONDS = 90;

/** `docket log prove`. */
export function proveCommand(log: Command, bind: Bind): void {
  const prove = proofOptions(log.command('prove').description('write one file that proves one decision to anybody who has the public key: docket-verify checks it offline')
    .argument('<grant>', 'the grant’s id, or its token')
    .argument('<call id>', 'the call’s id'))
    .requiredOption('--out <file>', 'the file to write')
    .option('--wait <seconds>', 'how long to wait for the next signed head, if the call is newer than the last one', wholeNumber(0, 3600), WAIT_SECONDS)
    .addHelpText('after', `
The file holds the event as it was written, its place under a signed head, the policy's text and what the grant was, and nothing
of other grants. Argument values stay sealed. Its form is described in docs/proof-format.md

Examples:
  docket log prove $GRANT 0192f3c4-7a10-7bcd-8e21-3f5a6b7c8d9e --out proof.json
  npx docket-verify proof.json --key .docket/head-keys.pem`);
  bind<ProveOptions>(prove, async (context, options, [grant, callId]) => (await import('../prove-work.js')).proveToFile(context, options, grant!, callId!));
}
