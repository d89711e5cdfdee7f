import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { classifyTools, RISK_CLASSES, type RiskClass } from '#tools';
import { labelledServers } from './labelled-set.fixture.js';

const DOCUMENT = join(import.meta.dirname, '../../../docs/mcp-tools.md');
const BEGIN = '<!-- quality: written by UPDATE_DOCS=1 npm test -- libs/tools/test -->';
const END = '<!-- end of quality -->';
const CLASSES = [...RISK_CLASSES].reverse();

interface Pair { readonly label: RiskClass; readonly found: RiskClass }

const servers = labelledServers();
const pairs = (heldOut: boolean): Pair[] => servers.filter((server) => server.heldOut === heldOut).flatMap(({ definitions, labels }) => {
  const found = classifyTools(definitions);
  return [...labels].map(([name, label]) => ({ label, found: found.get(name)!.riskClass }));
});

function confusion(all: readonly Pair[]): string {
  const count = (label: RiskClass, found: RiskClass): number => all.filter((pair) => pair.label === label && pair.found === found).length;
  const share = (part: number, whole: number): string => (whole === 0 ? '–' : `${Math.round((100 * part) / whole)} %`);
  const row = (cells: readonly (string | number)[]): string => `| ${cells.join(' | ')} |`;
  const right = all.filter(({ label, found }) => label === found).length;
  const graver = all.filter(({ label, found }) => RISK_CLASSES.indexOf(found) > RISK_CLASSES.indexOf(label)).length;
  return [
    row(['labelled ↓, found →', ...CLASSES, 'recall']), row(Array.from({ length: CLASSES.length + 2 }, () => '---')),
    ...CLASSES.map((label) => row([`**${label}**`, ...CLASSES.map((found) => count(label, found) || ''), share(count(label, label), all.filter((pair) => pair.label === label).length)])),
    row(['precision', ...CLASSES.map((found) => share(count(found, found), all.filter((pair) => pair.found === found).length)), '']),
    '', `${right} of ${all.length} as labelled (${share(right, all.length)}); ${graver} graver than labelled, ${all.length - right - graver} less grave.`,
  ].join('\n');
}

function quality(): string {
  const names = (heldOut: boolean): string => servers.filter((server) => server.heldOut === heldOut).map((server) => `${server.package} ${server.version}`).join(', ');
  return [
    BEGIN, '', '**Held out** — no rule was written or changed because of how it did on these:', '', confusion(pairs(true)), '', `Servers: ${names(true)}.`, '',
    '**Tuned on**:', '', confusion(pairs(false)), '', `Servers: ${names(false)}.`, '', END,
  ].join('\n');
}

describe('the labelled set', () => {
  it('has a label for each tool and a tool for each label, of enough of both', () => {
    for (const { definitions, labels } of servers) expect(definitions.map(({ name }) => name).sort()).toEqual([...labels.keys()].sort());
    expect(servers.length).toBeGreaterThanOrEqual(12);
    expect(servers.reduce((sum, { labels }) => sum + labels.size, 0)).toBeGreaterThanOrEqual(150);
  });

  it('is classified as docs/mcp-tools.md says', () => {
    const document = readFileSync(DOCUMENT, 'utf8');
    const [before = '', rest = ''] = document.split(BEGIN);
    const after = rest.split(END)[1] ?? '';
    if (process.env['UPDATE_DOCS'] === '1') writeFileSync(DOCUMENT, `${before}${quality()}${after}`);
    else expect(document).toContain(quality());
  });

  it('has no tool that deletes or moves money taken for one that only reads', () => {
    const missed = [...pairs(true), ...pairs(false)].filter(({ label, found }) => (label === 'destructive' || label === 'financial') && (found === 'read' || found === 'other'));
    expect(missed).toEqual([]);
  });
});
