import { readFile } from 'node:fs/promises';
import { z } from 'zod';
import { replacePrivateFile } from '#platform';

const demonstration = z.object({ serverId: z.string(), policyId: z.string(), grantId: z.string(), grantToken: z.string() });
/** Written by the decider (its first credentials); this app adds where things are and what there is to try. */
const schema = z.looseObject({
  credentials: z.looseObject({ admin: z.string() }),
  demo: demonstration.optional().catch(undefined),
  everything: demonstration.optional().catch(undefined),
  partners: z.record(z.string(), z.string()).optional().catch(undefined),
});
export type ClusterCredentials = z.infer<typeof schema>;

/** Throws an error that names the file and never shows what is in it. */
export async function readCredentials(file: string): Promise<ClusterCredentials> {
  try {
    return schema.parse(JSON.parse(await readFile(file, 'utf8')));
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    throw new Error(`${file} cannot be used: ${code ?? 'expected the credentials that the decider has written'}`);
  }
}

/** Sets parts of the file and keeps the others. */
export async function addToCredentials(file: string, parts: Readonly<Record<string, unknown>>): Promise<void> {
  const content = { ...(await readCredentials(file)), ...parts };
  await replacePrivateFile(file, `${JSON.stringify(content, null, 2)}\n`);
}
