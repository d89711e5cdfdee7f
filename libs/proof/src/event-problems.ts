import { decodeTokenEvent } from '#access-token';
import { decisionMachine } from '#decision';
import { sha256, type EncodedEvent } from '#ledger';
import { decodeRegistryEvent } from '#registry';
import type { Fault } from './fault.js';

/** Decoding needs no documents, and no settings. */
const { decode: decodeDecision } = decisionMachine({ callIdMemoryMs: 1, callIdAheadMs: 1 }, () => undefined);

const DECODERS: Readonly<Record<string, (encoded: EncodedEvent) => unknown>> = {
  'docket.decisions': decodeDecision, 'docket.registry': decodeRegistryEvent, 'docket.tokens': decodeTokenEvent,
};

/** What is wrong with a valid event of a topic beside where it stands: no reader can apply it, or a policy's text is another one. */
export function eventProblems(topic: string): (encoded: EncodedEvent) => Pick<Fault, 'kind' | 'what'> | undefined {
  const decode = DECODERS[topic];
  return (encoded) => {
    try {
      decode?.(encoded);
    } catch (error) {
      return { kind: 'unreadable', what: `no reader can apply the event of type ${JSON.stringify(encoded.type)}: ${error instanceof Error ? error.message : 'unreadable'}` };
    }
    if (encoded.type !== 'docket.registry.PolicyPublished.v1') return undefined;
    const { document, version, policy_id: id } = encoded.data as { document: string; version: string; policy_id: string };
    return sha256(document) === version ? undefined : { kind: 'policy', what: `the text of policy ${JSON.stringify(id)} is not the one of its version ${version.slice(0, 12)}…` };
  };
}
