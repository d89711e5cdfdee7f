import { Patterns } from './pattern.js';
import { Problems } from './problems.js';
import { Written } from './written.js';

/** What all readers of one document share. */
export interface Reading {
  readonly problems: Problems;
  readonly written: Written;
  readonly patterns: Patterns;
}

export function newReading(): Reading {
  return { problems: new Problems(), written: new Written(), patterns: new Patterns() };
}
