import { readFile } from 'node:fs/promises';
import { extname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import type { PageFiles } from '../pageServer.ts';

const types: Readonly<Record<string, string>> = { '.js': 'text/javascript', '.css': 'text/css' };

/** A page of src/page, for a browser: `<name>.html`, and what it needs as `<name>.js` and `<name>.css`. */
export async function bundle(name: 'pane' | 'table'): Promise<PageFiles> {
  const source = (file: string) => fileURLToPath(new URL(`../page/${file}`, import.meta.url));
  const { outputFiles } = await build({
    entryPoints: [source(`${name}.ts`)],
    outdir: '/',
    bundle: true,
    minify: true,
    format: 'esm',
    platform: 'browser',
    target: 'es2022',
    // The transport's sources, in its own repository; elsewhere there are none, and this does nothing.
    conditions: ['steam-source'],
    write: false,
  });
  const built = outputFiles.map(({ path, text }) => [`${name}${extname(path)}`, { type: types[extname(path)] ?? '', text }]);
  const html = await readFile(source(`${name}.html`), 'utf8');
  return { 'index.html': { type: 'text/html; charset=utf-8', text: html }, ...Object.fromEntries(built) };
}
