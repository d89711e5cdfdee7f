import type { Random } from '../random.js';

interface Limit { readonly scope: string; readonly [name: string]: unknown }

export const SERVER = 'payments';
export const POLICIES = ['steady', 'bursts', 'spending', 'everything'];
export const TOOLS = ['look_up', 'refresh', 'pay', 'forbidden'];

/**
 * A policy of that name with limits of every kind and scope: small ones, so that even a slow machine meets them again and again, and other ones after every edit.
 * Without `shared`: none that many grants share.
 */
export function policyOf(name: string, random: Random, { shared }: { readonly shared: boolean }): object {
  const count = (window: object | string, scope: string, min: number, max: number, more: object = {}): Limit => ({ counter: `calls_${JSON.stringify(window).replace(/[^a-z0-9]/g, '')}_${scope}`, window, max: random.whole(min, max), scope, ...more });
  const allowed = (limits: readonly Limit[]): readonly Limit[] => limits.filter(({ scope }) => shared || !['server', 'organisation'].includes(scope));
  const allTools = { limits: [count('month', 'grant', 100_000, 200_000)] };
  const spending = (scope: string, sliding: boolean): Limit => ({ counter: `spent_${scope}`, window: { seconds: 20 }, sliding, max: random.whole(12, 30), increment_from: 'args.amount', scope, refund: random.chance(0.5) ? ['not_sent'] : ['not_sent', 'failed'] });
  const look = { limits: [count({ seconds: 10 }, 'grant', 4, 9)] };
  const refresh = { limits: allowed([count({ seconds: 15 }, 'session', 2, 4, { sliding: true }), count('minute', 'agent', 8, 20), count({ seconds: 10 }, 'server', 6, 20)]) };
  const pay = { deny_if: [{ conditions: [{ path: 'args.amount', op: 'gt', value: 9 }], on_deny: 'At most 9.' }], limits: allowed([spending('grant', true), spending('agent', false), { ...spending('organisation', true), max: random.whole(40, 120) }]) };
  const tools = { steady: { look_up: look, refresh: look }, bursts: { look_up: look, refresh }, spending: { pay, refresh }, everything: { look_up: look, refresh, pay } }[name];
  return { version: '1', default: 'deny', all_tools: allTools, tools };
}

/** In hundredths, so that sums are exact decimals and never whole. */
export function amountOf(random: Random): string {
  const hundredths = random.whole(1, 1_000);
  return `${Math.floor(hundredths / 100)}.${String(hundredths % 100).padStart(2, '0')}`;
}
