import { writeJson } from '#mcp';
import { classifyTools, readDefinition, SEVERITY_OF, type Severity } from '#tools';
import type { PinnedTool, ToolPins } from '../ports.js';

/** How grave a call of a tool may be, by its pinned definition beside its siblings', unless a person has said otherwise. */
export class ToolRisks {
  /** Computed when somebody asks, and until the pins change. */
  readonly #known = new WeakMap<readonly PinnedTool[], ReadonlyMap<string, Severity>>();

  constructor(private readonly pins: Pick<ToolPins, 'toolsOf'>) {}

  /** Never rejects: what cannot be classified is grave. */
  async severityOf(serverId: string, name: string): Promise<Severity> {
    try {
      const tools = await this.pins.toolsOf(serverId);
      let severities = this.#known.get(tools);
      if (severities === undefined) this.#known.set(tools, severities = severitiesOf(tools));
      return severities.get(name) ?? 'critical';
    } catch {
      return 'critical';
    }
  }
}

function severitiesOf(tools: readonly PinnedTool[]): ReadonlyMap<string, Severity> {
  const found = classifyTools(tools.map(({ definition }) => readDefinition(writeJson(definition))));
  return new Map(tools.flatMap(({ name, overrideClass }) => {
    const severity = overrideClass === undefined ? found.get(name)?.severity : SEVERITY_OF[overrideClass];
    return severity === undefined ? [] : [[name, severity] as const];
  }));
}
