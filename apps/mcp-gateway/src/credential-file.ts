import { readFileSync } from 'node:fs';
import { ConfigError, Secret } from '#platform';

const CREDENTIAL = /^dk_[A-Za-z0-9_-]{20,200}$/;
const FILE_CHARACTERS_MAX = 1024 * 1024;

/** The gateway's credential from a file: alone in it, or in the credentials file that a decider has written. Throws a ConfigError. */
export function readCredential(path: string): Secret {
  let text: string;
  try {
    text = readFileSync(path, 'utf8').slice(0, FILE_CHARACTERS_MAX).trim();
  } catch (error) {
    throw new ConfigError([`DOCKET_CREDENTIAL_FILE: cannot be read (${(error as NodeJS.ErrnoException).code ?? 'unknown'})`]);
  }
  const found = CREDENTIAL.test(text) ? text : writtenByDecider(text);
  if (found === undefined || !CREDENTIAL.test(found)) throw new ConfigError(['DOCKET_CREDENTIAL_FILE: expected a credential (dk_…), or the credentials.json that a decider writes']);
  return new Secret(found);
}

function writtenByDecider(text: string): string | undefined {
  try {
    const { credentials } = JSON.parse(text) as { credentials?: { gateway?: unknown } };
    return typeof credentials?.gateway === 'string' ? credentials.gateway : undefined;
  } catch {
    return undefined;
  }
}
