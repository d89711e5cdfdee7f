import { isObject, type JsonObject, writeJson } from '#mcp';
import type { McpNotification, RpcAnswer } from '../ports.js';
import { CallsWorld, resultOf, textOf } from './fixtures/calls.fixture.js';

const CONSOLE = 'https://docket.example.com';
const PAGE = `${CONSOLE}/approvals/apr_0123456789abcdef0123456789abcdef_x`;
let world: CallsWorld;

beforeEach(() => begin());
afterEach(() => world.handler.stop());

function begin(consoleUrl: string | undefined = CONSOLE): void {
  world = new CallsWorld({ ...(consoleUrl !== '' && { consoleUrl }) });
  world.pin('get_note', {}, { inputSchema: { type: 'object', properties: { id: { type: 'string' } } }, description: 'Reads a note.' });
  world.pin('delete_account');
  world.pin('get_other', { overrideClass: 'financial' });
  world.verdict = () => (world.approvalState === 'APPROVED' ? 'ALLOW' : 'APPROVAL_REQUIRED');
}

const client = (elicitation?: JsonObject) => world.exchange({ clientCapabilities: elicitation === undefined ? {} : { elicitation } });
async function asked(tool: string, elicitation?: JsonObject): Promise<JsonObject | undefined> {
  const { inputRequests, requestState } = resultOf(await world.call(tool, { id: 'canary-argument' }, client(elicitation)));
  expect(typeof requestState).toBe('string');
  if (!isObject(inputRequests)) return undefined;
  const request = inputRequests['docket-approval'];
  return isObject(request) && request['method'] === 'elicitation/create' && isObject(request['params']) ? request['params'] : undefined;
}

describe('the user of a client that answers elicitations', () => {
  it.each<[string, string, JsonObject, string, string | undefined]>([
    ['form', 'get_note', {}, CONSOLE, 'form'],
    ['form', 'get_note', { form: {}, url: {} }, CONSOLE, 'form'],
    ['page, since it knows no forms', 'get_note', { url: {} }, CONSOLE, 'url'],
    ['page, since much is at stake', 'delete_account', { form: {}, url: {} }, CONSOLE, 'url'],
    ['page, since somebody has said that much is at stake', 'get_other', { form: {}, url: {} }, CONSOLE, 'url'],
    ['nothing: too much is at stake for a form', 'delete_account', {}, CONSOLE, undefined],
    ['nothing: there is no page', 'delete_account', { url: {} }, '', undefined],
  ])('is shown the %s of a call of %s that waits for people, with %j, as it has declared (I4)', async (_, tool, elicitation, consoleUrl, mode) => {
    begin(consoleUrl);
    expect((await asked(tool, elicitation))?.['mode']).toBe(mode);
    expect(world.sent).toEqual([]);
  });

  it('is shown nothing where the client has declared nothing (I4)', async () => {
    expect(await asked('get_note')).toBeUndefined();
    expect(await asked('delete_account')).toBeUndefined();
  });

  it('is asked for nothing by a form, and sent to a page by an address that holds nothing but the approval’s name (I6)', async () => {
    const form = (await asked('get_note', {}))!;
    expect(form['requestedSchema']).toEqual({ type: 'object', properties: {} });
    expect(form['message']).toMatch(/^The call of get_note needs an approval: The rule says APPROVAL_REQUIRED\. .*Neither approves the call\.$/);
    const page = (await asked('delete_account', { url: {} }))!;
    expect(page).toEqual({ mode: 'url', url: PAGE, message: expect.stringContaining('Opening it approves nothing.') as string });
    expect(writeJson([form, page])).not.toContain('canary-argument');
  });

  it.each(['form', 'url'] as const)('approves nothing by accepting the %s: the call waits, until people have decided', async (mode) => {
    const tool = mode === 'form' ? 'get_note' : 'delete_account';
    const exchange = client({ form: {}, url: {} });
    const first = resultOf(await world.call(tool, {}, exchange));
    const inputResponses = { 'docket-approval': { action: 'accept', content: { approve: true } } };
    const second = resultOf(await world.call(tool, {}, exchange, { requestState: first['requestState']!, inputResponses }));
    expect(second).toMatchObject({ resultType: 'input_required', requestState: expect.any(String) as string });
    expect([second['inputRequests'], world.sent]).toEqual([undefined, []]);
    world.approvalState = 'APPROVED';
    expect(textOf(await world.call(tool, {}, exchange, { requestState: second['requestState']!, inputResponses }))).toBe('done');
    // Nor does the server hear of it.
    expect(world.sent.map(({ params }) => params)).toEqual([{ name: tool, arguments: {} }]);
    expect(new Set(world.decided.map(({ logicalCallId }) => logicalCallId)).size).toBe(1);
  });

  it('takes the request back by declining the form; declining the page, and dismissing either, takes nothing back', async () => {
    const answer = async (tool: string, action: string): Promise<RpcAnswer> => {
      const exchange = client({ form: {}, url: {} });
      const { requestState } = resultOf(await world.call(tool, {}, exchange));
      return world.call(tool, {}, exchange, { requestState: requestState!, inputResponses: { 'docket-approval': { action } } });
    };
    for (const [tool, action] of [['get_note', 'cancel'], ['delete_account', 'decline'], ['delete_account', 'cancel']] as const) expect(resultOf(await answer(tool, action))).toMatchObject({ resultType: 'input_required' });
    expect(world.withdrawn).toEqual([]);
    world.openedByCallId = '';
    const declined = await answer('get_note', 'decline');
    expect(textOf(declined)).toMatch(/^\[NOT DONE\] The request for approval apr_\S+ was taken back by the user\. Nothing was called\.$/);
    expect(resultOf(declined)).toMatchObject({ isError: true, _meta: { 'docket/verdict': 'WITHDRAWN' } });
    expect([world.withdrawn.length, world.sent]).toEqual([1, []]);
  });

  it('takes back nothing that an identical call has asked for', async () => {
    await world.call('get_note', {}, client());
    const exchange = client({});
    const { requestState } = resultOf(await world.call('get_note', {}, exchange));
    const declined = await world.call('get_note', {}, exchange, { requestState: requestState!, inputResponses: { 'docket-approval': { action: 'decline' } } });
    expect(textOf(declined)).toMatch(/^\[NOT DONE\] .* is that of an identical call, and stays\. Nothing was called\.$/);
    expect([world.withdrawn, world.sent]).toEqual([[], []]);
  });

  it('cannot take back what has been let through meanwhile, and is told so', async () => {
    const exchange = client({});
    const { requestState } = resultOf(await world.call('get_note', {}, exchange));
    world.approvalState = 'REDEEMED';
    expect(textOf(await world.call('get_note', {}, exchange, { requestState: requestState!, inputResponses: { 'docket-approval': { action: 'decline' } } }))).toContain('had ended before');
  });
});

describe('a client of a session', () => {
  const capable = { era: 'legacy', protocolVersion: '2025-11-25', clientCapabilities: { elicitation: { url: {} } } } as const;
  async function shown(more: object): Promise<{ readonly questions: JsonObject[]; readonly told: readonly McpNotification[]; readonly text: string }> {
    const questions: JsonObject[] = [];
    const exchange = world.exchange({
      ...capable, ...more,
      ask: (_method, params, signal) => {
        questions.push(params);
        return new Promise((resolve) => signal!.addEventListener('abort', () => resolve({ error: { code: -31002, message: 'over' } })));
      },
    });
    return { text: textOf(await world.call('delete_account', {}, exchange)), questions, told: exchange.told };
  }

  it('is shown the page while its call is held, and told when that is over (I8)', async () => {
    world.verdict = () => (world.decided.length > 1 ? 'ALLOW' : 'APPROVAL_REQUIRED');
    world.approvalState = 'APPROVED';
    const { questions, told, text } = await shown({});
    expect(text).toBe('done');
    expect(questions).toEqual([{ mode: 'url', url: PAGE, message: expect.any(String) as string, elicitationId: expect.any(String) as string }]);
    expect(told).toEqual([{ method: 'notifications/elicitation/complete', params: { elicitationId: questions[0]!['elicitationId'] } }]);
  });

  it('that nobody has decided for is told where people do', async () => {
    expect((await shown({})).text).toContain(`Approvers decide at ${PAGE}.`);
  });

  it.each<[string, object]>([['that has declared forms only', { clientCapabilities: { elicitation: {} } }], ['of a revision without pages', { protocolVersion: '2025-06-18' }], ['that has declared nothing', { clientCapabilities: {} }]])('%s is not asked (I4, I8)', async (_, more) => {
    const { questions, told, text } = await shown(more);
    expect([questions, told]).toEqual([[], []]);
    expect(text).toContain('Pending approval');
  });
});

it.each(['modern', 'legacy'] as const)('a client (%s) that is gone when people have decided uses nothing up, and asks for nothing anew', async (era) => {
  const end = new AbortController();
  world.verdict = () => {
    // While it is held it goes away, and people approve it.
    end.abort();
    world.approvalState = 'APPROVED';
    return 'APPROVAL_REQUIRED';
  };
  await world.call('get_note', {}, world.exchange({ era, signal: end.signal }));
  expect([world.decided.length, world.sent]).toEqual([1, []]);
});

it('what is asked of people anew, since another call has used what they approved, goes with its client, too', async () => {
  world.approvalState = 'APPROVED';
  world.verdict = () => 'APPROVAL_REQUIRED';
  await world.call('get_note', {}, client());
  expect(world.decided).toHaveLength(2);
  expect(world.looked).toEqual([world.decided[1]!.callId]);
});
