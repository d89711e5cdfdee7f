import { randomBytes } from 'node:crypto';
import pg from 'pg';
import type { Secret } from '#platform';

const ROLE = 'docket_analyst';
/** What a former start wrote down is used again, if it looks as we write it. */
const PASSWORD = /^[0-9a-f]{48}$/;

/**
 * Makes sure that there is a login which can read the views of the projections and nothing else, and resolves to its
 * connection URL; undefined if there is no `docket_reader` to take after yet. Only for a server that is ours.
 * `known` is what an earlier start resolved to: its password stays.
 */
export async function ensureAnalyst(database: Secret, known: unknown): Promise<string | undefined> {
  const client = new pg.Client({ connectionString: database.reveal(), connectionTimeoutMillis: 5_000, query_timeout: 5_000 });
  await client.connect();
  try {
    const { rows } = await client.query<{ rolname: string }>(`SELECT rolname FROM pg_roles WHERE rolname IN ('docket_reader', '${ROLE}')`);
    if (!rows.some(({ rolname }) => rolname === 'docket_reader')) return undefined;
    if (!rows.some(({ rolname }) => rolname === ROLE)) await client.query(`CREATE ROLE ${ROLE} IN ROLE docket_reader`);
    const password = passwordOf(known) ?? randomBytes(24).toString('hex');
    await client.query(`ALTER ROLE ${ROLE} LOGIN PASSWORD '${password}'`);
    await client.query(`ALTER ROLE ${ROLE} SET default_transaction_read_only = on`);
    const url = new URL(database.reveal());
    url.username = ROLE;
    url.password = password;
    return url.href;
  } finally {
    await client.end();
  }
}

function passwordOf(url: unknown): string | undefined {
  if (typeof url !== 'string' || !URL.canParse(url)) return undefined;
  const { password } = new URL(url);
  return PASSWORD.test(password) ? password : undefined;
}
