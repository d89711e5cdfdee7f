/** How a value is written where it is quoted, transported or shown: each once, the longest first. */
export function spellingsOf(value: string): string[] {
  if (value === '') return [];
  const bytes = Buffer.from(value);
  const spellings = [
    value, encodeURIComponent(value), JSON.stringify(value).slice(1, -1), bytes.toString('base64'), bytes.toString('base64').replace(/=+$/, ''), bytes.toString('base64url'),
    bytes.toString('hex'), bytes.toString('hex').toUpperCase(), value.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;'),
  ];
  return [...new Set(spellings)].sort((a, b) => b.length - a.length);
}
