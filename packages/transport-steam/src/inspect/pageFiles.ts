import { readdirSync, readFileSync } from 'node:fs';
import module, { createRequire } from 'node:module';
import { extname, join } from 'node:path';

export interface PageFile {
  readonly type: string;
  readonly body: Buffer;
}

const types: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.ts': 'text/javascript; charset=utf-8',
};

/** All that the page consists of, by name; the page itself has none. @throws Error when the package is not whole */
export function loadPageFiles(): ReadonlyMap<string, PageFile> {
  const directory = join(import.meta.dirname, 'page');
  // Run from source, the page's scripts are TypeScript, too.
  const script = import.meta.filename.endsWith('.ts') ? '.ts' : '.js';
  const own = readdirSync(directory).filter((name) => [script, '.html', '.css'].includes(extname(name)));
  const files = new Map(own.map((name) => [name, pageFile(join(directory, name))]));
  const { resolve } = createRequire(import.meta.url);
  files.set('uPlot.js', pageFile(resolve('uplot/dist/uPlot.iife.min.js')));
  files.set('uPlot.css', pageFile(resolve('uplot/dist/uPlot.min.css')));
  files.set('', files.get('index.html') as PageFile);
  files.set('main.js', files.get(`main${script}`) as PageFile);
  return files;
}

function pageFile(path: string): PageFile {
  const extension = extname(path);
  const body = readFileSync(path);
  return {
    type: types[extension] as string,
    body: extension === '.ts' ? Buffer.from(module.stripTypeScriptTypes(body.toString())) : body,
  };
}
