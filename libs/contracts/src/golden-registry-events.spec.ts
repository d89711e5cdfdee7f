import { readdirSync, readFileSync } from 'node:fs';
import { Envelope } from '#ledger';
import { decodeRegistryEvent, encodeRegistryEvent, type RegistryEvent } from '#registry';

const FOLDER = new URL('../events/registry/', import.meta.url);
const files = readdirSync(FOLDER);

/** Every type there is; the compiler refuses one that is missing here. */
const TYPES: Record<RegistryEvent['type'], true> = {
  RegistryCreated: true, CredentialIssued: true, CredentialRevoked: true, ServerRegistered: true,
  PolicyPublished: true, GrantIssued: true, PolicyAttached: true, GrantRevoked: true, GrantErased: true,
  ToolTextStored: true, ToolsReported: true, ToolsApproved: true, ToolRiskSet: true, ToolChurnSet: true,
};

describe('registry events', () => {
  it('of every type have a golden file', () => {
    expect(files).toEqual(expect.arrayContaining(Object.keys(TYPES).map((type) => `${type}.v1.json`)));
  });

  it.each(files)('%s is read for ever, and written as it stands', (file) => {
    const text = readFileSync(new URL(file, FOLDER), 'utf8');
    const parsed = new Envelope('docket.registry', 0).parse(Buffer.from(text));
    if (parsed.kind !== 'event') throw new Error(`expected an event, found ${parsed.kind}`);
    const event = decodeRegistryEvent(parsed.encoded);
    expect(event).toEqual({ type: file.replace('.v1.json', ''), ...(JSON.parse(text).data as object) });
    expect(encodeRegistryEvent(event)).toEqual(parsed.encoded);
  });
});
