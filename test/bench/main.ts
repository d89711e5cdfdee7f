import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { availableParallelism, totalmem } from 'node:os';
import { join } from 'node:path';
import { benchClient } from './client/main.js';
import { readOptions } from './options.js';
import { benchPeers } from './peers/bench-peers.js';
import { benchMcp } from './mcp/main.js';
import { benchOverload } from './overload/main.js';
import { benchPolicies } from './policy.js';
import { benchProjections } from './projections/main.js';
import { benchReplay } from './replay/main.js';
import { benchScopes } from './scopes.js';
import { benchTakeOver } from './take-over/main.js';
import { benchTokens } from './tokens/main.js';

/** Of the projections' bench. */
const PROJECTED_RECORDS = 200_000;

const say = (line: string) => process.stdout.write(`${line}\n`);

/** `npm run bench`: what its options say. Prints tables and stores everything as JSON in `bench-results/`. */
async function main(): Promise<number> {
  const options = readOptions(process.argv.slice(2));
  if (options === 'help') return 0;
  if (options === 'policy') {
    await benchPolicies();
    return 0;
  }
  if (options === 'tokens') {
    say(`stored  ${store({ tokens: await benchTokens(say) })}`);
    return 0;
  }
  if (options === 'mcp') {
    say(`stored  ${store({ mcp: await benchMcp(say) })}`);
    return 0;
  }
  if (options === 'scopes') {
    await benchScopes(say);
    return 0;
  }
  if (options === 'client') {
    say(`stored  ${store({ client: await benchClient(say) })}`);
    return 0;
  }
  if (options === 'projections') {
    await benchProjections(PROJECTED_RECORDS);
    return 0;
  }
  if ('handOvers' in options) {
    say(`stored  ${store({ takeOver: await benchTakeOver(say, options.handOvers) })}`);
    return 0;
  }
  if ('overload' in options) {
    const overload = await benchOverload(options.overload, say);
    say(`stored  ${store({ overload })}`);
    return overload.findings.some((line) => line.startsWith('WRONG')) ? 1 : 0;
  }
  if ('replay' in options) {
    await benchReplay(options.replay);
    return 0;
  }
  const result = await benchPeers(options, say);
  say(`stored  ${store({ options, ...result })}`);
  return result.findings.some((line) => line.startsWith('WRONG')) ? 1 : 0;
}

function store(content: { readonly [part: string]: unknown }): string {
  mkdirSync('bench-results', { recursive: true });
  const time = new Date().toISOString();
  const path = join('bench-results', `${time.replaceAll(/[:.]/g, '-')}.json`);
  const machine = { cores: availableParallelism(), memoryGib: Math.round(totalmem() / 2 ** 30), node: process.version, platform: process.platform };
  writeFileSync(path, `${JSON.stringify({ time, commit: commit(), machine, ...content }, null, 2)}\n`);
  return path;
}

function commit(): string {
  try {
    return execFileSync('git', ['rev-parse', 'HEAD'], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).trim();
  } catch {
    return '';
  }
}

main().then(
  (code) => process.exit(code),
  (error: unknown) => {
    console.error(error);
    process.exit(1);
  },
);
