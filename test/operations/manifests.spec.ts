import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { NODE_DNS_NAME, parseAddress } from '#platform';
import { deciderConfig } from '../../apps/decider/src/config.js';
import { mcpGatewayConfig } from '../../apps/mcp-gateway/src/config.js';
import { EDGE_LIMITS } from '../../apps/mcp-gateway/src/edge/limits.js';
import { projectorConfig } from '../../apps/projector/src/config.js';
import { tokenBrokerConfig } from '../../apps/token-broker/src/config.js';
import { configMap, environmentOf, resources, ROOT, workloads } from './manifests.fixture.js';
import type { Workload } from './manifests.fixture.js';

const SECRETS = { DATABASE_URL: 'postgres://docket:secret@postgres:5432/docket', KEK: Buffer.alloc(32, 1).toString('base64'), DOCKET_CREDENTIAL: 'dk_0123_secret' };
/** Nothing an app reads, only part of other values. */
const HELPERS = ['NAMESPACE'];
const read = (path: string): string => readFileSync(join(ROOT, path), 'utf8');
const guide = read('docs/operations.md');

/** Variables of an app, from the README's table, which another spec compares with the schemas. */
const variablesOf = (app: string): string[] => [...read('README.md').matchAll(/^\| `([A-Z_0-9]+)` \| ([a-z, -]+) \|/gm)].filter(([, , apps]) => apps!.split(', ').includes(app)).map(([, name]) => name!);
const all = workloads();
const named = (app: string): Workload => all.find((one) => one.app === app)!;
const portOf = (listen: string): number => parseAddress(listen)!.port;
const portNamed = ({ container }: Workload, name: string): number | undefined => container.ports.find((port) => port.name === name)?.containerPort;

it('there is a workload for each app of the Kafka shape, which starts a file that is built', () => {
  expect(all.map(({ app }) => app).sort()).toEqual(['decider', 'mcp-gateway', 'projector', 'token-broker']);
  for (const { app, container } of all) {
    expect(container.command).toEqual(['node', '--enable-source-maps', '--report-exclude-env', `dist/apps/${app}/src/main.js`]);
    expect(existsSync(join(ROOT, 'apps', app, 'src/main.ts'))).toBe(true);
    expect(container.image).toBe(`docket:${(JSON.parse(read('package.json')) as { version: string }).version}`);
  }
});

describe.each(all.map((one) => [one.app, one] as const))('the %s', (app, workload) => {
  const { container, pod, resource } = workload;
  const environment = environmentOf(workload, SECRETS);

  it('sets only variables that it has', () => {
    const known = variablesOf(app);
    expect(known.length).toBeGreaterThan(5);
    expect(Object.keys(environment).filter((name) => !known.includes(name) && !HELPERS.includes(name))).toEqual([]);
    for (const helper of HELPERS.filter((name) => environment[name] !== undefined)) expect(container.env.some(({ value }) => value?.includes(`$(${helper})`))).toBe(true);
  });

  it('reads no secret from the manifests', () => {
    for (const { name, value } of container.env) if (/DATABASE_URL|KEK|TOKEN$|PASSWORD|SECRET|CREDENTIAL/.test(name)) expect([name, value]).toEqual([name, undefined]);
  });

  it('is probed where it answers, by its own certificate', () => {
    const http = portOf(environment['TOKEN_BROKER_HTTP_LISTEN'] ?? environment['MCP_HTTP_LISTEN'] ?? environment['HTTP_LISTEN']!);
    expect(portNamed(workload, 'http')).toBe(http);
    expect(container.livenessProbe.httpGet).toEqual({ path: '/healthz', port: 'http', scheme: 'HTTPS' });
    expect(container.readinessProbe.httpGet).toEqual({ path: '/readyz', port: 'http', scheme: 'HTTPS' });
    expect(resource.spec!.template!.metadata.annotations).toMatchObject({ 'prometheus.io/port': String(http), 'prometheus.io/path': '/metrics', 'prometheus.io/scheme': 'https' });
    const source = read('libs/platform/src/operations-http.ts');
    for (const path of ['/healthz', '/readyz', '/metrics']) expect(source).toContain(`'${path}'`);
  });

  it('has no rights: no root, no writable files but its data, no API token', () => {
    expect(pod.securityContext).toMatchObject({ runAsNonRoot: true, seccompProfile: { type: 'RuntimeDefault' } });
    expect(pod.automountServiceAccountToken).toBe(false);
    expect(container.securityContext).toEqual({ allowPrivilegeEscalation: false, readOnlyRootFilesystem: true, capabilities: { drop: ['ALL'] } });
    expect(container.volumeMounts.filter(({ readOnly }) => readOnly !== true).map(({ mountPath }) => mountPath)).toEqual(environment['DATA_DIR'] === undefined ? [] : [environment['DATA_DIR']]);
    expect(container.resources.requests).toMatchObject({ cpu: expect.any(String) as string, memory: expect.any(String) as string });
    expect(container.resources.limits['cpu']).toBeUndefined();
  });

  it('finds every file that it is told of, in a secret that the guide makes or among the manifests', () => {
    const paths = Object.entries(environment).filter(([name]) => name.endsWith('_FILE')).map(([, path]) => path);
    expect(paths.length).toBeGreaterThan(1);
    for (const path of paths) {
      const mount = container.volumeMounts.find(({ mountPath }) => path.startsWith(`${mountPath}/`));
      const key = path.slice(mount!.mountPath.length + 1);
      const volume = pod.volumes.find(({ name }) => name === mount!.name)!;
      if (volume.configMap !== undefined) expect(Object.keys(configMap(volume.configMap.name))).toContain(key);
      else expect(guide).toMatch(new RegExp(`secret generic ${volume.secret!.secretName} .*--from-file=${key}=`));
    }
    for (const { valueFrom } of container.env) if (valueFrom?.secretKeyRef) expect(guide).toMatch(new RegExp(`secret generic ${valueFrom.secretKeyRef.name} --from-(?:literal|file)=${valueFrom.secretKeyRef.key}=`));
  });
});

it('the decider’s settings are ones that it starts with, and other nodes reach it under the name that its pod has', () => {
  const environment = environmentOf(named('decider'), SECRETS);
  const config = deciderConfig(environment);
  expect(config).toMatchObject({
    node: 'docket-decider-0', log: { kind: 'kafka', replicationFactor: 3, minInsyncReplicas: 2 }, transport: { allowPlaintext: false },
    nodes: { caFile: environment['NODES_CA_FILE'] }, grpc: { address: 'docket-decider-0.docket-deciders.example.svc.cluster.local:7400' },
  });
  expect(portNamed(named('decider'), 'grpc')).toBe(portOf(config.grpc.listen));
  expect(guide).toContain(`DNS:${NODE_DNS_NAME}`);
});

it('so are the token broker’s and the projector’s', () => {
  const config = tokenBrokerConfig(environmentOf(named('token-broker'), SECRETS));
  expect(config).toMatchObject({ node: 'docket-token-broker-0', log: { kind: 'kafka' }, issuersOnLoopback: false, grpc: { address: 'docket-token-broker-0.docket-token-brokers.example.svc.cluster.local:7410' } });
  expect(portNamed(named('token-broker'), 'grpc')).toBe(portOf(config.grpc.listen));
  expect(projectorConfig(environmentOf(named('projector'), SECRETS))).toMatchObject({ log: { kind: 'kafka' }, transport: { allowPlaintext: false } });
});

describe('MCP gateways', () => {
  const workload = named('mcp-gateway');
  const { resource, pod, container } = workload;
  const environment = environmentOf(workload, SECRETS);
  const services = resources().filter(({ kind }) => kind === 'Service');

  it('start with their settings: they find deciders and token brokers by their services, over TLS, and say where agents reach them', () => {
    const folder = mkdtempSync(join(tmpdir(), 'docket-manifests-'));
    try {
      const file = join(folder, 'mcp-servers.json');
      writeFileSync(file, configMap('docket-mcp-servers')['mcp-servers.json']!);
      const config = mcpGatewayConfig({ ...environment, MCP_SERVERS_FILE: file });
      expect(config).toMatchObject({ node: 'docket-mcp-gateway-0', docket: { tls: true }, transport: { allowPlaintext: false }, upstreamsOnLoopback: false, mcp: { publicUrl: 'https://mcp.example.com' }, logging: { level: 'info' } });
      expect([...config.servers.keys()]).toEqual(['orders']);
      expect(portNamed(workload, 'mcp')).toBe(portOf(config.mcp.listen));
      for (const address of [...config.docket.addresses, config.docket.tokensAddress]) {
        const { host, port } = parseAddress(address)!;
        expect(services.find(({ metadata }) => metadata.name === host)?.spec!.ports!.map((each) => each.port)).toEqual([port]);
      }
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });

  it('know neither the log nor the database, and hold no key of a decider', () => {
    expect(container.envFrom).toBeUndefined();
    expect(Object.keys(environment).filter((name) => /^(?:LOG|KAFKA_.*|DATABASE_URL|KEK|NODES_.*)$/.test(name))).toEqual([]);
    const secretsOf = ({ pod: { volumes } }: Workload): string[] => volumes.flatMap(({ secret }) => secret?.secretName ?? []);
    expect(secretsOf(workload).filter((name) => secretsOf(named('decider')).includes(name))).toEqual([]);
  });

  it('are two at least, of which one at a time is taken away, and a client comes back to the one that has its session for as long as that is kept', () => {
    expect(resource.kind).toBe('Deployment');
    expect(resource.spec!.replicas).toBeGreaterThan(1);
    const labels = { 'app.kubernetes.io/name': 'docket-mcp-gateway' };
    expect(resource.spec!.template!.metadata.labels).toMatchObject(labels);
    const budget = resources().find(({ kind, metadata }) => kind === 'PodDisruptionBudget' && metadata.name === 'docket-mcp-gateway');
    expect(budget!.spec).toMatchObject({ maxUnavailable: 1, selector: { matchLabels: labels } });
    const service = services.find(({ metadata }) => metadata.name === 'docket-mcp')!;
    expect(service.spec).toMatchObject({ selector: labels, sessionAffinity: 'ClientIP' });
    expect(service.spec!.sessionAffinityConfig!.clientIP.timeoutSeconds * 1_000).toBeGreaterThan(EDGE_LIMITS.sessionIdleMs);
    expect(service.spec!.ports!.map(({ targetPort }) => portNamed(workload, targetPort))).toEqual([7420]);
  });

  it('have the time that calls in flight need, with those that are held while people decide, and the outcomes after them', () => {
    const ms = (path: string, name: string): number => Number(new RegExp(`${name} = ([\\d_]+)`).exec(read(`apps/mcp-gateway/src/calls/${path}.ts`))![1]!.replaceAll('_', ''));
    const drainMs = Number(environment['DRAIN_TIMEOUT_MS']);
    expect(drainMs).toBeGreaterThan(ms('approvals', 'HOLD_MS'));
    const pauseMs = Number(container.lifecycle!.preStop.exec.command[1]) * 1_000;
    expect(pod.terminationGracePeriodSeconds * 1_000).toBeGreaterThanOrEqual(pauseMs + drainMs + ms('settlements', 'DEADLINE_MS') + 3_000);
  });
});

it.each(['decider', 'token-broker'])('the %s’s nodes have names of their own, also while they are not ready, and are taken away one at a time, in the time that stopping takes', (app) => {
  const { resource, pod, container } = named(app);
  const services = resources().filter(({ kind, spec }) => kind === 'Service' && spec!.selector!['app.kubernetes.io/name'] === `docket-${app}`);
  expect(resource.kind).toBe('StatefulSet');
  expect(resource.spec!.replicas).toBeGreaterThan(1);
  const headless = services.find(({ metadata }) => metadata.name === resource.spec!.serviceName)!;
  expect(headless.spec).toMatchObject({ clusterIP: 'None', publishNotReadyAddresses: true });
  for (const { spec } of services) for (const { port, targetPort } of spec!.ports!) expect(container.ports).toContainEqual({ name: targetPort, containerPort: port });
  const [budget] = resources().filter(({ kind, metadata }) => kind === 'PodDisruptionBudget' && metadata.name === `docket-${app}`);
  expect(budget!.spec!.maxUnavailable).toBe(1);
  expect(budget!.spec!.selector).toEqual({ matchLabels: { 'app.kubernetes.io/name': `docket-${app}` } });
  expect(resource.spec!.template!.metadata.labels['app.kubernetes.io/name']).toBe(`docket-${app}`);
  const source = read(`apps/${app}/src/create-app.ts`);
  const ms = (name: string): number => Number(new RegExp(`${name} = ([\\d_]+)`).exec(source)![1]!.replaceAll('_', ''));
  const limits = /drainMs: ([\d_]+)[\s\S]*finalSnapshotsMs: ([\d_]+)/.exec(read('libs/ledger/src/limits.ts').replace(/^[\s\S]*DEFAULT_LIMITS/, ''))!.slice(1).map((text) => Number(text.replaceAll('_', '')));
  const { drainTimeoutMs } = deciderConfig(environmentOf(named('decider'), SECRETS));
  const pauseMs = Number(container.lifecycle!.preStop.exec.command[1]) * 1_000;
  const mintsMs = app === 'token-broker' ? 2 * ms('MINTS_END_MS') : 0;
  expect(pod.terminationGracePeriodSeconds * 1_000).toBeGreaterThanOrEqual(pauseMs + ms('HAND_OVER_MS') + drainTimeoutMs + limits[0]! + limits[1]! + mintsMs + 3_000);
});
