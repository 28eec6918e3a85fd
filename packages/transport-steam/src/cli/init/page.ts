import type { Manifest } from './manifest.ts';
import type { Names } from './Names.ts';
import { type Source, walk } from './syntax.ts';

/** Packages that make pages of code. */
const BUNDLERS =
  /^(?:vite|webpack|parcel|react-scripts|next|nuxt|astro|@angular\/core|@sveltejs\/kit|@rsbuild\/core|@rspack\/core)$/;

/** What only pages have. */
const GLOBALS = new Set(['window', 'document', 'location', 'localStorage', 'sessionStorage', 'requestAnimationFrame']);

/** Why a file is taken for code of a browser page, which has no Steam. Undefined: it is taken for code of Node. */
export function whyPage({ file, text, tree }: Source, names: Names, { packages }: Manifest): string | undefined {
  if (/\.[jt]sx$/.test(file)) return 'it has elements of a page';
  if (/\bimport\.meta\.env\b/.test(text)) return 'it uses import.meta.env, which only bundles have';
  let used: string | undefined;
  walk(tree.program, (node, around) => {
    if (node.type !== 'Identifier' || !GLOBALS.has(String(node.name)) || names.isAmbiguous(String(node.name))) return;
    const { property, key, computed } = (around.at(-1) ?? {}) as { property?: unknown; key?: unknown; computed?: boolean };
    if (computed === true || (property !== node && key !== node)) used ??= String(node.name);
  });
  if (used !== undefined) return `it uses ${used}, which only a page has`;
  // A script beside a page, or the main process of Electron.
  if (names.has('process') || names.has('__dirname') || /['"](?:node:|electron['"])/.test(text)) return undefined;
  const bundler = Object.keys(packages).find((name) => BUNDLERS.test(name));
  return bundler === undefined ? undefined : `${bundler} makes a page of it`;
}
