import { once } from 'node:events';
import { open, rename, rm, type FileHandle } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { Writable } from 'node:stream';
import { DocketError } from '#errors';

/** Where an export goes. */
export interface Output {
  write(bytes: Uint8Array): Promise<void>;
  /** All of it is there now. */
  commit(): Promise<void>;
  /** Nothing of it is to be left. */
  discard(): Promise<void>;
}

/** Waits where the reader is slower. What was written is gone: there is nothing to discard. */
export function streamOutput(stream: Writable): Output {
  return {
    write: async (bytes) => {
      if (!stream.write(bytes)) await once(stream, 'drain');
    },
    commit: async () => undefined,
    discard: async () => undefined,
  };
}

/** A file that has its name only once it is whole and on disk; one that was there before is replaced then, and not before. */
export class FileOutput implements Output {
  private constructor(private readonly path: string, private readonly draft: string, private readonly handle: FileHandle) {}

  /** Rejects with DocketError failed_precondition / EXPORT_UNWRITABLE. */
  static async create(path: string): Promise<FileOutput> {
    const draft = `${path}.part-${process.pid}`;
    return new FileOutput(path, draft, await open(draft, 'w').catch((cause: NodeJS.ErrnoException) => { throw unwritable(path, cause); }));
  }

  async write(bytes: Uint8Array): Promise<void> {
    for (let at = 0; at < bytes.length; ) {
      const { bytesWritten } = await this.handle.write(bytes, at).catch((cause: NodeJS.ErrnoException) => { throw unwritable(this.path, cause); });
      at += bytesWritten;
    }
  }

  async commit(): Promise<void> {
    try {
      await this.handle.sync();
      await this.handle.close();
      await rename(this.draft, this.path);
      const folder = await open(dirname(this.path), 'r');
      await folder.sync().finally(() => folder.close());
    } catch (cause) {
      throw unwritable(this.path, cause as NodeJS.ErrnoException);
    }
  }

  async discard(): Promise<void> {
    await this.handle.close().catch(() => undefined);
    await rm(this.draft, { force: true });
  }
}

const WHY: Readonly<Record<string, string>> = { ENOENT: 'there is no such folder', ENOSPC: 'the disk is full', EACCES: 'it may not be written', EISDIR: 'it is a folder', EROFS: 'it may not be written', EDQUOT: 'the quota is used up' };

function unwritable(path: string, cause: NodeJS.ErrnoException): DocketError {
  return new DocketError('failed_precondition', { reason: 'EXPORT_UNWRITABLE', message: `${path} cannot be written: ${WHY[cause.code ?? ''] ?? cause.code ?? cause.message}`, cause });
}
