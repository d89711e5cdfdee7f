import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { NodeProcess } from './node-process.js';

/** A running Docket as a campaign needs it, whatever its log is. */
export interface Site {
  readonly deciders: readonly { readonly process: NodeProcess; readonly grpc: string }[];
  readonly databaseUrl: string;
  credential(role: 'gateway' | 'admin'): string;
  /** Writes all records of the log, and `ends.json`. */
  exportLog(evidence: string): Promise<void>;
  stop(): Promise<void>;
}

/** The first credentials, as the decider wrote them. */
export function credentialIn(folder: string, role: 'gateway' | 'admin'): string {
  const { credentials } = JSON.parse(readFileSync(join(folder, 'credentials.json'), 'utf8')) as { credentials: Record<string, string> };
  return credentials[role]!;
}
