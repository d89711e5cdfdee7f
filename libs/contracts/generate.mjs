// Generates the TypeScript types of the protos: `node libs/contracts/generate.mjs [folder]`, by default src/generated.
// The options must be those of src/loader.ts, or the types would describe other messages than the ones that arrive.
import { execFileSync } from 'node:child_process';
import { readdirSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

const here = dirname(fileURLToPath(import.meta.url));
const outDir = resolve(process.argv[2] ?? join(here, 'src', 'generated'));
const require = createRequire(import.meta.url);
const generator = join(dirname(require.resolve('@grpc/proto-loader/package.json')), 'build', 'bin', 'proto-loader-gen-types.js');

rmSync(outDir, { recursive: true, force: true });
execFileSync(process.execPath, [
  generator,
  '--longs=Number', '--enums=String', '--defaults', '--oneofs',
  '--grpcLib=@grpc/grpc-js', '--importFileExtension=.js',
  '--includeDirs=proto', `--outDir=${outDir}`,
  'docket/approval/v1/approval.proto', 'docket/cluster/v1/cluster.proto', 'docket/decision/v1/decision.proto', 'docket/node/v1/node.proto', 'docket/query/v1/query.proto', 'docket/registry/v1/registry.proto',
  'docket/token/v1/connection.proto', 'docket/token/v1/token.proto',
  'google/rpc/error_details.proto', 'google/rpc/status.proto',
], { cwd: here, stdio: ['ignore', 'inherit', 'inherit'] });

// One door to the types of each package, so that callers write `decision.DecideRequest`.
for (const name of ['approval', 'cluster', 'decision', 'node', 'query', 'registry', 'token']) {
  const folder = join(outDir, 'docket', name, 'v1');
  const lines = readdirSync(folder).sort().map((file) => {
    const type = file.slice(0, -'.ts'.length);
    const names = type.endsWith('Service') ? `${type}Client, ${type}Handlers` : `${type}, ${type}__Output`;
    return `export type { ${names} } from './docket/${name}/v1/${type}.js';`;
  });
  writeFileSync(join(outDir, `${name}-types.ts`), `// The generated types of docket.${name}.v1 in one place.\n${lines.join('\n')}\n`);
}

// The policies' JSON schema as well, unless the types go somewhere else to be compared.
if (process.argv[2] === undefined) await import('../../schemas/generate.mjs');
