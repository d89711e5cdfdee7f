import { cpSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { PlantedFault } from './faults.js';

/** The repository, seen from dist/test/faults/planted. */
const ROOT = fileURLToPath(new URL('../../../..', import.meta.url));

interface Compiler { transformSync(source: string, options: object): { code: string } }

/** A copy of the compiled service with one line changed; returns its dist folder. Throws unless the piece to replace occurs exactly once. */
export function plantedBuild(fault: PlantedFault, folder: string, root = ROOT): string {
  const dist = join(folder, 'planted', 'dist');
  mkdirSync(join(folder, 'planted'), { recursive: true });
  cpSync(join(root, 'dist'), dist, { recursive: true });
  cpSync(join(root, 'package.json'), join(folder, 'planted', 'package.json'));
  symlinkSync(join(root, 'node_modules'), join(folder, 'planted', 'node_modules'));
  const { transformSync } = createRequire(join(root, 'package.json'))('@swc/core') as Compiler;
  const options = JSON.parse(readFileSync(join(root, '.swcrc'), 'utf8')) as object;
  const { code } = transformSync(changedSource(fault, root), { ...options, swcrc: false, sourceMaps: false, filename: fault.file });
  writeFileSync(join(dist, fault.file.replace(/\.ts$/, '.js')), code);
  return dist;
}

/** The file's source with the fault in it. */
export function changedSource({ name, file, from, to }: PlantedFault, root = ROOT): string {
  const source = readFileSync(join(root, file), 'utf8');
  const found = source.split(from).length - 1;
  if (found !== 1) throw new Error(`"${name}": the text to replace occurs ${found} times in ${file}, expected once`);
  return source.replace(from, () => to);
}
