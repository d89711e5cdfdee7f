import { mkdir } from 'node:fs/promises';
import { DocketError } from '#errors';
import { shownPath } from './panel.js';

/** Makes the data folder if it is missing, for its owner only. Rejects with DocketError DATA_DIR_UNUSABLE. */
export async function ensureDataFolder(folder: string): Promise<void> {
  try {
    await mkdir(folder, { recursive: true, mode: 0o700 });
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    const why = code === 'EEXIST' || code === 'ENOTDIR' ? 'it is a file, or below one' : `it cannot be made (${code})`;
    throw new DocketError('failed_precondition', {
      reason: 'DATA_DIR_UNUSABLE', message: `the data folder ${shownPath(folder)} (DATA_DIR) cannot be used: ${why}; expected a folder that can be written to`, cause,
    });
  }
}
