import type { Command } from 'commander';
import { InvalidArgumentError } from 'commander';
import type { Api } from './api.js';
import type { Connection, ConnectionOptions } from './connection.js';
import type { Terminal } from './terminal.js';

/** One run of one command. */
export class Context {
  readonly terminal: Terminal;
  readonly json: boolean;
  readonly #options: ConnectionOptions;
  #connection: Connection | undefined;
  #api: Api | undefined;
  #tokens: Api | undefined;
  #beside: Api | undefined;

  constructor(terminal: Terminal, options: ConnectionOptions & { json?: boolean }) {
    this.terminal = terminal;
    this.json = options.json ?? false;
    this.#options = options;
  }

  /** Loaded when first needed, as the API is, so that `--help` and `policy lint` start at once. */
  async connection(): Promise<Connection> {
    const { Connection } = await import('./connection.js');
    return (this.#connection ??= new Connection(this.#options, this.terminal.environment, this.terminal.cwd));
  }

  async api(): Promise<Api> {
    const { Api } = await import('./api.js');
    return (this.#api ??= new Api(await this.connection()));
  }

  /** The token broker's API. */
  async tokens(): Promise<Api> {
    const { Api } = await import('./api.js');
    const connection = await this.connection();
    return (this.#tokens ??= new Api(connection, connection.tokensAddresses));
  }

  /** The API of the token broker beside the decider that is asked; undefined: none is known. */
  async tokensBeside(): Promise<Api | undefined> {
    const { Api } = await import('./api.js');
    const connection = await this.connection();
    const addresses = connection.tokensBeside;
    return addresses === undefined ? undefined : (this.#beside ??= new Api(connection, addresses));
  }

  /** A result: text for people, one JSON object on one line with --json. */
  print(result: unknown, text: () => string): void {
    this.terminal.stdout.write(`${this.json ? JSON.stringify(result) : text()}\n`);
  }

  /** A remark beside the result; programs read it in the JSON. */
  note(text: string): void {
    if (!this.json) this.terminal.stderr.write(`${text}\n`);
  }

  /** The options that reach the same service with the same rights from another command line: ` --data-dir x`, or ''. */
  get sameService(): string {
    const { dataDir, address, tls, ca, plaintext } = this.#options;
    const given = [['--data-dir', dataDir], ['--address', address], ['--ca', ca]].filter(([, value]) => value !== undefined).map(([name, value]) => ` ${name} ${shellWord(String(value))}`);
    return `${given.join('')}${tls ? ' --tls' : ''}${plaintext ? ' --plaintext' : ''}`;
  }

  close(): void {
    this.#api?.close();
    this.#tokens?.close();
    this.#beside?.close();
  }
}

function shellWord(text: string): string {
  return /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
}

export type Handler<O> = (context: Context, options: O, args: readonly string[]) => Promise<number | void>;
/** Binds a command to its handler; the program keeps the exit code. */
export type Bind = <O>(command: Command, handler: Handler<O>) => Command;

export function jsonOption(command: Command): Command {
  return command.option('--json', 'one JSON object a line, in the form of the protos');
}

/** The options of every command that talks to a running Docket. */
export function connectionOptions(command: Command): Command {
  return jsonOption(command)
    .option('--data-dir <folder>', 'folder that holds credentials.json (default: ./.docket, or DOCKET_DATA_DIR)')
    .option('--address <host:port>', 'gRPC address, or several separated by commas (default: DOCKET_ADDRESS, or those in credentials.json)')
    .option('--timeout <seconds>', 'how long to wait for an answer (default: 10)', secondsToMs)
    .option('--tls', 'speak TLS')
    .option('--ca <file>', 'certificate authority to trust, PEM; implies --tls')
    .option('--plaintext', 'send the credential unencrypted to another machine');
}

function secondsToMs(text: string): number {
  const value = Number(text);
  if (!(value > 0 && value <= 3600)) throw new InvalidArgumentError('expected seconds, more than 0 and at most 3600');
  return value * 1000;
}

/** For commander: a whole number within bounds. */
export function wholeNumber(min: number, max: number): (text: string) => number {
  return (text) => {
    const value = /^\d+$/.test(text) ? Number(text) : NaN;
    if (value >= min && value <= max) return value;
    throw new InvalidArgumentError(`expected a whole number from ${min} to ${max}`);
  };
}

const UNIT_MS: Readonly<Record<string, number>> = { s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/** For commander: `90s`, `15m`, `1h` or `30d`, in milliseconds. */
export function duration(text: string): number {
  const match = /^([1-9]\d{0,6})([smhd])$/.exec(text);
  if (match === null) throw new InvalidArgumentError('expected a number and a unit: 90s, 15m, 1h or 30d');
  return Number(match[1]) * (UNIT_MS[match[2] ?? ''] ?? NaN);
}
