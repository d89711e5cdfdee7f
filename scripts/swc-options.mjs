import { readFileSync } from 'node:fs';

/** How SWC compiles `.tsx`: as `.swcrc` says for `.ts`, and JSX to calls of React's runtime. A `<T>` before a value is a type in the one and markup in the other. */
export function tsxOptions() {
  const options = JSON.parse(readFileSync(new URL('../.swcrc', import.meta.url), 'utf8'));
  return { ...options, swcrc: false, jsc: { ...options.jsc, parser: { ...options.jsc.parser, tsx: true }, transform: { ...options.jsc.transform, react: { runtime: 'automatic' } } } };
}
