import { readFileSync, statSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { checkProof, type Check } from './check-proof.js';
import { readPublicKeys } from './public-keys.js';

const USAGE = `docket-verify checks a proof that "docket log prove" wrote: offline, and with nothing of Docket but this program.

  docket-verify <proof file> --key <head-keys.pem | public key in base64>...  [--json]

Without --key the signature is checked against the key in the file: that shows that the file is of one piece, not whose it is.
Exit code 0: proven; 1: the file is wrong; 2: the command is.
`;
const FILE_BYTES_MAX = 64 * 1024 * 1024;
const MARKS: Readonly<Record<Check['proven'], string>> = { yes: 'proven    ', no: 'WRONG     ', open: 'not shown ' };
const SHOWN = ['verdict', 'would_be', 'tool', 'rule', 'message', 'agent', 'principal', 'session_id', 'server_id', 'organisation', 'policy_id', 'mode', 'actor'] as const;

process.exitCode = main(process.argv.slice(2));

function main(args: readonly string[]): number {
  let file: string;
  let keys: Buffer[] | undefined;
  let json: boolean;
  let proof: unknown;
  try {
    const { values, positionals } = parseArgs({ args: [...args], allowPositionals: true, options: { key: { type: 'string', multiple: true }, json: { type: 'boolean' }, help: { type: 'boolean' } } });
    if (values.help === true) {
      process.stdout.write(USAGE);
      return 0;
    }
    if (positionals.length !== 1) throw new Error('expected one proof file');
    file = positionals[0]!;
    json = values.json ?? false;
    keys = values.key?.flatMap(readPublicKeys);
    if (statSync(file).size > FILE_BYTES_MAX) throw new Error(`${file} is larger than ${FILE_BYTES_MAX / 1024 / 1024} MiB`);
    proof = parse(readFileSync(file, 'utf8'));
  } catch (error) {
    process.stderr.write(`docket-verify: ${plain((error as Error).message)}\n${USAGE}`);
    return 2;
  }
  const { checks, decision } = checkProof(proof, keys);
  const isSound = checks.every(({ proven }) => proven !== 'no');
  if (json) process.stdout.write(`${JSON.stringify({ proven: isSound, keyPinned: keys !== undefined, checks, decision })}\n`);
  else process.stdout.write(`${[...textOf(file, checks, decision, isSound), ''].join('\n')}`);
  if (keys === undefined && isSound) process.stderr.write('docket-verify: warning: the public key comes from the file itself; give the one you know with --key\n');
  return isSound ? 0 : 1;
}

/** What is no JSON is no proof, and that is for the checks to say. */
function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function textOf(file: string, checks: readonly Check[], decision: Readonly<Record<string, unknown>> | undefined, isSound: boolean): string[] {
  const facts = decision === undefined || !isSound ? [] : SHOWN.filter((name) => decision[name] !== '' && decision[name] !== null && decision[name] !== undefined).map((name) => `  ${name.padEnd(14)}${plain(String(decision[name]))}`);
  return [
    ...checks.map(({ proven, what }) => `${MARKS[proven]}${plain(what)}`),
    ...(facts.length === 0 ? [] : ['', 'The decision says:', ...facts]),
    '', isSound ? `${plain(file)} is proven.` : `${plain(file)} is NOT a proof.`,
  ];
}

/** What comes from the file must not steer the terminal. */
function plain(text: string): string {
  return text.replace(/[\u0000-\u001f\u007f-\u009f\u2028\u2029\u202a-\u202e\u2066-\u2069]/g, '\ufffd');
}
