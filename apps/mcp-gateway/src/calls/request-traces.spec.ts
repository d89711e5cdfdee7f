import { NO_TRACE, Tracing, type TraceContext } from '#platform';
import { CallsWorld } from './fixtures/calls.fixture.js';
import { endRequest, openRequest } from './request-traces.js';

const OF_AGENT = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01';
const OURS = '00-4bf92f3577b34da6a3ce929d0e0e4736-1111111111111111-01';

/** As one that makes spans: each with this context. */
function tracing(parents: TraceContext[], ended: unknown[] = []): Tracing {
  const open = (_name: string, _role: string, parent: TraceContext) => {
    parents.push(parent);
    return { context: { ...parent, traceparent: OURS }, end: (...facts: unknown[]) => void ended.push(facts) };
  };
  return { isOn: true, open } as unknown as Tracing;
}

describe('where nothing is traced', () => {
  it('an agent’s trace goes to the decider and upstream as it came', async () => {
    const world = new CallsWorld();
    world.pin('t');
    await world.call('t', {}, world.exchange({ traceparent: OF_AGENT, tracestate: 'vendor=one', baggage: 'a=b' }));
    expect(world.decided[0]).toMatchObject({ traceparent: OF_AGENT });
    expect(world.sent[0]!.call).toMatchObject({ traceparent: OF_AGENT, tracestate: 'vendor=one', baggage: 'a=b' });
  });

  it('no trace is made up', async () => {
    const world = new CallsWorld();
    world.pin('t');
    await world.call('t');
    expect(world.decided[0]).not.toHaveProperty('traceparent');
    expect(world.sent[0]!.call).not.toHaveProperty('traceparent');
  });

  it('the exchange stays the one that it was', () => {
    const given = new CallsWorld().exchange({ traceparent: OF_AGENT });
    expect(openRequest(Tracing.off(), 'tools/call', given).exchange).toBe(given);
  });
});

describe('where it is traced', () => {
  it('what the request leads to belongs to its span, with the agent’s own state', () => {
    const parents: TraceContext[] = [];
    const { exchange } = openRequest(tracing(parents), 'tools/call', new CallsWorld().exchange({ traceparent: OF_AGENT, tracestate: 'vendor=one', baggage: 'a=b' }));
    expect(parents).toEqual([{ traceparent: OF_AGENT, tracestate: 'vendor=one', baggage: '' }]);
    expect(exchange).toMatchObject({ traceparent: OURS, tracestate: 'vendor=one', baggage: 'a=b' });
  });

  it.each([
    ['a malformed traceparent', { traceparent: '00-a', tracestate: 'vendor=one' }, NO_TRACE],
    ['none', { tracestate: 'vendor=one' }, NO_TRACE],
    ['a state that no header could hold', { traceparent: OF_AGENT, tracestate: 'vendor=é' }, { ...NO_TRACE, traceparent: OF_AGENT }],
    ['a credential as its state', { traceparent: OF_AGENT, tracestate: 'v=dg_0123' }, { ...NO_TRACE, traceparent: OF_AGENT }],
    ['a state that is too long', { traceparent: OF_AGENT, tracestate: `v=${'a'.repeat(511)}` }, { ...NO_TRACE, traceparent: OF_AGENT }],
  ])('of %s, what means nothing is dropped', (_, given, expected) => {
    const parents: TraceContext[] = [];
    const { exchange } = openRequest(tracing(parents), 'tools/call', new CallsWorld().exchange(given));
    expect(parents).toEqual([expected]);
    expect(exchange.traceparent).toBe(OURS);
    expect(exchange).not.toHaveProperty('tracestate');
  });

  it('a span names what is in the log, and nothing that an agent made up', () => {
    const ended: unknown[] = [];
    const names: string[] = [];
    const on = tracing([], ended);
    const spy = { ...on, open: (name: string, ...rest: [never, never]) => { names.push(name); return (on.open as (...all: unknown[]) => unknown)(name, ...rest); } } as unknown as Tracing;
    const { span } = openRequest(spy, 'dk_secret/made-up', new CallsWorld().exchange());
    endRequest(span, { error: { code: -32601, message: 'Method not found: dk_secret/made-up' } }, { method: 'tools/call', name: 'canary', verdict: 'INVALID' });
    expect(names).toEqual(['other']);
    expect(ended).toEqual([[{ 'rpc.jsonrpc.error_code': -32601, 'docket.verdict': 'INVALID' }, undefined]]);
  });
});
