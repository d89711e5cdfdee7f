import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { KAFKA_BROKER_SETTINGS, KAFKA_VERSION, replicationSettings } from '#local-services';

const ROOT = join(import.meta.dirname, '../../..');

interface Service {
  readonly image: string;
  readonly build?: string;
  readonly command?: readonly string[];
  readonly environment: Readonly<Record<string, unknown>>;
  readonly depends_on?: Readonly<Record<string, { readonly condition: string }>>;
  readonly healthcheck: { readonly test: readonly string[] };
  readonly ports?: readonly string[];
  readonly volumes?: readonly string[];
}
interface Compose {
  readonly services: Readonly<Record<string, Service>>;
  readonly volumes: Readonly<Record<string, unknown>>;
}

const text = readFileSync(join(ROOT, 'docker-compose.yml'), 'utf8');
const compose = parse(text, { merge: true }) as Compose;
const services = Object.entries(compose.services);

describe('docker-compose.yml', () => {
  test('runs the Kafka that the tests run, with the same settings', () => {
    const { kafka } = compose.services;
    expect(kafka!.image).toBe(`apache/kafka:${KAFKA_VERSION}`);
    const expected = { ...KAFKA_BROKER_SETTINGS, ...replicationSettings(1) };
    const asVariables = Object.entries(expected).map(([name, value]) => [`KAFKA_${name.toUpperCase().replaceAll('.', '_')}`, value]);
    expect(kafka!.environment).toMatchObject(Object.fromEntries(asVariables) as Record<string, string>);
    const byRole = /^KAFKA_(PROCESS_ROLES|NODE_ID|CONTROLLER_.*|INTER_BROKER_.*|LISTENERS|ADVERTISED_LISTENERS|LISTENER_SECURITY_.*|LOG_DIRS)$/;
    expect(Object.keys(kafka!.environment).filter((name) => !byRole.test(name)).sort()).toEqual(asVariables.map(([name]) => name).sort());
  });

  test('passes every setting as text: a bare number or true would be read as YAML\'s own', () => {
    const values = services.flatMap(([name, { environment }]) => Object.entries(environment).map(([key, value]) => [`${name}.${key}`, typeof value]));
    expect(values.filter(([, type]) => type !== 'string')).toEqual([]);
  });

  test('every service is health-checked, and the apps wait until what they need is healthy', () => {
    expect(services.filter(([, { healthcheck }]) => !/^CMD/.test(healthcheck.test[0]!))).toEqual([]);
    for (const [name, { depends_on: needs }] of services.filter(([, { build }]) => build !== undefined)) {
      expect([name, needs]).toEqual([name, { kafka: { condition: 'service_healthy' }, postgres: { condition: 'service_healthy' } }]);
      expect(Object.keys(needs!).filter((needed) => compose.services[needed] === undefined)).toEqual([]);
    }
  });

  test('starts apps that exist', () => {
    const apps = services.filter(([, { build }]) => build !== undefined).map(([, { command }]) => command!.at(-1)!);
    expect(apps).toEqual(['decider', 'projector', 'token-broker', 'mcp-gateway', 'console'].map((app) => `dist/apps/${app}/src/main.js`));
    expect(apps.filter((file) => !existsSync(join(ROOT, file.replace(/^dist\//, '').replace(/\.js$/, '.ts'))))).toEqual([]);
  });

  test('publishes to this machine only, and keeps data in volumes that are declared', () => {
    const ports = services.flatMap(([, { ports: published = [] }]) => published);
    expect(ports.length).toBeGreaterThan(0);
    expect(ports.filter((port) => !port.startsWith('127.0.0.1:'))).toEqual([]);
    const used = services.flatMap(([, { volumes = [] }]) => volumes.map((volume) => volume.split(':')[0]));
    expect([...new Set(used)].sort()).toEqual(Object.keys(compose.volumes).sort());
  });

  test('holds no secret: the password must be given', () => {
    const uses = text.match(/\$\{POSTGRES_PASSWORD[^}]*\}/g) ?? [];
    expect(uses.length).toBe(2);
    expect(uses.every((use) => use.startsWith('${POSTGRES_PASSWORD:?'))).toBe(true);
  });
});

describe('the image', () => {
  const dockerfile = readFileSync(join(ROOT, 'Dockerfile'), 'utf8');
  const ignored = readFileSync(join(ROOT, '.dockerignore'), 'utf8').split('\n');

  test('runs as a user without rights, on the Node that is pinned', () => {
    const { dependencies } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as { dependencies: { node: string } };
    const bases = [...dockerfile.matchAll(/^FROM (\S+)/gm)].map(([, base]) => base);
    expect(new Set(bases)).toEqual(new Set([`node:${dependencies.node.split('.')[0]}-bookworm-slim`]));
    expect(dockerfile).toMatch(/^USER node$/m);
    expect(dockerfile.lastIndexOf('USER node')).toBeGreaterThan(dockerfile.lastIndexOf('RUN '));
  });

  test('is built from nothing but what is named: no data folder, no environment file', () => {
    expect(ignored).toContain('*');
    const copied = [...dockerfile.matchAll(/^COPY (?!--from)(.+) \S+$/gm)].flatMap(([, names]) => names!.split(' '));
    expect(copied.length).toBeGreaterThan(0);
    expect(copied.filter((name) => !ignored.includes(`!${name}`))).toEqual([]);
    expect(ignored.filter((line) => /^!.*(\.docket|\.env)/.test(line))).toEqual([]);
  });
});
