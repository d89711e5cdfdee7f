import { randomBytes } from 'node:crypto';
import pg from 'pg';
import type { Secret } from '#platform';

const ROLE = 'docket_analyst';
/** What a former start wrote down is used again, if it looks as we write it. */
const PASSWORD = /^[0-9a-f]{48}$/;
/** Docket needs connections, too. */
const CONNECTIONS_MAX = 20;

/**
 * What PostgreSQL lets every login do, and one that only reads must not: fill the disk (temporary tables, large objects,
 * messages in the write-ahead log), hold the locks by which Docket's processes wait for each other, and look into other
 * databases. `default_transaction_read_only` alone is a setting that a session may change.
 */
const NOT_FOR_ALL = `
  DO $$
  DECLARE one record;
  BEGIN
    EXECUTE format('REVOKE TEMPORARY ON DATABASE %I FROM PUBLIC', current_database());
    FOR one IN SELECT datname FROM pg_database WHERE datname <> current_database() LOOP
      EXECUTE format('REVOKE CONNECT, TEMPORARY ON DATABASE %I FROM PUBLIC', one.datname);
    END LOOP;
    FOR one IN
      SELECT oid::regprocedure AS name FROM pg_proc
       WHERE pronamespace = 'pg_catalog'::regnamespace AND proname ~ '^(pg_(try_)?advisory_(xact_)?lock|lo_|lowrite|loread|pg_logical_emit_message)'
         AND has_function_privilege('${ROLE}', oid, 'EXECUTE')
    LOOP
      EXECUTE format('REVOKE EXECUTE ON FUNCTION %s FROM PUBLIC', one.name);
    END LOOP;
  END $$`;

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
    await client.query(`ALTER ROLE ${ROLE} LOGIN CONNECTION LIMIT ${CONNECTIONS_MAX} PASSWORD '${password}'`);
    await client.query(`ALTER ROLE ${ROLE} SET default_transaction_read_only = on`);
    await client.query(NOT_FOR_ALL);
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
