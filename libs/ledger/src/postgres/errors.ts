import { DocketError } from '#errors';

/** Runs `work`; what PostgreSQL refuses becomes a DocketError that says what `what` needs. Connection strings never show. */
export async function withPostgresErrors<T>(what: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof DocketError) throw error;
    const { code, message } = error as { code?: string; message: string };
    // Undefined table, undefined schema.
    if (code === '42P01' || code === '3F000') {
      throw new DocketError('failed_precondition', { reason: 'DATABASE_NOT_PREPARED', message: `${what} is not in this PostgreSQL database yet`, cause: error });
    }
    if (code === '42501') {
      throw new DocketError('failed_precondition', { reason: 'DATABASE_PERMISSION', message: `PostgreSQL refuses access to ${what}: ${message}`, cause: error });
    }
    throw new DocketError('unavailable', { reason: 'DATABASE_UNAVAILABLE', message: `${what} in PostgreSQL cannot be used: ${message}`, cause: error });
  }
}
