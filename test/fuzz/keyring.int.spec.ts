import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DocketError } from '#errors';
import { openKeyring } from '#ledger';
import { readCredentialsFile } from '../../apps/decider/src/registry/credentials.file.js';
import { fuzzAsync } from './harness.js';
import { anyJson, mutateBytes, mutateJson } from './mutate.js';
import type { Random } from './random.js';

let folder = '';
beforeAll(() => { folder = mkdtempSync(join(tmpdir(), 'docket-fuzz-')); });
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function damaged(random: Random, text: string): Buffer {
  switch (random.below(4)) {
    case 0: return random.bytes(random.below(200));
    case 1: return Buffer.from(JSON.stringify(anyJson(random)));
    case 2: return Buffer.from(JSON.stringify(mutateJson(random, JSON.parse(text))));
    default: return mutateBytes(random, Buffer.from(text));
  }
}

async function refusal(call: Promise<unknown>): Promise<DocketError | undefined> {
  try {
    await call;
    return undefined;
  } catch (error) {
    if (error instanceof DocketError) return error;
    throw new Error(`rejected with something else than DocketError: ${String(error)}`, { cause: error });
  }
}

describe('files with secrets under fuzzing', () => {
  it('a damaged keyring is refused without showing what is in it, or still holds the same key', async () => {
    const file = join(folder, 'keyring.json');
    const original = await openKeyring({ file, create: true });
    const text = readFileSync(file, 'utf8');
    const secret = (JSON.parse(text) as { keys: { key: string }[] }).keys[0]!.key;
    const bytes = original.get(original.currentId)!.export();
    await fuzzAsync('keyring', 1_500, 1, async (random) => {
      writeFileSync(file, damaged(random, text), { mode: 0o600 });
      let opened: Awaited<ReturnType<typeof openKeyring>> | undefined;
      const error = await refusal(openKeyring({ file, create: true }).then((keyring) => { opened = keyring; }));
      if (error === undefined) {
        if (!opened!.get(opened!.currentId)!.export().equals(bytes)) throw new Error('opened with another key');
        return;
      }
      if (error.kind !== 'failed_precondition' || !error.reason.startsWith('KEYRING_')) throw error;
      if (error.message.includes(secret.slice(0, 12))) throw new Error('the message shows the key');
    });
  }, 300_000);

  it('a damaged credentials file is refused without showing what is in it', async () => {
    const file = join(folder, 'credentials.json');
    const token = (letter: string): string => `dk_${letter.repeat(16)}_${'S3cr3t'.repeat(7)}x`;
    const text = JSON.stringify({ grpc: '127.0.0.1:7400', credentials: { gateway: token('a'), admin: token('b'), approver: token('c'), auditor: token('d') } });
    await fuzzAsync('credentials-file', 1_500, 1, async (random) => {
      writeFileSync(file, damaged(random, text), { mode: 0o600 });
      const error = await refusal(readCredentialsFile(file));
      if (error !== undefined && (error.reason !== 'CREDENTIALS_FILE_UNUSABLE' || error.message.includes('S3cr3tS3cr3t'))) throw error;
    });
  }, 300_000);
});
