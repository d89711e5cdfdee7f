import { compareGlobs, compileGlob, isGlob, literalCharacters, matchesGlob } from './glob.js';
import { lintLimits } from './lint-limits.js';
import { lintRules } from './lint-rules.js';
import type { Policy, ToolPolicy } from './policy.js';
import { shorten } from './problems.js';
import type { Reading } from './reading.js';

/**
 * What is allowed and may still not be what the author means: where, why, and what to write instead. Pointers are those
 * of the document as it was written.
 */
export function lint(policy: Policy, reading: Reading): void {
  const { problems, written } = reading;
  const hidden = new Set(policy.hide);
  for (const [name, tool] of policy.tools) {
    const pointer = written.pointerOf(tool);
    const deniesAll = tool.deny_if.some(({ conditions }) => conditions.length === 0);
    if (policy.default === 'deny' && /^\*+$/.test(name) && !deniesAll) {
      problems.warn(pointer, '`default: deny` has no effect: this entry applies to every tool that no other entry names. List the tools, or use a glob with the beginning of their names');
    }
    if (hidden.has(name)) problems.warn(pointer, 'this tool is hidden, so nothing in this entry applies: `hide` beats `tools`. Take it off one of them');
    if (deniesAll) {
      const unused = [...(tool.limits.length > 0 ? ['limits'] : []), ...(tool.approve_if.length > 0 ? ['approvals'] : [])];
      if (unused.length > 0) problems.warn(pointer, `every call of this tool is denied, so its ${unused.join(' and ')} are never reached. Leave them out`);
    }
    lintRules(tool, reading);
  }
  if (hidden.has('*')) problems.warn('/hide', 'every tool is hidden: no call is allowed. Name the tools to hide');
  lintGlobs(policy.tools, reading);
  lintLimits(policy, reading);
}

/** Entries whose every name belongs to an entry that is tried before. */
function lintGlobs(tools: ReadonlyMap<string, ToolPolicy>, { problems, written }: Reading): void {
  const globs = [...tools.keys()].filter(isGlob).sort(compareGlobs);
  globs.forEach((glob, i) => {
    // A character that no name has stands for whatever a star may be; only the other glob's stars match it.
    const any = glob.replaceAll('*', '\u0000');
    for (let j = i - 1; j >= 0; j--) {
      const earlier = globs[j] as string;
      // One with more literal characters cannot match the shortest of this one's names.
      if (literalCharacters(earlier) > literalCharacters(glob)) return;
      if (!matchesGlob(compileGlob(earlier), any)) continue;
      problems.warn(written.pointerOf(tools.get(glob) as ToolPolicy), `this entry is never used: every name that it matches belongs to ${shorten(JSON.stringify(earlier))}, which comes first. Leave it out, or make it longer`);
      return;
    }
  });
}
