import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';

const LOOK_MS = 50;
/** Characters: a report by tool and grant may be long. */
const STDOUT_MAX = 64 * 1024 * 1024;
/** Linux reports process times in ticks of 10 ms. */
const TICKS_PER_SECOND = 100;

export interface MeasuredCommand {
  readonly seconds: number;
  /** User and system time of all its threads. */
  readonly cpuSeconds: number;
  readonly memoryMib: number;
  /** The most that was resident in each tenth of its time, MiB: whether memory grows with what is read. */
  readonly memoryByTenthMib: readonly number[];
  readonly stdout: string;
}

/** Runs a Node program to its end, looking at its CPU and memory every now and then. Rejects unless it ends with 0. */
export async function measureCommand(program: string, args: readonly string[], env: Readonly<Record<string, string>>): Promise<MeasuredCommand> {
  const startedMs = performance.now();
  const child = spawn(process.execPath, [program, ...args], { env: { ...process.env, ...env }, stdio: ['ignore', 'pipe', 'pipe'] });
  let [stdout, stderr, cpuSeconds] = ['', '', 0];
  const residentMib: number[] = [];
  child.stdout.on('data', (chunk: Buffer) => { if (stdout.length < STDOUT_MAX) stdout += chunk.toString(); });
  child.stderr.on('data', (chunk: Buffer) => { stderr = (stderr + chunk.toString()).slice(-4_000); });
  const look = (): void => {
    try {
      const stat = readFileSync(`/proc/${child.pid}/stat`, 'utf8');
      const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ').map(Number);
      cpuSeconds = ((fields[11] ?? 0) + (fields[12] ?? 0)) / TICKS_PER_SECOND;
      const resident = /^VmRSS:\s+(\d+) kB/m.exec(readFileSync(`/proc/${child.pid}/status`, 'utf8'))?.[1];
      if (resident !== undefined) residentMib.push(Number(resident) / 1024);
    } catch {
      // It has ended.
    }
  };
  const timer = setInterval(look, LOOK_MS);
  const code = await new Promise<number | null>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', resolve);
  }).finally(() => clearInterval(timer));
  if (code !== 0) throw new Error(`${args.slice(0, 2).join(' ')} ended with ${code}: ${stderr}${stdout.slice(-2_000)}`);
  return { seconds: (performance.now() - startedMs) / 1000, cpuSeconds, memoryMib: Math.max(0, ...residentMib), memoryByTenthMib: tenths(residentMib), stdout };
}

function tenths(samples: readonly number[]): number[] {
  return Array.from({ length: 10 }, (_, i) => Math.round(Math.max(0, ...samples.slice(Math.floor((samples.length * i) / 10), Math.max(Math.floor((samples.length * i) / 10) + 1, Math.floor((samples.length * (i + 1)) / 10))))));
}
