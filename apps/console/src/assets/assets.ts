import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';

const FILES = { 'console.css': 'text/css; charset=utf-8', 'console.js': 'text/javascript; charset=utf-8' } as const;
export type AssetName = keyof typeof FILES;

interface Asset { readonly contentType: string; readonly body: Buffer; readonly version: string }

const assets = new Map(Object.entries(FILES).map(([name, contentType]): [string, Asset] => {
  const body = readFileSync(new URL(name, import.meta.url));
  return [name, { contentType, body, version: createHash('sha256').update(body).digest('hex').slice(0, 16) }];
}));

/** Where a page finds it: another address for another content, so browsers may keep it. */
export function assetPath(name: AssetName): string {
  return `/assets/${assets.get(name)!.version}/${name}`;
}

/** undefined if there is no such file, or it is of another version. */
export function findAsset(version: string, name: string): Asset | undefined {
  const found = assets.get(name);
  return found?.version === version ? found : undefined;
}
