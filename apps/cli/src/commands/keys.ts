import type { Command } from 'commander';
import { DocketError } from '#errors';
import type { KeyStatus, LiveKeyring, RewrapProgress, RotationStatus } from '#ledger';
import { CliError } from '../cli-error.js';
import { connectionOptions, type Bind, type Context } from '../context.js';
import { EXIT } from '../exit-codes.js';
import { table } from '../terminal.js';

const WHERE = `
The keys are those of the running Docket: the keyring file beside its credentials, or KEYRING_FILE; or KEK, KEK_FILE or
KMS_KEY_ID, as it was started with. The database is the credentials file's, or DATABASE_URL.`;
/** Where no line can be drawn over, one is written this often. */
const LINE_MS = 5_000;
const BAR = 30;

interface Opened {
  readonly pool: import('pg').Pool;
  readonly keyring: LiveKeyring;
  readonly ledger: typeof import('#ledger');
}

export function keyCommands(program: Command, bind: Bind): void {
  const keys = program.command('keys').description('the keys that wrap the keys of grants and connections');

  const status = keys.command('status').description('every key with what it wraps, which are missing, and how far a rotation has come').addHelpText('after', `
States: current wraps what is made from now on; former still wraps something, until it is rewrapped; unused is at hand and
wraps nothing; MISSING wraps something and is not at hand, which no command can help.
${WHERE}

Example:
  docket keys status`);
  bind(connectionOptions(status), (context) => opened(context, async ({ pool, keyring, ledger }) => {
    const { keys: all, rotation } = await ledger.keyStates(pool, keyring);
    if (context.json) {
      for (const key of all) context.print({ ...key, newestAt: key.newestAt?.toISOString() ?? null, source: key.source ?? null }, () => '');
      context.print({ rotation }, () => '');
    } else context.print(null, () => statusText(all, rotation, keyring));
    return all.every(({ isHere }) => isHere) ? EXIT.ok : EXIT.error;
  }));

  const rotate = keys.command('rotate').description('makes a new key and rewraps every key under it, while Docket runs').addHelpText('after', `
Running nodes read old and new keys all the while and fetch the new one by themselves. A rotation that was stopped is
taken up again by the same command. The former key stays readable until \`docket keys forget\`.
${WHERE}

Example:
  docket keys rotate`);
  bind(connectionOptions(rotate), (context) => opened(context, (all) => rotateAll(context, all)));

  const forget = keys.command('forget <key-id...>').description('takes keys that wrap nothing any more out of the keyring, for good').addHelpText('after', WHERE);
  bind(connectionOptions(forget), (context, _options, ids) => opened(context, (all) => forgetKeys(context, ids, all)));
}

async function rotateAll(context: Context, { pool, keyring, ledger }: Opened): Promise<number> {
  return ledger.rotatingAlone(pool, async () => {
    const isUnfinished = (await ledger.kekUses(pool, keyring)).some(({ isCurrent }) => !isCurrent);
    const former = keyring.currentId;
    if (isUnfinished) context.note(`Going on with the rotation to key ${former}.`);
    else await addKey(context, keyring);
    const draw = progressOf(context);
    let rewrapped = 0;
    // Twice: what a node made with the former key in the moment of the change is found by the second.
    for (let pass = 1; pass <= 2; pass += 1) {
      const result = await ledger.rewrapKeys({ pool, keyring, signal: context.terminal.signal, onProgress: draw });
      rewrapped += result.rewrapped;
      if (!result.isComplete) {
        throw new CliError(`stopped after ${rewrapped} keys; run docket keys rotate again to go on`, { code: 'CANCELLED', exitCode: EXIT.error });
      }
    }
    context.print({ key: keyring.currentId, rewrapped, former: isUnfinished ? null : former }, () => [
      `key ${keyring.currentId} wraps everything: ${rewrapped} keys rewrapped`,
      ...(isUnfinished || keyring.source.drop === undefined ? [] : [`the former one is still readable; when all nodes have been up to date for a while: docket keys forget ${former}`]),
    ].join('\n'));
    return EXIT.ok;
  });
}

async function addKey(context: Context, keyring: LiveKeyring): Promise<void> {
  if (keyring.source.add === undefined) {
    throw new CliError(`keys come from ${keyring.source.label}, and the first one there wraps everything already: put a new one before it (base64 of 32 random bytes), have every node read both, and run this again`, {
      code: 'FAILED_PRECONDITION', exitCode: EXIT.error,
    });
  }
  await keyring.source.add();
  await keyring.refresh();
  context.note(`Key ${keyring.currentId} is made and wraps from now on.`);
}

async function forgetKeys(context: Context, ids: readonly string[], { pool, keyring, ledger }: Opened): Promise<number> {
  const { source } = keyring;
  if (source.drop === undefined) throw new CliError(`keys come from ${source.label}: take them out there`);
  return ledger.rotatingAlone(pool, async () => {
    const uses = await ledger.kekUses(pool, keyring);
    for (const id of ids) {
      if (!/^[0-9a-f]{16}$/.test(id)) throw new CliError(`expected the id of a key, 16 hex characters as docket keys status shows it, not ${JSON.stringify(id)}`);
      const use = uses.find((one) => one.id === id);
      if (id === keyring.currentId) throw new CliError(`key ${id} is the current one`, { code: 'FAILED_PRECONDITION', exitCode: EXIT.error });
      if (use !== undefined) throw new CliError(`key ${id} still wraps ${use.grants + use.connections} keys: run docket keys rotate first`, { code: 'FAILED_PRECONDITION', exitCode: EXIT.error });
      if (keyring.get(id) === undefined) throw new CliError(`there is no key ${id} in ${source.label}`, { code: 'NOT_FOUND', exitCode: EXIT.error });
    }
    await source.drop!(ids);
    context.print({ forgotten: ids }, () => `forgotten: ${ids.join(', ')}`);
    return EXIT.ok;
  });
}

function statusText(all: readonly KeyStatus[], rotation: RotationStatus, { source }: LiveKeyring): string {
  const others = all.filter((key) => key.source !== undefined && key.source !== source.label);
  const unused = all.filter((key) => key.state === 'unused' && key.source === source.label).map(({ id }) => id);
  return [
    `Keys come from ${source.label}.`,
    table(['KEY', 'STATE', 'GRANTS', 'CONNECTIONS', 'NEWEST'], all.map(({ id, state, grants, connections, newestAt }) => [
      id, state === 'missing' ? 'MISSING' : state, String(grants), String(connections), newestAt?.toISOString() ?? '-',
    ])),
    ...others.map((key) => `Key ${key.id} comes from ${key.source}.`),
    rotationText(rotation),
    ...(unused.length > 0 && source.drop !== undefined ? [`What wraps nothing can go when every node has been up to date for a while: docket keys forget ${unused.join(' ')}`] : []),
  ].join('\n');
}

function rotationText({ rewrapped, total, isUnderWay }: RotationStatus): string {
  const text = `${rewrapped.toLocaleString('en')} of ${total.toLocaleString('en')} keys are under the current one`;
  if (rewrapped === total) return isUnderWay ? `${text}; a docket keys command is at work.` : `${text}.`;
  const share = `${text} (${Math.floor((rewrapped / total) * 100)} %)`;
  return isUnderWay ? `${share}; they are being rewrapped.` : `${share}; docket keys rotate rewraps the others.`;
}

/** One line that is drawn over, on a terminal; elsewhere a line now and then. Nothing with --json. */
function progressOf({ json, terminal }: Context): (progress: RewrapProgress) => void {
  const isTerminal = (terminal.stderr as { isTTY?: boolean }).isTTY === true;
  const startedMs = performance.now();
  let nextMs = 0;
  return ({ done, total }) => {
    const nowMs = performance.now();
    const isLast = done >= total;
    if (json || (!isTerminal && !isLast && nowMs < nextMs)) return;
    nextMs = nowMs + LINE_MS;
    const share = total === 0 ? 1 : done / total;
    const rate = (done * 1_000) / Math.max(1, nowMs - startedMs);
    const filled = Math.round(share * BAR);
    const left = rate > 0 ? `, ${Math.ceil((total - done) / rate)} s left` : '';
    const text = `keys [${'#'.repeat(filled)}${'-'.repeat(BAR - filled)}] ${String(Math.floor(share * 100)).padStart(3)} %  ${done.toLocaleString('en')} of ${total.toLocaleString('en')}${left}`;
    terminal.stderr.write(isTerminal ? `\r${text}\u001b[K${isLast ? '\n' : ''}` : `${text}\n`);
  };
}

/** Opens the database and the keys that the running Docket uses, and closes them. */
async function opened(context: Context, work: (all: Opened) => Promise<number>): Promise<number> {
  const connection = await context.connection();
  if (connection.database === undefined) throw new CliError('the credentials file names no database: set DATABASE_URL');
  const [ledger, { ConfigError, keySettings, keysSettingsOf, readConfig }, { z }] = await Promise.all([import('#ledger'), import('#platform'), import('zod')]);
  const pool = ledger.openPool({ connectionString: connection.database });
  try {
    const file = connection.keyringFile;
    const given = readConfig(z.object(keySettings), context.terminal.environment);
    const config = { ...keysSettingsOf({ ...given, DATA_DIR: '' }, false), file };
    const keyring = await ledger.openKeys({ pool, config });
    return await work({ pool, keyring, ledger });
  } catch (error) {
    if (error instanceof ConfigError) throw new CliError(error.message);
    if (error instanceof DocketError) throw new CliError(error.message, { code: error.kind.toUpperCase(), exitCode: error.kind === 'unavailable' ? EXIT.unavailable : EXIT.error });
    throw error;
  } finally {
    await pool.end();
  }
}
