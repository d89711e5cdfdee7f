import { spawn, type ChildProcessByStdio } from 'node:child_process';
import type { Readable, Writable } from 'node:stream';
import { Secret, type Logger } from '#platform';
import { scrub } from '#upstream';
import type { StdioUpstream } from '../servers-file.js';

export interface ChildOptions {
  readonly serverId: string;
  readonly command: StdioUpstream;
  readonly logger: Logger;
  readonly lineBytesMax: number;
  /** One line of its standard output, without the line break. */
  readonly onLine: (line: Buffer) => void;
  /** Once: it has ended, or could not be started, or said something without end. */
  readonly onEnd: () => void;
}

const NEWLINE = 10;
/** Of what it has been told and not yet read. */
const UNREAD_BYTES_MAX = 16 * 1024 * 1024;
const STDERR_LINES_PER_MINUTE = 60;
const STDERR_LINE_CHARS_MAX = 512;
const STDERR_UNENDED_CHARS_MAX = 8 * 1024;
/** An environment's values this long are taken for secrets in what a child writes to its log. */
const SECRET_CHARS_MIN = 8;
/** What it has to end by itself after its input has, and after it was asked to. */
const END_MS = 2_000;

/**
 * A child process that speaks over its standard input and output: no shell, no environment but the one that is configured (and PATH), a
 * process group of its own, so that what it starts ends with it. What it writes to its standard error goes into the log, a little of it,
 * without the values of its environment.
 */
export class Child {
  readonly #process: ChildProcessByStdio<Writable, Readable, Readable>;
  readonly #o: ChildOptions;
  #rest: Buffer[] = [];
  #restBytes = 0;
  #isOver = false;
  readonly #ended: Promise<void>;

  constructor(options: ChildOptions) {
    this.#o = options;
    const { command, args, env, cwd } = options.command;
    const path = process.env['PATH'];
    this.#process = spawn(command, args, { shell: false, windowsHide: true, detached: process.platform !== 'win32', stdio: ['pipe', 'pipe', 'pipe'], env: { ...(path !== undefined && { PATH: path }), ...env }, ...(cwd !== undefined && { cwd }) });
    this.#ended = new Promise((resolve) => {
      this.#process.once('close', (code, signal) => {
        resolve();
        this.#over({ code, signal });
      });
      this.#process.once('error', (error) => {
        resolve();
        this.#over({ code: (error as NodeJS.ErrnoException).code ?? 'unknown', signal: null });
      });
    });
    this.#process.stdin.on('error', () => this.kill());
    this.#process.stdout.on('data', (chunk: Buffer) => this.#read(chunk)).on('error', () => this.kill());
    readLog(this.#process.stderr, options);
  }

  get isOver(): boolean {
    return this.#isOver;
  }

  /** @returns whether it may have been read: false where the child has ended, or does not read */
  write(line: string): boolean {
    if (this.#isOver || !this.#process.stdin.writable || this.#process.stdin.writableLength > UNREAD_BYTES_MAX) return false;
    this.#process.stdin.write(`${line}\n`);
    return true;
  }

  /** At once, with all that it has started. */
  kill(signal: NodeJS.Signals = 'SIGKILL'): void {
    const { pid } = this.#process;
    if (pid === undefined) return;
    try {
      if (process.platform === 'win32') this.#process.kill(signal);
      else process.kill(-pid, signal);
    } catch {
      // It has ended.
    }
  }

  /** Its input ends, then it is asked to end, then it is made to. */
  async stop(): Promise<void> {
    this.#isOver = true;
    this.#process.stdin.end();
    const asked = setTimeout(() => this.kill('SIGTERM'), END_MS);
    const made = setTimeout(() => this.kill(), 2 * END_MS);
    await this.#ended;
    clearTimeout(asked);
    clearTimeout(made);
    // What it has started may still be there.
    this.kill();
  }

  #read(chunk: Buffer): void {
    let from = 0;
    for (let at = chunk.indexOf(NEWLINE); at !== -1; at = chunk.indexOf(NEWLINE, from)) {
      const line = this.#rest.length === 0 ? chunk.subarray(from, at) : Buffer.concat([...this.#rest, chunk.subarray(from, at)]);
      this.#rest = [];
      this.#restBytes = 0;
      from = at + 1;
      if (this.#isOver) return;
      if (line.length > this.#o.lineBytesMax) return this.#tooLong();
      if (line.length > 0) this.#o.onLine(line);
    }
    if (from >= chunk.length) return;
    this.#rest.push(chunk.subarray(from));
    this.#restBytes += chunk.length - from;
    if (this.#restBytes > this.#o.lineBytesMax) this.#tooLong();
  }

  #tooLong(): void {
    this.#o.logger.warn({ server: this.#o.serverId }, 'a child process wrote a line that is longer than a message may be; it is ended');
    this.#rest = [];
    this.kill();
    this.#over({ code: 'TOO_LONG', signal: null });
  }

  #over(how: { readonly code: number | string | null; readonly signal: NodeJS.Signals | null }): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#o.logger.warn({ server: this.#o.serverId, ...how }, 'a child process has ended');
    this.kill();
    this.#o.onEnd();
  }
}

function readLog(stream: Readable, { serverId, command, logger }: ChildOptions): void {
  const secrets = Object.values(command.env).filter(({ length }) => length >= SECRET_CHARS_MIN).map((value) => new Secret(value));
  let rest = '';
  let left = STDERR_LINES_PER_MINUTE;
  let minute = 0;
  stream.setEncoding('utf8').on('data', (text: string) => {
    const lines = (rest + text).split('\n');
    rest = lines.pop()!.slice(0, STDERR_UNENDED_CHARS_MAX);
    const now = Math.floor(performance.now() / 60_000);
    if (now !== minute) [minute, left] = [now, STDERR_LINES_PER_MINUTE];
    for (const line of lines) {
      if (left <= 0) return;
      left -= 1;
      logger.info({ server: serverId, stderr: scrub(line.slice(0, STDERR_LINE_CHARS_MAX * 8), secrets).slice(0, STDERR_LINE_CHARS_MAX) }, left === 0 ? 'a child process writes much: the rest of this minute is left out' : 'a child process writes');
    }
  }).on('error', () => undefined);
}
