import { DocketError } from '#errors';
import { acceptedTimeMs } from './call-id.js';
import { type Context, type Decision, isLoaded, loadedAt, refuse } from './decision.js';
import type { Abort, DecisionSettings } from './model.js';
import type { DecisionState } from './state.js';
import { heldBy } from './wider-charges.js';

/**
 * Ends the id of a call that may have reserved in wider scopes and was given up: from here on it is never decided. One that
 * was decided says what of its reservations it keeps.
 */
export function abort(state: DecisionState, command: Abort, context: Context, settings: DecisionSettings): Decision {
  const { grant_id, call_id, actor } = command;
  const timeMs = acceptedTimeMs(call_id, context.nowMs, settings);
  // One that is remembered no more may have been let pass.
  if (timeMs instanceof DocketError) return refuse(timeMs);
  const known = state.calls.get(grant_id, call_id);
  if (known === undefined) return { kind: 'append', event: { type: 'CallAborted', call_id, grant_id, actor } };
  if (context.loaded?.at.offset === known.offset && context.loaded.event.type === 'CallAborted') return { kind: 'answer', reply: { type: 'Ended', aborted: true, passes: [] } };
  const found = loadedAt(context, known.offset, 'CallDecided');
  if (!isLoaded(found)) return found;
  return { kind: 'answer', reply: { type: 'Ended', aborted: false, passes: heldBy(found.event).map(({ scope }) => scope) } };
}
