import { createHash, createPublicKey, verify, type KeyObject } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { DocketError } from '#errors';
import { damaged, resumeSchema } from './log-file.format.js';

export const MANIFEST = 'manifest.json';
/** The 64 bytes of an Ed25519 signature over the manifest's bytes, as they are. */
export const SIGNATURE = 'manifest.json.sig';
const MANIFEST_BYTES_MAX = 16 * 1024 * 1024;

const whole = z.int().nonnegative();
const sha256Hex = z.string().regex(/^[0-9a-f]{64}$/);
const time = z.iso.datetime({ precision: 3 });

const fileSchema = z.strictObject({
  file: z.string().regex(/^[a-zA-Z0-9._-]{1,255}$/),
  topic: z.string().regex(/^[a-zA-Z0-9._-]{1,249}$/),
  partition: whole,
  compression: z.enum(['none', 'gzip', 'zstd']),
  bytes: whole,
  /** Of the file as it is stored: what `sha256sum` prints. */
  sha256: sha256Hex,
  /** Of its lines but the trailer, uncompressed: what the trailer says. */
  linesSha256: sha256Hex,
  records: whole,
  firstOffset: whole,
  /** The offset behind the last record. */
  endOffset: whole,
  /** Where a reader stands before the first record and behind the last one. */
  start: resumeSchema,
  end: resumeSchema,
});

const manifestSchema = z.strictObject({
  format: z.literal('docket.archive'),
  version: z.literal(1),
  createdAt: time,
  /** Every event in it happened before this time. */
  before: time,
  /** SHA-256 of the manifest of the archive that this one goes on from. */
  previous: sha256Hex.nullable(),
  signedBy: z.strictObject({ algorithm: z.literal('Ed25519'), keyId: z.string().min(1).max(128), publicKey: z.string().max(4096) }),
  files: z.array(fileSchema).max(100_000),
});

export type ArchivedFile = z.infer<typeof fileSchema>;
export type Manifest = z.infer<typeof manifestSchema>;

/** What signs archives: the service's Ed25519 key. */
export interface ArchiveSigner {
  readonly keyId: string;
  /** PEM (SubjectPublicKeyInfo). */
  readonly publicKey: string;
  /** 64 bytes. */
  sign(message: Uint8Array): Uint8Array;
}

export interface ReadManifest {
  readonly manifest: Manifest;
  /** SHA-256 of its bytes, hex. */
  readonly sha256: string;
}

/** The exact bytes of a manifest, for people as well. */
export function manifestBytes(manifest: Manifest): Buffer {
  return Buffer.from(`${JSON.stringify(manifest, null, 1)}\n`);
}

/**
 * Reads an archive's manifest and checks its signature: by the key that the manifest names, which must be `trusted` if any
 * are given (PEM). Rejects with DocketError data_loss / ARCHIVE_DAMAGED or failed_precondition / ARCHIVE_UNREADABLE, ARCHIVE_NOT_TRUSTED.
 */
export async function readManifest(folder: string, trusted: readonly string[] = []): Promise<ReadManifest> {
  const path = join(folder, MANIFEST);
  const bytes = await readFile(path).catch((cause: NodeJS.ErrnoException) => { throw unreadable(path, cause); });
  if (bytes.length > MANIFEST_BYTES_MAX) throw damaged(path, undefined, `it is larger than ${MANIFEST_BYTES_MAX} bytes`);
  const manifest = parse(path, bytes);
  const signaturePath = join(folder, SIGNATURE);
  const signature = await readFile(signaturePath).catch((cause: NodeJS.ErrnoException) => { throw unreadable(signaturePath, cause); });
  const { keyId, publicKey } = manifest.signedBy;
  const key = keyOf(publicKey) ?? fail(damaged(path, undefined, '/signedBy/publicKey is not an Ed25519 key in PEM'));
  if (trusted.length > 0 && !trusted.some((one) => keyOf(one)?.equals(key) === true)) {
    throw new DocketError('failed_precondition', { reason: 'ARCHIVE_NOT_TRUSTED', message: `${path} is signed by key ${keyId}, which is none of those that are trusted here` });
  }
  if (signature.length !== 64 || !verify(null, bytes, key, signature)) throw damaged(path, undefined, `its signature in ${SIGNATURE} is not one of key ${keyId} over these bytes: one of the two files was changed`);
  return { manifest, sha256: createHash('sha256').update(bytes).digest('hex') };
}

function parse(path: string, bytes: Buffer): Manifest {
  let json: unknown;
  try {
    json = JSON.parse(bytes.toString('utf8'));
  } catch {
    throw damaged(path, undefined, 'it is not JSON');
  }
  const parsed = manifestSchema.safeParse(json);
  if (parsed.success) return parsed.data;
  throw damaged(path, undefined, `it is not the manifest of an archive; see ${parsed.error.issues.slice(0, 5).map((issue) => `/${issue.path.join('/')}`).join(', ')}`);
}

function keyOf(pem: string): KeyObject | undefined {
  try {
    const key = createPublicKey(pem);
    return key.asymmetricKeyType === 'ed25519' ? key : undefined;
  } catch {
    return undefined;
  }
}

export function unreadable(path: string, cause: NodeJS.ErrnoException): DocketError {
  const why = cause.code === 'ENOENT' ? 'there is no such file' : cause.code ?? cause.message;
  return new DocketError('failed_precondition', { reason: 'ARCHIVE_UNREADABLE', message: `${path} cannot be read: ${why}`, cause });
}

function fail(error: Error): never {
  throw error;
}
