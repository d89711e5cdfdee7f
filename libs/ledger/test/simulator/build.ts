import { spawn } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { transformSync, type Options } from '@swc/core';
import type { Mutant } from './mutants.js';

/** What `main.ts` prints. */
export interface SimulationResult {
  readonly ran: number;
  readonly ms: number;
  readonly seed?: number;
  readonly invariant?: string;
  readonly message?: string;
  readonly totals: Readonly<Record<string, number>>;
}

/** The simulator and the ledger's sources, compiled into a folder of their own, where a fault can be planted. */
export class SimulatorBuild {
  readonly folder: string;
  readonly #root: string;
  readonly #options: Options;

  /** @param root the repository's root */
  constructor(root: string) {
    this.#root = root;
    this.#options = { ...(JSON.parse(readFileSync(join(root, '.swcrc'), 'utf8')) as Options), swcrc: false, sourceMaps: false };
    this.folder = mkdtempSync(join(tmpdir(), 'docket-simulator-'));
    writeFileSync(join(this.folder, 'package.json'), JSON.stringify({ type: 'module', imports: { '#*': './libs/*/src/index.js' } }));
    for (const folder of ['libs/errors/src', 'libs/ledger/src', 'libs/ledger/test']) {
      for (const name of readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })) {
        if (name.endsWith('.ts') && !name.endsWith('.spec.ts') && !name.endsWith('build.ts')) this.#compile(`${folder}/${name}`, (source) => source);
      }
    }
  }

  /** A copy with one planted fault. Throws unless the replaced text occurs exactly once. */
  plant(mutant: Mutant, number: number): string {
    const folder = join(this.folder, `mutant-${number}`);
    for (const part of ['package.json', 'libs']) cpSync(join(this.folder, part), join(folder, part), { recursive: true });
    this.#compile(`libs/ledger/src/${mutant.file}`, (source) => {
      const found = source.split(mutant.from).length - 1;
      if (found !== 1) throw new Error(`"${mutant.name}": the text to replace occurs ${found} times in ${mutant.file}, expected once`);
      return source.replace(mutant.from, () => mutant.to);
    }, folder);
    return folder;
  }

  /** Runs seeds in a child process, up to the first violation. */
  run(folder: string, firstSeed: number, count: number, limitMs: number): Promise<SimulationResult> {
    return new Promise((resolve, reject) => {
      const child = spawn(process.execPath, [join(folder, 'libs/ledger/test/simulator/main.js'), String(firstSeed), String(count), String(limitMs)], { stdio: ['ignore', 'pipe', 'pipe'] });
      let out = '';
      let err = '';
      child.stdout.on('data', (data: Buffer) => (out += data.toString()));
      child.stderr.on('data', (data: Buffer) => (err += data.toString()));
      child.on('error', reject);
      child.on('close', () => {
        try {
          resolve(JSON.parse(out) as SimulationResult);
        } catch {
          reject(new Error(`the simulator printed no result: ${out}${err}`));
        }
      });
    });
  }

  remove(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }

  #compile(path: string, change: (source: string) => string, into = this.folder): void {
    const target = join(into, path.replace(/\.ts$/, '.js'));
    mkdirSync(dirname(target), { recursive: true });
    writeFileSync(target, transformSync(change(readFileSync(join(this.#root, path), 'utf8')), { ...this.#options, filename: path }).code);
  }
}
