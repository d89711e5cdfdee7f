// Builds dist from apps, libs, test/bench and test/faults when their files have changed. Types are stripped, not checked: `npm run typecheck` does that.
// `node scripts/build.mjs --from FOLDER` builds another checkout's apps and libs into its own dist, with what is installed here.
import { createHash } from 'node:crypto';
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join, resolve } from 'node:path';
import { ensureInstalled, fail, root, say } from './install.mjs';
import { tsxOptions } from './swc-options.mjs';

const SOURCES = ['apps', 'libs', 'test/bench', 'test/faults'];
/** What another build is asked for: to run beside this one. */
const APPS = ['apps', 'libs'];
const SETTINGS = ['.swcrc', 'package-lock.json', 'scripts/build.mjs', 'scripts/swc-options.mjs'];
const dist = join(root, 'dist');
const stampFile = join(dist, '.built-from');

/** Builds if any source is newer, older, added or gone since dist was built. */
export function ensureBuilt() {
  const files = sourceFiles();
  const stamp = stampOf(files);
  if (existsSync(stampFile) && readFileSync(stampFile, 'utf8') === stamp) return;
  const startedMs = performance.now();
  build(files, stamp);
  say(`built dist from ${files.length} files in ${((performance.now() - startedMs) / 1000).toFixed(1)} s`);
}

function sourceFiles(from = root, sources = SOURCES) {
  return sources.filter((folder) => existsSync(join(from, folder))).flatMap((folder) =>
    readdirSync(join(from, folder), { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile() && !/\.(?:spec|contract|fixture)\.tsx?$/.test(entry.name))
      .map((entry) => join(entry.parentPath, entry.name).slice(from.length + 1)),
  ).sort();
}

function stampOf(files) {
  const hash = createHash('sha256');
  for (const file of [...SETTINGS, ...files]) {
    const { size, mtimeMs } = statSync(join(root, file));
    hash.update(`${file} ${size} ${mtimeMs}\n`);
  }
  return hash.digest('hex');
}

/** Into a folder of its own, then one rename: a process that starts meanwhile sees the old build or the new one, never half of it. */
function build(files, stamp) {
  const next = join(root, 'node_modules', '.cache', `docket-build-${process.pid}`);
  compile(root, files, next);
  writeFileSync(join(next, '.built-from'), stamp);
  putInPlace(next);
}

/** Into `into`, as the settings beside the sources say. Ends the process, with `into` gone, if a file does not compile. */
function compile(from, files, into) {
  const { transformFileSync } = createRequire(join(root, 'package.json'))('@swc/core');
  rmSync(into, { recursive: true, force: true });
  const problems = [];
  for (const file of files) {
    const target = join(into, file);
    mkdirSync(dirname(target), { recursive: true });
    if (!/\.tsx?$/.test(file) || file.endsWith('.d.ts')) {
      cpSync(join(from, file), target);
      continue;
    }
    try {
      const { code, map } = transformFileSync(join(from, file), file.endsWith('.tsx') ? { cwd: from, ...tsxOptions() } : { cwd: from, configFile: join(from, '.swcrc') });
      const output = target.replace(/\.tsx?$/, '.js');
      writeFileSync(output, `${code}\n//# sourceMappingURL=${file.split('/').at(-1).replace(/\.tsx?$/, '.js.map')}\n`);
      writeFileSync(`${output}.map`, map);
    } catch (error) {
      problems.push(`${file}: ${error.message}`);
    }
  }
  if (problems.length === 0) return;
  rmSync(into, { recursive: true, force: true });
  fail(`the build failed\n${problems.join('\n')}`);
}

/** Another build may be doing the same at this moment: whoever is last wins. */
function putInPlace(next) {
  const previous = `${next}-previous`;
  for (let attempt = 1; ; attempt++) {
    try {
      if (existsSync(dist)) renameSync(dist, previous);
      renameSync(next, dist);
      break;
    } catch (error) {
      if (attempt === 10) throw error;
      rmSync(previous, { recursive: true, force: true });
    }
  }
  rmSync(previous, { recursive: true, force: true });
}

if (process.argv[1] === join(root, 'scripts', 'build.mjs')) {
  const [option, folder, ...rest] = process.argv.slice(2);
  if (option !== undefined && (option !== '--from' || folder === undefined || rest.length > 0)) fail('usage: node scripts/build.mjs [--from FOLDER]', 2);
  ensureInstalled();
  if (folder === undefined) ensureBuilt();
  else compile(resolve(folder), sourceFiles(resolve(folder), APPS), join(resolve(folder), 'dist'));
}
