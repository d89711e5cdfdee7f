// Runs TypeScript sources as they are: Node strips the types, these hooks find the files. Then starts a server
// on the folder given (or a throw-away one), says so on standard output, and waits to be killed.
import { registerHooks } from 'node:module';
import { fileURLToPath, pathToFileURL } from 'node:url';

const libs = fileURLToPath(new URL('../../', import.meta.url));
registerHooks({
  resolve(specifier, context, next) {
    if (specifier.startsWith('#')) return next(pathToFileURL(`${libs}${specifier.slice(1)}/src/index.ts`).href, context);
    const isOurs = specifier.startsWith('.') && context.parentURL?.endsWith('.ts');
    return next(isOurs ? specifier.replace(/\.js$/, '.ts') : specifier, context);
  },
});

const [, , folder] = process.argv;
const server = folder === undefined
  ? (await (await import('./embedded-postgres.throwaway.js')).startThrowawayPostgres()).server
  : await (await import('./embedded-postgres.js')).EmbeddedPostgres.start({ folder });
process.stdout.write(`${JSON.stringify({ pid: server.pid, folder: server.folder, url: server.connectionString })}\n`);
setInterval(() => undefined, 60_000);
