import type pg from 'pg';
import type { FieldViolation } from '#errors';
import { sqlOf } from './migrations.js';

const SETTINGS_SQL = sqlOf('settings');

/** What in the session's settings would lose acknowledged records in a crash. */
export async function durabilityViolations(session: Pick<pg.ClientBase, 'query'>): Promise<FieldViolation[]> {
  const { rows } = await session.query<{ name: string; found: string; expected: string }>(SETTINGS_SQL);
  return rows.map(({ name, found, expected }) => ({ field: name, description: `found ${found}, expected ${expected}` }));
}
