import { createHash } from 'node:crypto';
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { readDefinition, type RiskClass, type ToolDefinition } from '#tools';

const FOLDER = join(import.meta.dirname, 'labelled');

/** One server of the labelled set: what it lists, and what a person said of each tool. */
export interface LabelledServer {
  readonly package: string;
  readonly version: string;
  readonly heldOut: boolean;
  readonly definitions: readonly ToolDefinition[];
  readonly labels: ReadonlyMap<string, RiskClass>;
}

export function labelledServers(): LabelledServer[] {
  const labels = JSON.parse(readFileSync(join(FOLDER, 'labels.json'), 'utf8')) as Record<string, Record<string, RiskClass>>;
  return readdirSync(join(FOLDER, 'definitions')).sort().map((file) => {
    const listed = JSON.parse(readFileSync(join(FOLDER, 'definitions', file), 'utf8')) as { package: string; version: string; tools: unknown[] };
    return {
      package: listed.package, version: listed.version,
      heldOut: createHash('sha256').update(listed.package).digest()[0]! % 3 === 0,
      definitions: listed.tools.map((tool) => readDefinition(JSON.stringify(tool))),
      labels: new Map(Object.entries(labels[listed.package] ?? {})),
    };
  });
}
