import { attach, create, credential, grantId, issue, publish, revoke, Scenario, server, VERSION_1, VERSION_2 } from './fixtures/scenario.js';
import { getGrant, getPolicy, listCredentials, listGrants, listPolicies, listPolicyVersions, listServers, type Page, type PageRequest } from './index.js';

const first = { page_size: 0, page_token: '' };
const all = { server_id: '', include_revoked: true };

function everyPage<T>(size: number, list: (page: PageRequest) => Page<T>, between: () => void = () => undefined): T[] {
  const items: T[] = [];
  let page = list({ page_size: size, page_token: '' });
  for (;;) {
    items.push(...page.items);
    if (page.next_page_token === '') return items;
    between();
    page = list({ page_size: size, page_token: page.next_page_token });
  }
}

describe('lists', () => {
  it('have 100 items a page unless asked otherwise, and at most 1,000', () => {
    const scenario = new Scenario().given(create, server());
    for (let n = 1; n <= 1_100; n += 1) scenario.given(issue(n));
    expect(listGrants(scenario.state, 'default', all, first).items).toHaveLength(100);
    expect(listGrants(scenario.state, 'default', all, { page_size: 5_000, page_token: '' }).items).toHaveLength(1_000);
  });

  it('show everything once, in the order of issue, also when more is added meanwhile', () => {
    const scenario = new Scenario().given(create, server());
    for (let n = 1; n <= 5; n += 1) scenario.given(issue(n));
    let next = 6;
    const seen = everyPage(2, (page) => listGrants(scenario.state, 'default', all, page), () => {
      if (next <= 7) scenario.given(issue(next));
      next += 1;
    });
    expect(seen.map(({ grant_id }) => grant_id)).toEqual([1, 2, 3, 4, 5, 6, 7].map(grantId));
  });

  it('end without a token when the last page is full', () => {
    const scenario = new Scenario().given(create, server('a'), server('b'));
    const page = listServers(scenario.state, 'default', { page_size: 2, page_token: '' });
    expect([page.items.length, page.next_page_token]).toEqual([2, '']);
  });

  it('filter grants by server and leave out revoked ones', () => {
    const scenario = new Scenario().given(create, server(), server('mail'), issue(1), issue(2, { server_id: 'mail' }), issue(3), revoke(1));
    const ids = (filters: typeof all): string[] => listGrants(scenario.state, 'default', filters, first).items.map(({ grant_id }) => grant_id);
    expect(ids({ server_id: 'payments', include_revoked: true })).toEqual([grantId(1), grantId(3)]);
    expect(ids({ server_id: 'payments', include_revoked: false })).toEqual([grantId(3)]);
    expect(ids({ server_id: '', include_revoked: false })).toEqual([grantId(2), grantId(3)]);
    expect(ids({ server_id: 'unknown', include_revoked: true })).toEqual([]);
  });

  it('refuse a token of another list, with other filters, or made up', () => {
    const scenario = new Scenario().given(create, server(), server('mail'), issue(1), issue(2));
    const { next_page_token } = listGrants(scenario.state, 'default', all, { page_size: 1, page_token: '' });
    const page = { page_size: 1, page_token: next_page_token };
    expect(listGrants(scenario.state, 'default', all, page).items).toHaveLength(1);
    expect(() => listGrants(scenario.state, 'default', { ...all, include_revoked: false }, page)).toThrow('page_token');
    expect(() => listServers(scenario.state, 'default', page)).toThrow('page_token');
    for (const token of ['x', '%%%', btoa('servers#99'), btoa('servers#-1'), 'A'.repeat(10_000)]) {
      expect(() => listServers(scenario.state, 'default', { page_size: 1, page_token: token })).toThrow('page_token');
    }
  });

  it('refuse a negative page size', () => {
    expect(() => listServers(new Scenario().state, 'default', { page_size: -1, page_token: '' })).toThrow('page_size');
  });

  it('show an organisation only what is its own', () => {
    const { state } = new Scenario().given(create, server(), publish(), issue(), credential());
    expect(listServers(state, 'other', first).items).toEqual([]);
    expect(listPolicies(state, 'other', first).items).toEqual([]);
    expect(listGrants(state, 'other', all, first).items).toEqual([]);
    expect(listCredentials(state, 'other', first).items).toEqual([]);
    expect(() => getGrant(state, 'other', grantId(1))).toThrow('there is no grant');
    expect(() => getPolicy(state, 'other', 'careful', '')).toThrow('there is no policy');
    expect(listCredentials(state, 'default', first).items).toHaveLength(1);
  });
});

describe('policies', () => {
  const scenario = new Scenario().given(create, publish(), publish('careful', VERSION_2), publish('careful', VERSION_1), publish('strict', VERSION_2));

  it('list the version in force of each', () => {
    const { items } = listPolicies(scenario.state, 'default', first);
    expect(items.map(({ policy_id, version, in_force }) => [policy_id, version, in_force])).toEqual([
      ['careful', VERSION_1, true], ['strict', VERSION_2, true],
    ]);
  });

  it('list every publication, newest first, page by page', () => {
    const seen = everyPage(2, (page) => listPolicyVersions(scenario.state, 'default', 'careful', page));
    expect(seen.map(({ version, registry_offset, in_force }) => [version, registry_offset, in_force])).toEqual([
      [VERSION_1, 4, true], [VERSION_2, 3, false], [VERSION_1, 2, false],
    ]);
  });

  it('show a version with its document: the one in force unless another is named', () => {
    expect(getPolicy(scenario.state, 'default', 'careful', '')).toMatchObject({
      version: { version: VERSION_1, in_force: true, published_by: 'ada' }, document: `{"default":"deny","v":"${VERSION_1}"}`,
    });
    expect(getPolicy(scenario.state, 'default', 'careful', VERSION_2).version.in_force).toBe(false);
    expect(getPolicy(scenario.state, 'default', 'careful', VERSION_1).version.registry_offset).toBe(4);
    expect(() => getPolicy(scenario.state, 'default', 'strict', VERSION_1)).toThrow('has no version');
    expect(() => getPolicy(scenario.state, 'default', 'strict', 'latest')).toThrow('version');
  });
});

it('a grant shows its present policy and its last edit', () => {
  const { state } = new Scenario().given(create, server(), publish(), issue(), attach());
  expect(getGrant(state, 'default', grantId(1))).toMatchObject({ policy_id: 'careful', registry_offset: 5, revoked_at_ms: null });
});
