import type { EntityManager, EntityTarget, ObjectLiteral } from 'typeorm';

/**
 * Inserts rows in one statement with one array per column, which costs a fraction of an INSERT built row by row. Rows
 * whose key is there already are left as they are.
 */
export async function insertMissing<T extends ObjectLiteral>(manager: EntityManager, target: EntityTarget<T>, rows: readonly T[]): Promise<void> {
  if (rows.length === 0) return;
  const { tablePath, columns } = manager.connection.getMetadata(target);
  const names = columns.map(({ databaseName }) => `"${databaseName}"`);
  const arrays = columns.map(({ type }, index) => `$${index + 1}::${String(type)}[]`);
  const values = columns.map(({ propertyName }) => rows.map((row) => row[propertyName] as unknown));
  await manager.query(`INSERT INTO ${tablePath} (${names.join(', ')}) SELECT * FROM unnest(${arrays.join(', ')}) ON CONFLICT DO NOTHING`, values);
}
