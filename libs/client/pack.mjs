// Makes the package @docket/client, complete: `node libs/client/pack.mjs <folder>`, then `npm pack <folder>` or `npm publish <folder>`.
// It holds libs/client with the libs that it needs (contracts and errors), as JavaScript with types, and the protos.
import { cpSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = join(dirname(fileURLToPath(import.meta.url)), '..', '..');
const DEPENDENCIES = ['@bufbuild/protobuf', '@grpc/grpc-js', '@grpc/proto-loader'];
// Types of its declarations.
const TYPES = ['@types/node'];

function compile(folder) {
  const ts = createRequire(join(root, 'package.json'))('typescript');
  const { config } = ts.readConfigFile(join(root, 'tsconfig.json'), ts.sys.readFile);
  const { options } = ts.convertCompilerOptionsFromJson({ ...config.compilerOptions, noEmit: false, declaration: true, outDir: folder, rootDir: 'libs', types: ['node'] }, root);
  const program = ts.createProgram([join(root, 'libs', 'client', 'src', 'index.ts')], options);
  const problems = [...ts.getPreEmitDiagnostics(program), ...program.emit().diagnostics];
  if (problems.length > 0) throw new Error(ts.formatDiagnostics(problems, { getCanonicalFileName: (name) => name, getCurrentDirectory: () => root, getNewLine: () => '\n' }));
}

function describe() {
  const own = JSON.parse(readFileSync(join(root, 'libs', 'client', 'published', 'package.json'), 'utf8'));
  const { version, dependencies, devDependencies } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  const asked = [...DEPENDENCIES, ...TYPES].map((name) => [name, `^${dependencies[name] ?? devDependencies[name]}`]);
  return { ...own, version, dependencies: Object.fromEntries(asked.sort(([one], [other]) => (one < other ? -1 : 1))) };
}

const [given] = process.argv.slice(2);
if (given === undefined) {
  process.stderr.write('usage: node libs/client/pack.mjs <folder>\n');
  process.exit(2);
}
const folder = resolve(given);
mkdirSync(folder, { recursive: true });
if (readdirSync(folder).length > 0) {
  process.stderr.write(`${given} is not empty\n`);
  process.exit(2);
}
compile(folder);
cpSync(join(root, 'libs', 'contracts', 'proto'), join(folder, 'contracts', 'proto'), { recursive: true });
// Its links lead to files that stay here.
writeFileSync(join(folder, 'README.md'), readFileSync(join(root, 'docs', 'client.md'), 'utf8').replace(/\[([^\]]+)\]\(\.\.[^)]*\)/g, '$1'));
cpSync(join(root, 'LICENSE'), join(folder, 'LICENSE'));
writeFileSync(join(folder, 'package.json'), `${JSON.stringify(describe(), null, 2)}\n`);
