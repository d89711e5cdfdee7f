import type { ToolView } from '#registry';
import type { RiskAssessment } from '#tools';
import { risksOf } from '../../registry/registry.tools.js';

const SERVERS_MAX = 64;

interface Known {
  readonly texts: readonly (string | undefined)[];
  readonly risks: ReadonlyMap<string, RiskAssessment>;
}

/**
 * Risks of servers' tools, told anew only when a definition has changed: a card that is open is looked at every few seconds, and telling
 * those of a server with a thousand tools would hold up decisions for a tenth of a second each time.
 */
export class KnownRisks {
  /** The one that nobody has asked for longest comes first. */
  readonly #known = new Map<string, Known>();

  /** @param tell what the rules say; left out: what they do say */
  constructor(private readonly tell: typeof risksOf = risksOf) {}

  /** By name. @param views all tools of this server, in the order that they always come in */
  of(organisation: string, serverId: string, views: readonly ToolView[]): ReadonlyMap<string, RiskAssessment> {
    const key = JSON.stringify([organisation, serverId]);
    const texts = views.map(({ observedText, approvedText }) => observedText ?? approvedText);
    const before = this.#known.get(key);
    const isSame = before !== undefined && before.texts.length === texts.length && before.texts.every((text, i) => text === texts[i]);
    const known = isSame ? before : { texts, risks: this.tell(views) };
    this.#known.delete(key);
    if (this.#known.size >= SERVERS_MAX) this.#known.delete(this.#known.keys().next().value!);
    this.#known.set(key, known);
    return known.risks;
  }
}
