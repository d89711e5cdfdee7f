import { hitsIn, needlesOf } from './canary.fixture.js';

const MARKER = 'canary-fake-partner-';
const token = `${MARKER}token-0123456789abcdef`;

test.each([
  ['itself', token], ['base64', Buffer.from(token).toString('base64')], ['base64 within', Buffer.from(`{"t":"${token}"}`).toString('base64')], ['base64 within, another place', Buffer.from(`[1,"${token}"]`).toString('base64')],
  ['base64url', Buffer.from(`x${token}`).toString('base64url')], ['hex', Buffer.from(token).toString('hex')], ['URL encoding', token.replaceAll('-', '%2d')],
  ['JSON escapes', JSON.stringify(token).replaceAll('-', '\\u002d')], ['an array of bytes', JSON.stringify([...Buffer.from(token)])], ['an array of characters', JSON.stringify([...token])],
  ['a printed buffer', Buffer.from(token).toString('hex').replace(/../g, '$& ')], ['UTF-16', Buffer.from(token, 'utf16le').toString('latin1')], ['backwards', [...token].reverse().join('')],
])('the search for marked secrets finds them as %s', (_, text) => {
  expect(hitsIn('here', Buffer.from(`before ${text} after`, 'latin1'), [MARKER])).not.toEqual([]);
});

test('it finds nothing where nothing is', () => {
  expect(needlesOf(MARKER).length).toBeGreaterThan(15);
  expect(hitsIn('here', 'a partner said that the canary sings', [MARKER])).toEqual([]);
});
