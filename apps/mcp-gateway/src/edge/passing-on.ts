import { type JsonObject, type Json, isRawNumber } from '#mcp';
import type { Era } from '../ports.js';
import { isLogLevel, LOG_LEVELS } from './era.js';

/** Notifications that belong to a request, and so onto its stream; what is about the server goes to listeners. */
const OF_REQUESTS: Readonly<Record<Era, ReadonlySet<string>>> = {
  modern: new Set(['notifications/progress', 'notifications/message']),
  legacy: new Set(['notifications/progress', 'notifications/message', 'notifications/elicitation/complete']),
};

/**
 * What of an upstream's notifications a request's client gets: progress for the token that it gave, each further than the last (C7);
 * log messages only where it asked for them, of that level or above (C10); nothing that is not about the request.
 */
export function passingOn(era: Era, progressToken: string | number | undefined, logLevel: () => string | undefined): (method: string, params: JsonObject) => boolean {
  let progress = -Infinity;
  return (method, params) => {
    if (!OF_REQUESTS[era].has(method)) return false;
    if (method === 'notifications/progress') {
      const now = asNumber(params['progress']);
      if (progressToken === undefined || params['progressToken'] !== progressToken || !(now > progress)) return false;
      progress = now;
      return true;
    }
    return method !== 'notifications/message' || isLoud(params['level'], logLevel());
  };
}

function isLoud(level: Json | undefined, wanted: string | undefined): boolean {
  return isLogLevel(level) && isLogLevel(wanted) && LOG_LEVELS.indexOf(level) >= LOG_LEVELS.indexOf(wanted);
}

function asNumber(value: Json | undefined): number {
  return typeof value === 'number' ? value : isRawNumber(value) ? Number(value.rawJSON) : NaN;
}
