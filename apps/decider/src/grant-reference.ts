import { hash } from 'node:crypto';
import type { GrantReference } from '#decision';

const GRANT_TOKEN = /^dg_([0-9a-f]{32})_([A-Za-z0-9_-]{43})$/;
const GRANT_ID = /^[0-9a-f]{32}$/;

/** A grant as a request names it: `dg_<grant id>_<secret>` or the bare id; undefined for anything else. */
export function readGrant(text: string): GrantReference | undefined {
  if (GRANT_ID.test(text)) return { grant_id: text, secret_hash: null };
  const token = GRANT_TOKEN.exec(text);
  return token === null ? undefined : { grant_id: token[1]!, secret_hash: hash('sha256', token[2]!, 'hex') };
}
