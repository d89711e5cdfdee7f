/** The words of a name in any of the usual spellings: `getUserById`, `get-user_by.id`, `HTTPGet2` → get, user, by, id. */
export function wordsOf(name: string): string[] {
  return name
    .replace(/([a-z0-9])([A-Z])/g, '$1 $2')
    .replace(/([A-Z]+)([A-Z][a-z])/g, '$1 $2')
    .toLowerCase()
    .split(/[^a-z]+/)
    .filter((word) => word !== '');
}

/** The verb of a text's beginning, as a name would have it: `Deletes the …` → delete. Undefined for what is no known form. */
export function stems(word: string): string[] {
  const lower = word.toLowerCase();
  const stemmed = [lower];
  if (lower.endsWith('ies')) stemmed.push(`${lower.slice(0, -3)}y`);
  if (lower.endsWith('es')) stemmed.push(lower.slice(0, -2));
  if (lower.endsWith('s')) stemmed.push(lower.slice(0, -1));
  return stemmed;
}

/** Words that nearly all names of a server begin with (`browser_`, `slack_`): they tell tools of servers apart, not what one does. */
export function sharedPrefix(names: readonly string[]): ReadonlySet<string> {
  const shared = new Set<string>();
  if (names.length < 3) return shared;
  const counts = new Map<string, number>();
  for (const name of names) {
    const first = wordsOf(name)[0];
    if (first !== undefined) counts.set(first, (counts.get(first) ?? 0) + 1);
  }
  for (const [word, count] of counts) if (count >= names.length * 0.8) shared.add(word);
  return shared;
}
