import { DocketError } from '#errors';
import type { RegistryCommand } from './commands.js';
import { editsAfter } from './edits.js';
import { attach, create, credential, credentialId, erase, grantId, issue, publish, revoke, revokeCredential, Scenario, server, VERSION_2 } from './fixtures/scenario.js';

const created = (): Scenario => new Scenario().given(create);

function refusal(scenario: Scenario, command: RegistryCommand): DocketError {
  const outcome = scenario.when(command);
  if (!(outcome instanceof DocketError)) throw new Error(`expected a refusal of ${command.type}, got ${JSON.stringify(outcome)}`);
  return outcome;
}

const reasonOf = (scenario: Scenario, command: RegistryCommand): string => {
  const { kind, reason } = refusal(scenario, command);
  return `${kind} ${reason}`;
};

describe('creating the registry', () => {
  it('is its first event', () => {
    const scenario = new Scenario();
    expect(scenario.when(create)).toEqual({ id: 'default', registry_offset: 1, unchanged: false });
    expect(scenario.state.created?.event).toMatchObject({ decisions_partitions: 16, partition_hash: 'murmur2' });
  });

  it('happens once', () => {
    expect(reasonOf(created(), create)).toBe('failed_precondition REGISTRY_EXISTS');
  });

  it('comes before everything else', () => {
    for (const command of [server(), publish(), issue(), attach(), revoke(), credential(), revokeCredential()]) {
      expect(reasonOf(new Scenario(), command)).toBe('failed_precondition REGISTRY_NOT_CREATED');
    }
  });

  it('refuses numbers of partitions that nobody could run', () => {
    const { kind, violations } = refusal(new Scenario(), { ...create, decisions_partitions: 0, tokens_partitions: 5000 } as RegistryCommand);
    expect(kind).toBe('invalid_argument');
    expect(violations.map(({ field }) => field)).toEqual(['decisions_partitions', 'tokens_partitions']);
  });
});

describe('registering a server', () => {
  it('is idempotent for the same id and name', () => {
    const scenario = created();
    expect(scenario.when(server())).toEqual({ id: 'payments', registry_offset: 2, unchanged: false });
    expect(scenario.when(server())).toEqual({ id: 'payments', registry_offset: 2, unchanged: true });
    expect(scenario.events).toHaveLength(2);
  });

  it('refuses another name for a known id', () => {
    expect(reasonOf(created().given(server()), server('payments', 'Other'))).toBe('already_exists SERVER_EXISTS');
  });

  it('names a server after its id when no name is given', () => {
    const scenario = created().given(server('mail', ''));
    expect(scenario.state.organisations.get('default')?.servers.get('mail')?.name).toBe('mail');
  });

  it.each(['', 'Upper', 'a b', 'x'.repeat(64), 'ä', '../x'])('refuses the id %j', (id) => {
    expect(refusal(created(), server(id)).violations).toEqual([
      { field: 'server_id', description: 'expected 1 to 63 lower-case letters, digits and dashes' },
    ]);
  });
});

describe('publishing a policy', () => {
  it('changes nothing when the document is in force already', () => {
    const scenario = created().given(publish());
    expect(scenario.when(publish())).toEqual({ id: 'careful', registry_offset: 2, unchanged: true });
  });

  it('goes back to an earlier document as a new publication', () => {
    const scenario = created().given(publish(), publish('careful', VERSION_2));
    expect(scenario.when(publish())).toEqual({ id: 'careful', registry_offset: 4, unchanged: false });
  });

  it('keeps one copy of a document that several policies share', () => {
    const scenario = created().given(publish('careful'), publish('other'));
    expect(scenario.state.documents.size).toBe(1);
  });

  it('refuses a document beyond the limit without an event', () => {
    const scenario = created();
    const { violations } = refusal(scenario, { ...publish(), document: 'x'.repeat(262_145) } as RegistryCommand);
    expect(violations[0]?.field).toBe('document');
    expect(scenario.events).toHaveLength(1);
  });
});

describe('issuing a grant', () => {
  const ready = (): Scenario => created().given(server(), publish());

  it('needs a server of the organisation', () => {
    expect(reasonOf(created(), issue())).toBe('not_found SERVER_NOT_FOUND');
  });

  it('needs the policy to exist, or none', () => {
    expect(reasonOf(ready(), issue(1, { policy_id: 'missing' }))).toBe('not_found POLICY_NOT_FOUND');
    expect(ready().when(issue(1, { policy_id: 'careful' }))).toMatchObject({ id: grantId(1), unchanged: false });
    expect(ready().when(issue())).toMatchObject({ unchanged: false });
  });

  it('refuses an expiry that is not after the event time', () => {
    const scenario = ready();
    expect(refusal(scenario, issue(1, { expires_at_ms: scenario.nowMs })).violations[0]?.field).toBe('expires_at');
    expect(scenario.when(issue(1, { expires_at_ms: scenario.nowMs + 1 }))).toMatchObject({ unchanged: false });
  });

  it('is safe to repeat with the same id and content, and refused with other content', () => {
    const scenario = ready().given(issue());
    expect(scenario.when(issue())).toMatchObject({ unchanged: true });
    expect(reasonOf(scenario, issue(1, { label: 'other' }))).toBe('already_exists GRANT_EXISTS');
  });

  it('says everything that is wrong at once', () => {
    const { violations } = refusal(ready(), issue(1, {
      server_id: '!', policy_id: '?', label: 'x'.repeat(257), secret_hash: 'plain', expires_at_ms: 1e18,
    }));
    expect(violations.map(({ field }) => field)).toEqual(['server_id', 'label', 'policy_id', 'expires_at', 'secret_hash']);
  });

  it('never repeats a secret hash in an error', () => {
    const error = refusal(ready(), issue(1, { secret_hash: 'topsecret' }));
    expect(JSON.stringify([error.message, error.violations])).not.toContain('topsecret');
  });

  it('refuses line breaks in a label', () => {
    expect(refusal(ready(), issue(1, { label: 'a\nb' })).violations[0]?.field).toBe('label');
  });
});

describe('attaching a policy', () => {
  const ready = (): Scenario => created().given(server(), publish(), issue());

  it('gives the grant that policy', () => {
    const scenario = ready();
    expect(scenario.when(attach())).toEqual({ id: grantId(1), registry_offset: 5, unchanged: false });
    expect(scenario.state.grants.get(grantId(1))).toMatchObject({ policy_id: 'careful', mode: 'enforce', registry_offset: 5 });
    expect(scenario.when(attach())).toEqual({ id: grantId(1), registry_offset: 5, unchanged: true });
  });

  it('has the policy observe instead of enforce, and enforce again', () => {
    const scenario = ready().given(attach());
    expect(scenario.when(attach(1, 'careful', 'observe'))).toMatchObject({ registry_offset: 6, unchanged: false });
    expect(scenario.state.grants.get(grantId(1))).toMatchObject({ policy_id: 'careful', mode: 'observe' });
    expect(scenario.when(attach(1, 'careful', 'observe'))).toMatchObject({ registry_offset: 6, unchanged: true });
    expect(scenario.when(attach())).toMatchObject({ registry_offset: 7, unchanged: false });
    expect(scenario.state.grants.get(grantId(1))).toMatchObject({ mode: 'enforce' });
  });

  it('may begin with observing', () => {
    const scenario = created().given(server(), publish(), issue(1, { policy_id: 'careful', mode: 'observe' }));
    expect(scenario.state.grants.get(grantId(1))).toMatchObject({ policy_id: 'careful', mode: 'observe' });
  });

  it('needs the grant, unrevoked, and the policy', () => {
    expect(reasonOf(ready(), attach(2))).toBe('not_found GRANT_NOT_FOUND');
    expect(reasonOf(ready(), attach(1, 'missing'))).toBe('not_found POLICY_NOT_FOUND');
    expect(reasonOf(ready().given(revoke()), attach())).toBe('failed_precondition GRANT_REVOKED');
  });
});

describe('revoking', () => {
  it('a grant is idempotent and final', () => {
    const scenario = created().given(server(), issue());
    expect(scenario.when(revoke())).toMatchObject({ registry_offset: 4, unchanged: false });
    expect(scenario.when(revoke())).toMatchObject({ registry_offset: 4, unchanged: true });
    expect(reasonOf(scenario, revoke(2))).toBe('not_found GRANT_NOT_FOUND');
  });

  it('a credential is idempotent', () => {
    const scenario = created().given(credential());
    expect(scenario.when(revokeCredential())).toMatchObject({ registry_offset: 3, unchanged: false });
    expect(scenario.when(revokeCredential())).toMatchObject({ registry_offset: 3, unchanged: true });
  });

  it('leaves nobody without an administrator', () => {
    const scenario = created().given(credential(1, { roles: ['admin'] }));
    expect(reasonOf(scenario, revokeCredential())).toBe('failed_precondition LAST_ADMIN');
    scenario.given(credential(2, { roles: ['admin', 'auditor'] }));
    expect(scenario.when(revokeCredential())).toMatchObject({ id: credentialId(1), unchanged: false });
    expect(reasonOf(scenario, revokeCredential(2))).toBe('failed_precondition LAST_ADMIN');
  });
});

describe('erasing a grant', () => {
  it('revokes it, is idempotent and final', () => {
    const scenario = created().given(server(), publish(), issue());
    expect(scenario.when(erase())).toMatchObject({ id: grantId(1), registry_offset: 5, unchanged: false });
    expect(scenario.state.grants.get(grantId(1))).toMatchObject({ revoked_at_ms: scenario.nowMs, erased_at_ms: scenario.nowMs });
    expect(scenario.when(erase())).toMatchObject({ registry_offset: 5, unchanged: true });
    expect(scenario.when(revoke())).toMatchObject({ unchanged: true });
    expect(reasonOf(scenario, attach())).toBe('failed_precondition GRANT_REVOKED');
    expect(reasonOf(scenario, erase(2))).toBe('not_found GRANT_NOT_FOUND');
    expect(refusal(scenario, { ...erase(), grant_id: 'x' } as RegistryCommand).violations[0]?.field).toBe('grant_id');
  });

  it('may come after it was revoked, which then keeps its time', () => {
    const scenario = created().given(server(), issue(), revoke());
    const revokedAtMs = scenario.nowMs;
    scenario.nowMs += 5;
    scenario.given(erase());
    expect(scenario.state.grants.get(grantId(1))).toMatchObject({ revoked_at_ms: revokedAtMs, erased_at_ms: revokedAtMs + 5 });
  });

  it('is told to the grant’s partition, and is in snapshots', () => {
    const scenario = created().given(server(), issue(), issue(2), erase());
    expect(editsAfter(scenario.state, 0).find((edit) => edit.type === 'SetGrant' && edit.grant_id === grantId(1))).toMatchObject({ registry_offset: 5, revoked: true, erased: true });
    expect(editsAfter(scenario.state, 0).find((edit) => edit.type === 'SetGrant' && edit.grant_id === grantId(2))).not.toHaveProperty('erased');
    const { snapshot, restore } = scenario.machine;
    const restored = restore(JSON.parse(JSON.stringify(snapshot(scenario.state))));
    expect([...restored.grants.values()]).toEqual([...scenario.state.grants.values()]);
  });
});

describe('issuing a credential', () => {
  it('needs at least one role, each once', () => {
    expect(refusal(created(), credential(1, { roles: [] })).violations[0]?.field).toBe('roles');
    expect(refusal(created(), credential(1, { roles: ['admin', 'admin'] })).violations[0]?.field).toBe('roles');
  });

  it('needs its servers to be registered', () => {
    const scenario = created().given(server());
    expect(refusal(scenario, credential(1, { server_ids: ['payments', 'mail'] })).violations[0]?.field).toBe('server_ids[1]');
    expect(scenario.when(credential(1, { server_ids: ['payments'] }))).toMatchObject({ unchanged: false });
  });

  it('is safe to repeat, and refuses another secret under a known id', () => {
    const scenario = created().given(credential());
    expect(scenario.when(credential())).toMatchObject({ unchanged: true });
    expect(reasonOf(scenario, credential(1, { secret_hash: 'cd'.repeat(32) }))).toBe('already_exists CREDENTIAL_EXISTS');
  });
});

describe('organisations', () => {
  it('see and touch nothing of each other', () => {
    const scenario = created().given(server(), publish(), issue(), credential());
    const asOther = (command: RegistryCommand): RegistryCommand => ({ ...command, organisation: 'other' });
    expect(reasonOf(scenario, asOther(attach()))).toBe('not_found GRANT_NOT_FOUND');
    expect(reasonOf(scenario, asOther(revoke()))).toBe('not_found GRANT_NOT_FOUND');
    expect(reasonOf(scenario, asOther(erase()))).toBe('not_found GRANT_NOT_FOUND');
    expect(reasonOf(scenario, asOther(revokeCredential()))).toBe('not_found CREDENTIAL_NOT_FOUND');
    expect(reasonOf(scenario, asOther(issue(2)))).toBe('not_found SERVER_NOT_FOUND');
    scenario.given(asOther(server('payments', 'Theirs')));
    expect(reasonOf(scenario, asOther(issue(1)))).toBe('already_exists GRANT_EXISTS');
    expect(reasonOf(scenario, asOther(issue(2, { policy_id: 'careful' })))).toBe('not_found POLICY_NOT_FOUND');
    expect(scenario.state.organisations.get('default')?.servers.get('payments')?.name).toBe('Payments');
  });
});
