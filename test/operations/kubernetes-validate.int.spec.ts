import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describeWithPython, type PythonPackages } from '#local-services';
import { files, MANIFESTS, resources } from './manifests.fixture.js';

const PACKAGES: PythonPackages = { name: 'kubernetes-validate-1.37.0', packages: ['kubernetes-validate==1.37.0'] };
/** The oldest and the newest that are promised. */
const VERSIONS = ['1.30.0', '1.37.0'];
const TEST_MS = 300_000;

describeWithPython('the manifests, judged by the API’s own schemas', PACKAGES, (packages) => {
  const validate = (version: string, paths: readonly string[]): Promise<{ stdout: string; stderr: string }> => promisify(execFile)(
    'python3', ['-m', 'kubernetes_validate', '--strict', '-k', version, ...paths], { env: { PATH: process.env['PATH'], PYTHONPATH: packages(), PYTHONDONTWRITEBYTECODE: '1' } },
  );

  test.each(VERSIONS)('are what Kubernetes %s takes, with no field that it does not know', async (version) => {
    const { stdout, stderr } = await validate(version, files());
    const passed = `${stdout}${stderr}`.split('\n').filter((line) => line.includes(' passed '));
    expect(passed).toHaveLength(resources().length);
  }, TEST_MS);

  test('a field that there is not is found', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'docket-manifests-'));
    try {
      const wrong = join(folder, 'decider.yaml');
      await writeFile(wrong, (await readFile(join(MANIFESTS, 'decider.yaml'), 'utf8')).replace('maxUnavailable: 1', 'maxUnavailabel: 1'));
      await expect(validate(VERSIONS.at(-1)!, [wrong])).rejects.toMatchObject({ code: 1 });
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  }, TEST_MS);
});
