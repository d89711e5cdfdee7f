import { parseArgs } from 'node:util';
import type { OverloadOptions } from './overload/main.js';
import type { ReplayBenchOptions } from './replay/main.js';

export interface BenchOptions {
  readonly rounds: number;
  /** Once for each server, before the first round. */
  readonly warmupServerMs: number;
  /** Before each measurement. */
  readonly warmupMs: number;
  readonly durationMs: number;
  readonly concurrency: readonly number[];
  readonly modes: readonly string[];
  /** Kill each server that keeps anything under load, after the rounds. */
  readonly kill: boolean;
  /** Parts of peers' names; empty means all. */
  readonly only: readonly string[];
}

const HELP = `npm run bench -- [options]
  --peers               Docket, Cerbos, Envoy ratelimit and raw appends beside each other: what is done without an option
  --quick               one short round of each (about six minutes)
  --rounds N            rounds, interleaved over all servers (default 5; quick 1)
  --seconds N           length of one measurement (default 8; quick 3)
  --concurrency A,B,…   decisions in flight (default 1,64,256)
  --modes A,B           of unary, stream, append (default all)
  --no-kill             without the round in which every server that keeps anything is killed under load
  --only A,B,…          only servers whose name contains one of these
  --projections         instead of all that: rebuilding and live projecting, beside COPY and raw reading (two minutes)
  --replay              instead of all that: replay, what-if, verify and export of log files (a quarter of an hour)
    --events N            events of the history (default 1000000; the memory that 200000 take is told beside)
    --only NAME           only commands with this in their name (replay, what-if, verify, export csv, …)
    --live                archiving and verifying the same history in PostgreSQL instead
    --keep                leaves the files
  --policy              instead of all that: reading, compiling and deciding, without a server (a minute)
  --tokens              instead of all that: the token broker (two minutes)
  --scopes              instead of all that: limits that many grants share beside a grant's own (a minute)
  --take-over           instead of all that: how long a partition is not served when its owner goes away (some minutes; Java and Maven)
    --hand-overs N        only so many owners that are told to stop, under load
  --overload            instead of all that: three times the peak is offered, and what becomes of it (a quarter of an hour)
    --minutes N           how long (default 10)
    --times N             how many times the peak (default 3)
    --parts N             with the peak measured again between them (default 1)
    --kafka               on a Kafka log instead of the embedded one (Java and Maven)
  --mcp                 instead of all that: what the MCP gateway adds to a call (two minutes)
  --client              instead of all that: callers through libs/client and through bare grpc-js (two minutes)
`;

export function readOptions(args: readonly string[]): BenchOptions | { readonly replay: ReplayBenchOptions } | { readonly overload: OverloadOptions } | 'help' | 'policy' | 'projections' | 'tokens' | 'scopes' | 'client' | 'mcp' | { readonly handOvers: number | undefined } {
  const { values } = parseArgs({
    args: [...args],
    options: {
      quick: { type: 'boolean', default: false }, rounds: { type: 'string' }, seconds: { type: 'string' },
      concurrency: { type: 'string', default: '1,64,256' }, modes: { type: 'string', default: 'unary,stream,append' },
      peers: { type: 'boolean', default: false }, 'no-kill': { type: 'boolean', default: false }, policy: { type: 'boolean', default: false }, projections: { type: 'boolean', default: false }, tokens: { type: 'boolean', default: false }, scopes: { type: 'boolean', default: false }, client: { type: 'boolean', default: false }, mcp: { type: 'boolean', default: false }, 'take-over': { type: 'boolean', default: false }, 'hand-overs': { type: 'string' }, overload: { type: 'boolean', default: false }, minutes: { type: 'string' }, times: { type: 'string' }, parts: { type: 'string' }, kafka: { type: 'boolean', default: false }, help: { type: 'boolean', default: false },
      replay: { type: 'boolean', default: false }, events: { type: 'string' }, only: { type: 'string', default: '' }, live: { type: 'boolean', default: false }, keep: { type: 'boolean', default: false },
    },
  });
  if (values.help) {
    process.stdout.write(HELP);
    return 'help';
  }
  if (values.policy) return 'policy';
  if (values.projections) return 'projections';
  if (values.tokens) return 'tokens';
  if (values.scopes) return 'scopes';
  if (values.client) return 'client';
  if (values.mcp) return 'mcp';
  const list = (text: string) => text.split(',').map((part) => part.trim()).filter(Boolean);
  const number = (name: string, text: string | undefined, fallback: number) => {
    const value = text === undefined ? fallback : Number(text);
    if (!(value > 0)) throw new Error(`--${name} has to be a number above 0, found ${text}`);
    return value;
  };
  if (values['take-over']) return { handOvers: values['hand-overs'] === undefined ? undefined : number('hand-overs', values['hand-overs'], 1) };
  if (values.overload) return { overload: { minutes: number('minutes', values.minutes, 10), times: number('times', values.times, 3), parts: number('parts', values.parts, 1), kafka: values.kafka } };
  if (values.replay) return { replay: { events: number('events', values.events, 1_000_000), only: values.only, live: values.live, keep: values.keep } };
  return {
    rounds: number('rounds', values.rounds, values.quick ? 1 : 5),
    warmupServerMs: values.quick ? 5_000 : 20_000,
    warmupMs: values.quick ? 1000 : 2000,
    durationMs: number('seconds', values.seconds, values.quick ? 3 : 8) * 1000,
    concurrency: list(values.concurrency).map((text) => number('concurrency', text, 1)),
    modes: list(values.modes),
    kill: !values['no-kill'],
    only: list(values.only),
  };
}
