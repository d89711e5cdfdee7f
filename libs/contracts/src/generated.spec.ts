import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PROTO_DIRECTORY } from './loader.js';

function filesOf(folder: string): Map<string, string> {
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.ts')).sort();
  return new Map(files.map((name) => [name, readFileSync(join(folder, name), 'utf8')]));
}

describe('generated types', () => {
  it('are those of the protos as they are now (otherwise: npm run generate)', () => {
    const folder = mkdtempSync(join(tmpdir(), 'docket-generated-'));
    try {
      const root = join(PROTO_DIRECTORY, '..');
      execFileSync(process.execPath, [join(root, 'generate.mjs'), folder], { env: { PATH: process.env['PATH'] ?? '' } });
      const committed = filesOf(join(root, 'src', 'generated'));
      const fresh = filesOf(folder);
      expect(fresh.size).toBeGreaterThan(30);
      expect(committed).toEqual(fresh);
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  }, 300_000);
});
