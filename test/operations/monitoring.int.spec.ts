import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Histogram } from 'prom-client';
import type { Registry } from 'prom-client';
import { parse } from 'yaml';
import { startThrowawayPostgres } from '#local-services';
import type { ThrowawayPostgres } from '#local-services';
import { createLogger, createMetrics } from '#platform';
import { DeciderFixture } from '../../apps/decider/src/decider.fixture.js';
import { mcpGatewayConfig } from '../../apps/mcp-gateway/src/config.js';
import { createApp as createMcpGateway } from '../../apps/mcp-gateway/src/create-app.js';
import type { McpGatewayApp } from '../../apps/mcp-gateway/src/create-app.js';
import { projectorConfig } from '../../apps/projector/src/config.js';
import { createApp as createProjector } from '../../apps/projector/src/create-app.js';
import type { ProjectorApp } from '../../apps/projector/src/create-app.js';
import { tokenBrokerConfig } from '../../apps/token-broker/src/config.js';
import { createApp as createTokenBroker } from '../../apps/token-broker/src/create-app.js';
import type { TokenBrokerApp } from '../../apps/token-broker/src/create-app.js';
import { askedBy, isBalanced } from './promql.fixture.js';

const ROOT = join(import.meta.dirname, '../..');
const read = (path: string): string => readFileSync(join(ROOT, path), 'utf8');
const TEST_MS = 300_000;

interface Rule { readonly alert: string; readonly expr: string; readonly for?: string; readonly labels: Readonly<Record<string, string>>; readonly annotations: { readonly summary: string; readonly description: string } }
interface Dashboard { readonly uid: string; readonly panels: readonly { readonly id: number; readonly type: string; readonly title: string; readonly gridPos: { readonly x: number; readonly w: number }; readonly targets?: readonly { readonly expr: string; readonly legendFormat: string }[] }[] }

const rules = readdirSync(join(ROOT, 'deploy/alerts')).flatMap((file) => (parse(read(`deploy/alerts/${file}`)) as { groups: { rules: Rule[] }[] }).groups.flatMap((group) => group.rules));
const dashboard = JSON.parse(read('deploy/grafana/docket.json')) as Dashboard;
const targets = dashboard.panels.flatMap(({ title, targets: own = [] }) => own.map(({ expr, legendFormat }) => ({ where: `dashboard, ${title}`, expr, legend: legendFormat })));
const expressions = [...rules.map(({ alert, expr }) => ({ where: `alert ${alert}`, expr, legend: '' })), ...targets];

/** By metric, the labels that its samples may have; those of a scrape are Prometheus' own. */
type Exported = ReadonlyMap<string, ReadonlySet<string>>;
const OF_SCRAPES = ['instance', 'job'];

async function exportedBy(registries: readonly Registry[]): Promise<Exported> {
  const exported = new Map<string, Set<string>>();
  for (const registry of registries) {
    for (const metric of registry.getMetricsAsArray()) {
      const { name, labelNames = [] } = metric as unknown as { readonly name: string; readonly labelNames?: readonly string[] };
      const isHistogram = (registry.getSingleMetric(name) as unknown) instanceof Histogram;
      for (const exposed of isHistogram ? [`${name}_bucket`, `${name}_sum`, `${name}_count`] : [name]) {
        const labels = exported.get(exposed) ?? new Set(OF_SCRAPES);
        for (const label of [...labelNames, ...(exposed.endsWith('_bucket') ? ['le'] : [])]) labels.add(label);
        exported.set(exposed, labels);
      }
    }
    // What is scraped is that, too.
    for (const [, name] of (await registry.metrics()).matchAll(/^# TYPE (\S+) /gm)) expect(registry.getSingleMetric(name!)).toBeDefined();
  }
  return exported;
}

/** Everything that an expression names and nobody exports. */
function problems({ where, expr, legend }: (typeof expressions)[number], exported: Exported): string[] {
  const { selectors, groupedBy } = askedBy(expr);
  const known = new Set(selectors.flatMap(({ metric }) => [...(exported.get(metric) ?? [])]));
  const shown = [...legend.matchAll(/\{\{(\w+)\}\}/g)].map(([, label]) => label!);
  return [
    ...(isBalanced(expr) ? [] : [`${where}: brackets do not close: ${expr}`]),
    ...(selectors.length > 0 ? [] : [`${where}: asks for nothing: ${expr}`]),
    ...selectors.filter(({ metric }) => !exported.has(metric)).map(({ metric }) => `${where}: nobody exports ${metric}`),
    ...selectors.flatMap(({ metric, labels }) => labels.filter((label) => exported.has(metric) && !exported.get(metric)!.has(label)).map((label) => `${where}: ${metric} has no label ${label}`)),
    ...[...groupedBy, ...shown].filter((label) => !known.has(label)).map((label) => `${where}: nothing in it has a label ${label}`),
  ];
}

describe('what the apps export', () => {
  const logger = createLogger({ level: 'silent', app: 'spec' });
  const registries = [createMetrics(), createMetrics(), createMetrics(), createMetrics()] as const;
  let postgres: ThrowawayPostgres;
  let decider: DeciderFixture;
  let projector: ProjectorApp;
  let broker: TokenBrokerApp;
  let gateway: McpGatewayApp;
  let exported: Exported;

  beforeAll(async () => {
    postgres = await startThrowawayPostgres();
    const url = await postgres.createDatabase();
    const [ofDecider, ofProjector, ofBroker, ofGateway] = registries;
    decider = await new DeciderFixture(url, { metrics: ofDecider }).start({ DECISIONS_PARTITIONS: '2' });
    projector = await createProjector(projectorConfig({ DATABASE_URL: url, HTTP_LISTEN: '127.0.0.1:0' }), { logger, metrics: ofProjector });
    broker = await createTokenBroker(tokenBrokerConfig({ DATABASE_URL: url, DATA_DIR: decider.folder, TOKEN_BROKER_LISTEN: '127.0.0.1:0', TOKEN_BROKER_HTTP_LISTEN: '127.0.0.1:0' }), { logger, metrics: ofBroker });
    gateway = await createMcpGateway(mcpGatewayConfig({ MCP_LISTEN: '127.0.0.1:0', MCP_HTTP_LISTEN: '127.0.0.1:0', DOCKET_ADDRESS: decider.address, DOCKET_TOKENS_ADDRESS: `127.0.0.1:${broker.grpcAddress.port}`, DOCKET_CREDENTIAL: decider.token('gateway') }), { logger, metrics: ofGateway });
    exported = await exportedBy(registries);
  }, TEST_MS);

  afterAll(async () => {
    await gateway?.stop();
    await broker?.stop();
    await projector?.stop();
    await decider?.remove();
    await postgres?.stop();
  }, TEST_MS);

  it('is all that alerts and dashboard ask for, with its labels', () => {
    expect(exported.get('docket_decisions_total')).toEqual(new Set(['instance', 'job', 'verdict', 'replayed']));
    expect(expressions.length).toBeGreaterThan(50);
    expect(expressions.flatMap((one) => problems(one, exported))).toEqual([]);
  });

  it('a metric or a label that there is not is found', () => {
    const found = (expr: string, legend = ''): string[] => problems({ where: 'x', expr, legend }, exported);
    expect(found('sum by (verdict) (rate(docket_decisions_totals[5m]))')).toEqual(['x: nobody exports docket_decisions_totals', 'x: nothing in it has a label verdict']);
    expect(found('sum(rate(docket_decisions_total{verdikt="ALLOW"}[5m]))')).toEqual(['x: docket_decisions_total has no label verdikt']);
    expect(found('sum by (tool) (docket_decisions_total', '{{grant}}')).toEqual([
      'x: brackets do not close: sum by (tool) (docket_decisions_total', 'x: nothing in it has a label tool', 'x: nothing in it has a label grant',
    ]);
    expect(found('time()')).toEqual(['x: asks for nothing: time()']);
  });

  it('every metric of Docket’s own is on the dashboard or in an alert, but for those that are details of another', () => {
    const asked = new Set(expressions.flatMap(({ expr }) => askedBy(expr).selectors.map(({ metric }) => metric.replace(/_(?:bucket|sum|count)$/, ''))));
    const own = [...new Set([...exported.keys()].filter((name) => name.startsWith('docket_')).map((name) => name.replace(/_(?:bucket|sum|count)$/, '')))];
    expect(own.filter((name) => !asked.has(name)).sort().filter((name) => !DETAILS.has(name))).toEqual([]);
  });
});

/** Told by /metrics and nowhere else. */
const DETAILS: ReadonlySet<string> = new Set([
  'docket_token_age_seconds', 'docket_token_errors_total', 'docket_token_masked_total', 'docket_token_mint_rate_above', 'docket_token_remaining_seconds', 'docket_token_wait_seconds',
]);

describe('every alert', () => {
  const guide = read('docs/operations.md');

  it('has a name of its own, a severity and a summary, and says what to do', () => {
    expect(new Set(rules.map(({ alert }) => alert)).size).toBe(rules.length);
    expect(rules.filter(({ labels, annotations }) => !['critical', 'warning'].includes(labels['severity']!) || annotations.summary === '' || annotations.description === '')).toEqual([]);
    expect(rules.filter(({ for: waits }) => waits !== undefined && !/^\d+[smh]$/.test(waits))).toEqual([]);
  });

  it('has a paragraph in the runbook, and no paragraph is of none', () => {
    const runbook = guide.slice(guide.indexOf('## Alarms'));
    const paragraphs = [...runbook.matchAll(/^\*\*(\w+)\*\*[^\n]*\n?[^\n]*/gm)].map(([text, name]) => ({ name: name!, length: text.length }));
    expect(paragraphs.map(({ name }) => name).sort()).toEqual(rules.map(({ alert }) => alert).sort());
    expect(paragraphs.filter(({ length }) => length < 120)).toEqual([]);
  });

  it('of the ledger’s alarms, each kind is counted, and those that stop a partition are critical', () => {
    const kinds = [...read('libs/ledger/src/observer.ts').matchAll(/'([a-z_]+)'/g)].map(([, kind]) => kind!).filter((kind) => !['effective', 'void', 'unknown', 'refused_by_clock'].includes(kind));
    const counted = read('libs/platform/src/alarms.ts');
    expect(kinds.length).toBeGreaterThan(8);
    expect(kinds.filter((kind) => !counted.includes(`'${kind}'`))).toEqual([]);
    for (const kind of ['log_truncated', 'log_unreadable', 'chain_broken', 'foreign_event', 'log_settings', 'rival_owner', 'clock_apart']) {
      expect(rules.filter(({ expr, labels }) => expr.includes(kind) && labels['severity'] === 'critical')).not.toEqual([]);
    }
  });
});

it('the dashboard has a home for each panel and asks its data source by a variable', () => {
  expect(dashboard.uid).toBe('docket');
  expect(new Set(dashboard.panels.map(({ id }) => id)).size).toBe(dashboard.panels.length);
  expect(dashboard.panels.filter(({ gridPos: { x, w } }) => x + w > 24)).toEqual([]);
  expect(dashboard.panels.filter(({ type, targets: own = [] }) => type !== 'row' && own.length === 0)).toEqual([]);
  expect(read('deploy/grafana/docket.json')).not.toMatch(/"uid": "(?!docket"|\$\{datasource\}")/);
});
