import { latencyOf, type LoadResult } from './job.js';

/** Counts what a generator process sent and was answered; only what is answered in the window that counts is a sample. */
export class Meter {
  private samples = new Float64Array(1 << 16);
  private decisions = 0;
  private sent = 0;
  private allowed = 0;
  private otherVerdicts = 0;
  private readonly errors: Record<string, number> = {};
  private measuring = false;
  private startedMs = 0;
  private elapsedMs = 0;
  private cpuAtStart = process.cpuUsage();
  private cpuSeconds = 0;

  begin(): void {
    this.measuring = true;
    this.startedMs = performance.now();
    this.cpuAtStart = process.cpuUsage();
  }

  end(): void {
    this.measuring = false;
    this.elapsedMs = performance.now() - this.startedMs;
    const cpu = process.cpuUsage(this.cpuAtStart);
    this.cpuSeconds = (cpu.user + cpu.system) / 1e6;
  }

  send(calls = 1): void {
    this.sent += calls;
  }

  answer(verdict: 'allow' | 'other', latencyMs: number): void {
    if (verdict === 'allow') this.allowed += 1;
    else this.otherVerdicts += 1;
    if (!this.measuring) return;
    if (this.decisions === this.samples.length) {
      const larger = new Float64Array(this.samples.length * 2);
      larger.set(this.samples);
      this.samples = larger;
    }
    this.samples[this.decisions++] = latencyMs;
  }

  error(message: string, calls = 1): void {
    this.errors[message] = (this.errors[message] ?? 0) + calls;
  }

  result(): LoadResult {
    return {
      decisions: this.decisions, elapsedMs: this.elapsedMs, latency: latencyOf(this.samples.slice(0, this.decisions)),
      generatorCpuSeconds: this.cpuSeconds, sent: this.sent, allowed: this.allowed, otherVerdicts: this.otherVerdicts,
      errors: this.errors,
    };
  }
}
