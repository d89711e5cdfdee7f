// Builds dist from apps, libs, test/bench and test/faults when their files have changed. Types are stripped, not checked: `npm run typecheck` does that.
import { createHash } from 'node:crypto';
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { ensureInstalled, fail, root, say } from './install.mjs';
import { tsxOptions } from './swc-options.mjs';

const SOURCES = ['apps', 'libs', 'test/bench', 'test/faults'];
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

function sourceFiles() {
  return SOURCES.filter((folder) => existsSync(join(root, folder))).flatMap((folder) =>
    readdirSync(join(root, folder), { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile() && !/\.(?:spec|contract|fixture)\.tsx?$/.test(entry.name))
      .map((entry) => join(entry.parentPath, entry.name).slice(root.length + 1)),
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
  const { transformFileSync } = createRequire(join(root, 'package.json'))('@swc/core');
  const next = join(root, 'node_modules', '.cache', `docket-build-${process.pid}`);
  rmSync(next, { recursive: true, force: true });
  const problems = [];
  for (const file of files) {
    const target = join(next, file);
    mkdirSync(dirname(target), { recursive: true });
    if (!/\.tsx?$/.test(file) || file.endsWith('.d.ts')) {
      cpSync(join(root, file), target);
      continue;
    }
    try {
      const { code, map } = transformFileSync(join(root, file), file.endsWith('.tsx') ? { cwd: root, ...tsxOptions() } : { cwd: root, configFile: join(root, '.swcrc') });
      const output = target.replace(/\.tsx?$/, '.js');
      writeFileSync(output, `${code}\n//# sourceMappingURL=${file.split('/').at(-1).replace(/\.tsx?$/, '.js.map')}\n`);
      writeFileSync(`${output}.map`, map);
    } catch (error) {
      problems.push(`${file}: ${error.message}`);
    }
  }
  if (problems.length > 0) {
    rmSync(next, { recursive: true, force: true });
    fail(`the build failed\n${problems.join('\n')}`);
  }
  writeFileSync(join(next, '.built-from'), stamp);
  putInPlace(next);
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
  ensureInstalled();
  ensureBuilt();
}
