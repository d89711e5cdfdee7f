// Writes schemas/policy.v1.json from the zod schema: `npm run generate`.
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ensureBuilt } from '../scripts/build.mjs';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
ensureBuilt();
const { policyJsonSchema } = await import(new URL('../dist/libs/policy/src/policy-schema.js', import.meta.url).href);
mkdirSync(join(root, 'schemas'), { recursive: true });
writeFileSync(join(root, 'schemas', 'policy.v1.json'), `${JSON.stringify(policyJsonSchema(), null, 2)}\n`);
