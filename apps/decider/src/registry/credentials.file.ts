import { mkdir, readFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { z } from 'zod';
import { DocketError } from '#errors';
import { replacePrivateFile } from '#platform';
import { parseCredentialToken } from './tokens.js';

const token = z.string().refine((text) => parseCredentialToken(text) !== undefined, { error: 'expected a credential token dk_…' });
const roles = z.looseObject({ gateway: token, admin: token, approver: token, auditor: token });
/** Other parts of the file belong to others (addresses, the demonstration grant) and are kept as they are. */
const schema = z.looseObject({ credentials: roles.optional() });

const BYTES_MAX = 1024 * 1024;

export type RoleTokens = Readonly<Record<'gateway' | 'admin' | 'approver' | 'auditor', string>>;

/** The file's JSON, or undefined if there is no such file. Refuses one that is malformed; never shows what is in it. */
export async function readCredentialsFile(file: string): Promise<z.infer<typeof schema> | undefined> {
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw unusable(file, (error as NodeJS.ErrnoException).code ?? 'cannot be read');
  }
  if (text.length > BYTES_MAX) throw unusable(file, 'is too large');
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    throw unusable(file, 'is not JSON');
  }
  const parsed = schema.safeParse(json);
  if (parsed.success) return parsed.data;
  throw unusable(file, parsed.error.issues.map((issue) => `/${issue.path.join('/')}: ${issue.message}`).join('; '));
}

/** Sets top-level parts of the file and keeps the others. */
export async function updateCredentialsFile(file: string, parts: Readonly<Record<string, unknown>>): Promise<void> {
  const content = { ...(await readCredentialsFile(file)), ...parts };
  await mkdir(dirname(file), { recursive: true, mode: 0o700 });
  await replacePrivateFile(file, `${JSON.stringify(content, null, 2)}\n`);
}

function unusable(file: string, why: string): DocketError {
  return new DocketError('failed_precondition', {
    reason: 'CREDENTIALS_FILE_UNUSABLE', message: `the credentials file ${file} cannot be used: ${why}`,
  });
}
