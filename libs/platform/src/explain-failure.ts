import { DocketError } from '#errors';

/** Why a process did not start, for the person who started it: what is wrong, and with which fields or settings. */
export function explainFailure(error: unknown): string {
  if (!(error instanceof DocketError)) return error instanceof Error ? error.message : String(error);
  const unsaid = error.violations.filter(({ field }) => !error.message.includes(field));
  return unsaid.length === 0 ? error.message : `${error.message}: ${unsaid.map(({ field, description }) => `${field}: ${description}`).join('; ')}`;
}
