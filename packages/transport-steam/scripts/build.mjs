// dist/: one .js (ESM), one .cjs (CommonJS), one .d.ts and one .d.cts for each source file. Not bundled, so that what a module
// keeps is there once for all subpaths of a format.
import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, globSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join, resolve, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build as esbuild } from 'esbuild';

const packageDir = fileURLToPath(new URL('..', import.meta.url));
const src = join(packageDir, 'src');
const dist = join(packageDir, 'dist');

/** Of a browser: its scripts are ESM only, and have a document and a style beside them. */
const page = join('inspect', 'page');

/** Builds into dist/, which is removed first. Throws when anything at all is wrong: a type, a warning, an import, an export. */
export async function build() {
  rmSync(dist, { recursive: true, force: true });
  const sources = globSync('**/*.ts', { cwd: src }).map((file) => join(src, file));
  await Promise.all(sources.flatMap((file) => formatsOf(file).map((format) => compile(file, format))));
  cpSync(join(src, page), join(dist, page), { recursive: true, filter: (file) => !file.endsWith('.ts') });
  declarations();
  checkExports();
}

function formatsOf(file) {
  return file.startsWith(join(src, page) + sep) ? ['esm'] : ['esm', 'cjs'];
}

async function compile(file, format) {
  const extension = format === 'esm' ? '.js' : '.cjs';
  // CommonJS has no import.meta; what it says of the file is known there too.
  const asksForMeta = /\bimport\.meta\b/.test(readFileSync(file, 'utf8'));
  const meta =
    format === 'cjs' && asksForMeta
      ? {
          define: {
            'import.meta.url': '__importMetaUrl',
            'import.meta.filename': '__filename',
            'import.meta.dirname': '__dirname',
          },
          // Nothing may stand before the directive.
          banner: { js: "'use strict';\nconst __importMetaUrl = require('node:url').pathToFileURL(__filename).href;" },
        }
      : {};
  const { warnings } = await esbuild({
    ...meta,
    entryPoints: [file],
    outbase: src,
    outdir: dist,
    outExtension: { '.js': extension },
    bundle: true,
    format,
    platform: 'node',
    target: 'node22',
    packages: 'external',
    // What CommonJS loads later must be what it would have required at first: another format of a package is another package.
    supported: { 'dynamic-import': format === 'esm' },
    plugins: [{ name: 'one-file', setup: (esbuildBuild) => keepApart(esbuildBuild, extension) }],
    logLevel: 'warning',
  });
  if (warnings.length > 0) throw new Error(`${file}: ${warnings.length} warnings from esbuild, see above.`);
}

/** Imports of our own files stay imports, of the built file. */
function keepApart(esbuildBuild, extension) {
  esbuildBuild.onResolve({ filter: /^\.\.?\// }, ({ kind, path, importer }) => {
    if (kind === 'entry-point') return undefined;
    if (!path.endsWith('.ts')) throw new Error(`${importer} imports ${path}: imports of our own files end in .ts.`);
    return { path: path.replace(/\.ts$/, extension), external: true };
  });
}

function declarations() {
  const tsc = join(dirname(createRequire(import.meta.url).resolve('typescript/package.json')), 'bin', 'tsc');
  // On stderr: what a script of ours has to say itself stands alone on stdout.
  const options = { stdio: ['ignore', process.stderr, 'inherit'] };
  const { status } = spawnSync(process.execPath, [tsc, '-p', join(packageDir, 'tsconfig.build.json')], options);
  if (status !== 0) throw new Error('tsc found errors, see above.');
  for (const name of globSync('**/*.d.ts', { cwd: dist })) {
    const file = join(dist, name);
    const text = readFileSync(file, 'utf8');
    writeFileSync(file.replace(/\.d\.ts$/, '.d.cts'), withExtension(text, file, '.cjs'));
    writeFileSync(file, withExtension(text, file, '.js'));
  }
}

/** tsc leaves the `.ts` of specifiers in declarations as it is. */
function withExtension(text, file, extension) {
  return text.replace(/\b(from\s*|import\s*\(?\s*)(["'])(\.\.?\/[^"']+)\2/g, (_all, before, quote, specifier) => {
    const target = specifier.replace(/\.ts$/, extension);
    if (target === specifier || !existsSync(resolve(dirname(file), target))) {
      throw new Error(`${file} imports ${specifier}, which the build does not have.`);
    }
    return `${before}${quote}${target}${quote}`;
  });
}

function checkExports() {
  const { exports } = JSON.parse(readFileSync(join(packageDir, 'package.json'), 'utf8'));
  const missing = Object.values(exports)
    .flatMap(function paths(entry) {
      return typeof entry === 'string' ? [entry] : Object.values(entry).flatMap(paths);
    })
    .filter((path) => !existsSync(join(packageDir, path)));
  if (missing.length > 0) throw new Error(`package.json exports what is not there: ${missing.join(', ')}`);
}

if (realpathSync(process.argv[1]) === fileURLToPath(import.meta.url)) await build();
