import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { CerbosTarget } from '../generator/dialects.js';
import { accepts, freePort, ServerProcess } from './child.js';
import { loadLane } from './load-lane.js';
import { PeerMissing, type Lane, type Peer } from './peer.js';
import { WORKLOAD } from './workload.js';

const VERSION = '0.55.0';
/** Most resources that Cerbos takes in one request by default. */
const RESOURCES_MAX = 50;

export type Auditing = 'off' | 'file' | 'local';

/** Fetches the binary once, through npm, into the user's cache folder. */
async function cerbosBinary(): Promise<string> {
  if (process.platform !== 'linux' || process.arch !== 'x64') throw new PeerMissing(`no Cerbos binary for ${process.platform} ${process.arch}`);
  const folder = join(process.env['XDG_CACHE_HOME'] || join(homedir(), '.cache'), 'docket', `cerbos-${VERSION}`);
  const binary = join(folder, 'node_modules', '@cerbos', 'cerbos-linux-x64', 'cerbos-linux-x64');
  if (existsSync(binary)) return binary;
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, 'package.json'), '{"private":true}');
  try {
    await promisify(execFile)('npm', ['install', '--no-save', '--no-audit', '--no-fund', `@cerbos/cerbos-linux-x64@${VERSION}`], { cwd: folder });
  } catch (error) {
    throw new PeerMissing(`Cerbos could not be installed from npm: ${(error as Error).message.split('\n')[0]}`);
  }
  return binary;
}

/** The same decision without the counter, which Cerbos does not have: deny by default, one action allowed. */
const POLICY = `apiVersion: api.cerbos.dev/v1
resourcePolicy:
  version: default
  resource: tool
  rules:
    - actions: ["${WORKLOAD.tool}"]
      effect: EFFECT_ALLOW
      roles: ["agent"]
`;

function configuration(folder: string, grpcPort: number, httpPort: number, auditing: Auditing): string {
  const backend = auditing === 'file' ? `  file:\n    path: ${folder}/audit.log\n` : `  local:\n    storagePath: ${folder}/audit\n`;
  const audit = auditing === 'off' ? 'audit:\n  enabled: false\n'
    : `audit:\n  enabled: true\n  accessLogsEnabled: false\n  decisionLogsEnabled: true\n  backend: ${auditing}\n${backend}`;
  return `server:
  httpListenAddr: "127.0.0.1:${httpPort}"
  grpcListenAddr: "127.0.0.1:${grpcPort}"
storage:
  driver: disk
  disk:
    directory: ${folder}/policies
    watchForChanges: false
telemetry:
  disabled: true
${audit}`;
}

export class CerbosPeer implements Peer {
  readonly name: string;
  private server: ServerProcess | undefined;
  private folder = '';

  constructor(private readonly auditing: Auditing) {
    this.name = `Cerbos ${VERSION} (audit ${auditing})`;
  }

  async start(): Promise<readonly Lane[]> {
    const binary = await cerbosBinary();
    this.folder = await mkdtemp(join(tmpdir(), 'docket-bench-cerbos-'));
    await mkdir(join(this.folder, 'policies'));
    await writeFile(join(this.folder, 'policies', 'tool.yaml'), POLICY);
    const grpcPort = await freePort();
    const config = join(this.folder, 'config.yaml');
    await writeFile(config, configuration(this.folder, grpcPort, await freePort(), this.auditing));
    const server = ServerProcess.start(this.name, binary, ['server', `--config=${config}`, '--log-level=error']);
    this.server = server;
    await server.ready(() => accepts(grpcPort), 20_000);
    const target: CerbosTarget = {
      kind: 'cerbos', action: WORKLOAD.tool, argumentsJson: WORKLOAD.argumentsJson, callsPerMessage: 1,
      principals: Array.from({ length: WORKLOAD.grants }, (_, index) => `grant-${index}`),
    };
    const serverPids = () => [server.pid];
    return [
      loadLane({ peer: this.name, mode: 'unary', port: grpcPort, target, serverPids }),
      {
        ...loadLane({ peer: this.name, mode: 'stream', port: grpcPort, target: { ...target, callsPerMessage: RESOURCES_MAX }, serverPids }),
        note: `unary calls with ${RESOURCES_MAX} resources each: Cerbos has no stream`, concurrencyMin: RESOURCES_MAX,
      },
    ];
  }

  async stop(): Promise<void> {
    await this.server?.stop();
    if (this.folder) await rm(this.folder, { recursive: true, force: true });
  }
}
