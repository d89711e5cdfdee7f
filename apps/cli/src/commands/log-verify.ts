import type { Command } from 'commander';
import type { Bind } from '../context.js';
import { wholeNumber } from '../context.js';
import { proofOptions, type ProofSourceOptions } from '../proof-source.js';

export interface VerifyOptions extends ProofSourceOptions {
  readonly heads?: string;
  readonly receipts?: string;
  readonly verdicts?: boolean;
  readonly topic?: string;
  readonly partition?: number;
}

/** `docket log verify` and `docket log heads`. */
export function verifyCommands(log: Command, bind: Bind): void {
  const verify = proofOptions(log.command('verify').description('read the whole log and show that it is what was written: chain, claims, sequences, signed heads, receipts; name the first fault'))
    .option('--heads <folder or URL>', 'signed heads that were kept outside (HEADS_SINK): a tail that was cut off or a log written anew is found by them')
    .option('--receipts <file>', 'receipts, one JSON object a line, such as docket decide --json prints')
    .option('--verdicts', 'derive every verdict again as well (docket log replay)')
    .option('--topic <topic>', 'only this topic')
    .option('--partition <n>', 'only this partition of it', wholeNumber(0, 100_000))
    .addHelpText('after', `
Exit code 1 where there is a fault; of each partition the first is told, with its offset. Where archives stand in place of the
log's beginning, what the log still holds of that is compared with them. A signed head that is kept outside by
an http(s) address is fetched with HEADS_SINK_TOKEN, if that is set. What each check shows and what not: docs/proof-format.md

Examples:
  docket log verify
  docket log verify --heads /mnt/worm/heads --key head-keys.pem
  docket log verify --from-archive ./archive --archive-only --json
  docket decide --tool refresh_access_token --json >> receipts.jsonl; docket log verify --receipts receipts.jsonl`);
  bind<VerifyOptions>(verify, async (context, options) => (await import('../verify-work.js')).verifyLog(context, options));

  const heads = proofOptions(log.command('heads').description('the newest signed head of each partition, and the public keys that signed them'))
    .addHelpText('after', `
Examples:
  docket log heads
  docket log heads --json | jq -r .publicKey | sort -u`);
  bind<ProofSourceOptions>(heads, async (context, options) => (await import('../heads-work.js')).showHeads(context, options));
}
