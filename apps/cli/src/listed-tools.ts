import type { JsonObject } from '@bufbuild/protobuf';
import type { Api } from './api.js';
import { CliError } from './cli-error.js';
import { EXIT } from './exit-codes.js';

const TRIES = 5;

/** All pages of a server's tools, of one state of the registry; the instructions, which have no name, are the first. */
export async function listedTools(api: Api, serverId: string, withRisk: boolean): Promise<{ readonly tools: JsonObject[]; readonly reported: boolean }> {
  for (let tried = 1; tried <= TRIES; tried += 1) {
    const tools: JsonObject[] = [];
    let pageToken = '';
    let offset: unknown;
    for (;;) {
      const page = await api.call('registry', 'ListTools', 'admin', { serverId, pageToken, withRisk });
      offset ??= page['registryOffset'];
      if (page['registryOffset'] !== offset) break;
      tools.push(...(page['tools'] as JsonObject[]));
      pageToken = String(page['nextPageToken'] ?? '');
      if (pageToken === '') return { tools, reported: page['reported'] === true };
    }
  }
  throw new CliError(`the tools of ${serverId} change faster than they can be read`, { code: 'UNAVAILABLE', exitCode: EXIT.unavailable });
}

/** What people call it: the instructions have no name. */
export function nameText(row: JsonObject): string {
  return row['name'] === '' ? '(instructions)' : String(row['name']);
}
