import { run } from './program.js';

/** What writes a file takes the half that there is away first, however busy the machine. */
const CUT_OFF_MS = process.argv.some((word) => /^--out(=|$)/.test(word)) ? 30_000 : 300;
const AGAIN_MS = 1_000;
let stoppedAtMs: number | undefined;
const stop = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.on(signal, () => {
    // One Ctrl-C arrives several times: from the terminal, from npx, from who runs the pinned Node. Who asks again later is not kept waiting.
    stoppedAtMs ??= performance.now();
    if (performance.now() - stoppedAtMs > AGAIN_MS) process.exit(130);
    stop.abort();
    // A command that goes on for ever ends by itself now; one that waits for an answer is cut off.
    setTimeout(() => process.exit(130), CUT_OFF_MS).unref();
  });
}
// A reader that has seen enough (`| head`) is no error.
process.stdout.on('error', (error: NodeJS.ErrnoException) => process.exit(error.code === 'EPIPE' ? 0 : 1));

process.on('uncaughtException', (error) => {
  process.stderr.write(`docket: this should not happen: ${error.stack ?? error.message}\n`);
  process.exit(1);
});

process.exitCode = await run(process.argv.slice(2), {
  stdin: process.stdin,
  stdout: process.stdout,
  stderr: process.stderr,
  environment: process.env,
  cwd: process.cwd(),
  signal: stop.signal,
});
