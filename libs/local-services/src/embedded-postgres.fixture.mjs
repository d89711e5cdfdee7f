// Runs TypeScript sources as they are: Node strips the types, these hooks find the files. Then starts a server, says
// so on standard output, and waits to be killed.
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

const { EmbeddedPostgres } = await import('./embedded-postgres.ts');
const server = await EmbeddedPostgres.start({ folder: process.argv[2] });
process.stdout.write(`${JSON.stringify({ pid: server.pid, url: server.connectionString })}\n`);
setInterval(() => undefined, 60_000);
