import { isObject, type JsonObject, type Message, requestMessage } from '#mcp';
import type { McpNotification, UpstreamDescription } from '../ports.js';
import type { HttpUpstreamServer } from './http.upstream.js';
import { LegacySession } from './legacy-session.js';
import { modernRequest } from './outgoing.js';
import { Relay } from './relay.js';
import { pause } from './waiting.js';

const WAIT_MS = 1_000;
const WAIT_MS_MAX = 60_000;
/** A server that has no such stream, or nothing to say, is asked again when what it is may have changed. */
const NOTHING_MS = 600_000;

const CHANGES = { tools: 'notifications/tools/list_changed', prompts: 'notifications/prompts/list_changed', resources: 'notifications/resources/list_changed' } as const;
const FILTER = { tools: 'toolsListChanged', prompts: 'promptsListChanged', resources: 'resourcesListChanged' } as const;
type Kind = keyof typeof CHANGES;

/** What of a server's lists it says that it tells about. */
function toldOf({ capabilities }: UpstreamDescription): Kind[] {
  return (Object.keys(CHANGES) as Kind[]).filter((kind) => {
    const can = capabilities[kind];
    return isObject(can) && can['listChanged'] === true;
  });
}

/**
 * Listens to what one upstream says of changes to its lists, until the signal ends it: on `subscriptions/listen` or on a session's stream.
 * After every interruption each list counts as changed: what was said in between was not heard.
 */
export async function listenForChanges(server: HttpUpstreamServer, onChanged: (message: McpNotification) => void, signal: AbortSignal): Promise<void> {
  const { parts } = server;
  let waitMs = WAIT_MS;
  for (let times = 0; !signal.aborted; times += 1) {
    const heard = (message: Message): void => {
      waitMs = WAIT_MS;
      if (message.kind === 'notification' && message.method !== 'notifications/subscriptions/acknowledged') onChanged({ method: message.method, params: parts.sent.mask(message.params) });
    };
    try {
      const found = await parts.find(signal);
      if (found.era === 'modern') {
        const told = toldOf(found.description);
        if (times > 0) missed(told, onChanged);
        if (told.length === 0) await pause(NOTHING_MS, signal);
        else await subscribe(parts, told, heard, signal);
      } else {
        const session = await parts.sessions.of(parts.send, '', {}, signal);
        if (!(session instanceof LegacySession)) throw new Error('refused');
        const told = toldOf(session.description);
        if (times > 0) missed(told, onChanged);
        if (told.length === 0) await pause(NOTHING_MS, signal);
        else {
          const ended = await session.listen(parts.send, '', signal);
          if (ended.kind === 'refused') {
            // Not every server has that stream (405).
            if (ended.status === 404) parts.sessions.lost(session);
            await pause(ended.status === 405 ? NOTHING_MS : waitMs, signal);
          }
        }
      }
    } catch {
      // Whatever it was is met again, or is over by then; calls report their own troubles.
    }
    if (signal.aborted) return;
    await pause(waitMs * (0.5 + Math.random()), signal).catch(() => undefined);
    waitMs = Math.min(waitMs * 2, WAIT_MS_MAX);
  }
}

function missed(told: readonly Kind[], onChanged: (message: McpNotification) => void): void {
  for (const kind of told) onChanged({ method: CHANGES[kind], params: {} });
}

async function subscribe({ door, send }: HttpUpstreamServer['parts'], told: readonly Kind[], onMessage: (message: Message) => void, signal: AbortSignal): Promise<void> {
  const call = { clientCapabilities: {}, signal };
  const wanted: JsonObject = { notifications: Object.fromEntries(told.map((kind) => [FILTER[kind], true])) };
  const { params, headers } = modernRequest('subscriptions/listen', wanted, call, new Relay(call, ''));
  const ended = await door.subscribe(send, { headers, message: requestMessage('changes', 'subscriptions/listen', params), id: 'changes', signal, onMessage });
  if (ended.kind === 'refused') await pause(NOTHING_MS, signal);
}
