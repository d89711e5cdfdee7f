/**
 * Instead of a `describe` whose needs this machine does not meet: one line that says so and how to meet them, and a skipped test; with
 * `<variable>=1` (CI) that line is a failing test.
 * @param name what the tests are called
 * @param why what is missing
 */
export function reportUnavailable(name: string, why: string, { variable, remedy }: { readonly variable: string; readonly remedy: string }): void {
  const line = `${name}: skipped, ${why}. ${remedy}`;
  if (process.env[variable] === '1') {
    test(name, () => { throw new Error(`${variable}=1, but ${line}`); });
  } else {
    process.stderr.write(`${line}\n`);
    describe.skip(name, () => { test(line, () => undefined); });
  }
}
