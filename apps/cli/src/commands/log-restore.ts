import { resolve } from 'node:path';
import type { Command } from 'commander';
import { DocketError } from '#errors';
import { CliError } from '../cli-error.js';
import { connectionOptions, wholeNumber, type Bind } from '../context.js';
import { EXIT } from '../exit-codes.js';

export interface RestoreOptions {
  readonly fromArchive: string;
  readonly key?: string[];
  readonly replicationFactor: number;
  readonly minInsyncReplicas: number;
}

/** `docket log restore`. */
export function restoreCommand(log: Command, bind: Bind): void {
  const restore = connectionOptions(log.command('restore'))
    .description('write archives into an empty log, each record at its own offset: after a loss, or to move to another Kafka or PostgreSQL')
    .requiredOption('--from-archive <folder>', 'an archive that begins with the first record, or a folder of archives that follow each other')
    .option('--key <key...>', 'public keys, one of which must have signed them: PEM files, or a key in base64 (default: head-keys.pem in the data folder)')
    .option('--replication-factor <n>', 'on Kafka: of the topics that are made', wholeNumber(1, 9), 3)
    .option('--min-insync-replicas <n>', 'on Kafka: the same', wholeNumber(1, 9), 2)
    .addHelpText('after', `
No decider, token broker or projector may run on that log meanwhile. The log is DATABASE_URL's, or that of KAFKA_BROKERS. Stopped in the
middle, the same command goes on where it was. Then check it: docket log verify.

Examples:
  KAFKA_BROKERS=kafka-0:9092 docket log restore --from-archive /mnt/backup/docket --key head-keys.pem
  KAFKA_BROKERS=127.0.0.1:9092 docket log restore --from-archive archive --replication-factor 1 --min-insync-replicas 1`);
  bind<RestoreOptions>(restore, async (context, options) => {
    const { restoreLog } = await import('../restore-work.js');
    try {
      return await restoreLog(context, { ...options, fromArchive: resolve(context.terminal.cwd, options.fromArchive) });
    } catch (error) {
      if (context.terminal.signal.aborted) throw new CliError('stopped; the same command goes on where it was', { code: 'CANCELLED', exitCode: EXIT.error });
      if (error instanceof DocketError) throw new CliError(error.message, { code: error.kind.toUpperCase(), exitCode: error.kind === 'unavailable' ? EXIT.unavailable : EXIT.error });
      throw error;
    }
  });
}
