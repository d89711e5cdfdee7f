import { rename, rm, writeFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { proofText, proveCall, type ProofFile } from '#proof';
import { DocketError } from '#errors';
import { CliError } from './cli-error.js';
import type { ProveOptions } from './commands/log-prove.js';
import type { Context } from './context.js';
import { EXIT } from './exit-codes.js';
import { NO_KEY, trustedKeys, withProofSource } from './proof-source.js';
import { ProgressBar } from './progress-bar.js';

const LOOK_MS = 1_000;
const HEAD_EVERY_SECONDS = 60;

/** Resolves with the exit code. */
export async function proveToFile(context: Context, options: ProveOptions, grant: string, callId: string): Promise<number> {
  const grantId = grantIdOf(grant);
  const { signal } = context.terminal;
  const { keys, from } = await trustedKeys(context, options);
  const isLive = options.file === undefined && options.archiveOnly !== true;
  const untilMs = performance.now() + (isLive ? options.wait * 1000 : 0);
  const bar = new ProgressBar(context, 'prove', undefined);
  let isTold = false;
  const proof = await withProofSource(context, options, async ({ log }) => proveCall({
    log, keys, grantId, callId: callId.toLowerCase(), signal, onProgress: (records) => bar.add(records),
    waitForHead: async ({ topic, partition, offset }) => {
      if (signal.aborted || performance.now() >= untilMs) {
        throw new CliError(`the call is at offset ${offset} of ${topic}/${partition}, and no signed head covers it yet: Docket signs one every minute, and when it stops; try again then`, { code: 'UNAVAILABLE', exitCode: EXIT.unavailable });
      }
      if (!isTold) context.note(`the call is newer than the last signed head of ${topic}/${partition}: waiting for the next one, which comes within ${HEAD_EVERY_SECONDS} seconds if Docket runs`);
      isTold = true;
      await new Promise<void>((done) => setTimeout(done, LOOK_MS));
    },
  }).catch((error: unknown) => {
    if (signal.aborted && !(error instanceof CliError)) throw new CliError('stopped; nothing was written', { code: 'CANCELLED', exitCode: EXIT.error });
    throw error instanceof DocketError && error.kind === 'not_found' ? new CliError(error.message, { code: 'NOT_FOUND', exitCode: EXIT.error }) : error;
  }));
  bar.end();
  await write(context, options.out, proof);
  if (from === undefined) context.note(`Attention: ${NO_KEY}`);
  const key = from ?? 'PUBLIC-KEY';
  context.print({ file: options.out, grantId, callId: proof.call_id, offset: proof.call.offset, policyText: proof.policy_text !== null, grant: proof.grant !== null, keys: keys.ids }, () =>
    `${options.out}: the decision at offset ${proof.call.offset}, under a signed head${proof.policy_text === null ? '' : ', with the policy’s text'}${proof.grant === null ? '' : ' and what the grant was'}\ncheck it with: npx docket-verify ${options.out} --key ${from === '--key' ? 'PUBLIC-KEY' : key}`);
  return EXIT.ok;
}

const WHY: Readonly<Record<string, string>> = { ENOENT: 'there is no such folder', ENOSPC: 'the disk is full', EACCES: 'it may not be written', EROFS: 'it may not be written', EISDIR: 'it is a folder', ENOTDIR: 'what is to be its folder is a file' };

/** Whole, or not at all. */
async function write({ terminal }: Context, out: string, proof: ProofFile): Promise<void> {
  const file = resolve(terminal.cwd, out);
  const draft = `${file}.new-${process.pid}`;
  try {
    await writeFile(draft, proofText(proof));
    await rename(draft, file);
  } catch (error) {
    const { code = 'it cannot be written' } = error as NodeJS.ErrnoException;
    throw new CliError(`--out ${out}: ${WHY[code] ?? code}`, code === 'ENOSPC' ? { code: 'FAILED_PRECONDITION', exitCode: EXIT.error } : {});
  } finally {
    await rm(draft, { force: true });
  }
}

/** The id of a grant, which its token begins with. What is neither is not repeated: it may be a token with a slip. */
function grantIdOf(text: string): string {
  const id = /^(?:dg_([0-9a-f]{32})_[A-Za-z0-9_-]{43}|([0-9a-f]{32}))$/.exec(text);
  if (id !== null) return (id[1] ?? id[2])!;
  throw new CliError('expected a grant token (dg_…) or a grant id of 32 hex characters');
}
