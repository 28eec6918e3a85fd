import { readdirSync } from 'node:fs';
import { join } from 'node:path';

/** Folders of what is made, installed, or only tests a game. Those that begin with a dot are left out, too. */
const SKIPPED = new Set([
  'node_modules',
  'bower_components',
  'dist',
  'build',
  'out',
  'lib',
  'coverage',
  'vendor',
  'test',
  'tests',
  '__tests__',
  'e2e',
  'loadtest',
  'loadtests',
]);

const SOURCE = /\.(?:[cm]?[jt]s|[jt]sx)$/;
const NO_SOURCE = /\.d\.[cm]?ts$|\.min\.[cm]?js$|\.(?:test|spec|stories)\.[^.]+$/;
/** May have code of a game in them, which is not read here. */
const PAGE = /\.(?:html?|vue|svelte|astro)$/;

export interface ProjectFiles {
  /** TypeScript and JavaScript. */
  readonly sources: readonly string[];
  readonly pages: readonly string[];
}

/** The files of a game, as paths from its folder with `/`, in the order of their names. */
export function projectFiles(folder: string): ProjectFiles {
  const [sources, pages]: [string[], string[]] = [[], []];
  const look = (below: string): void => {
    const entries = readdirSync(join(folder, below), { withFileTypes: true });
    for (const entry of entries.sort((a, b) => (a.name < b.name ? -1 : 1))) {
      const path = below === '' ? entry.name : `${below}/${entry.name}`;
      // A link may lead anywhere, and around in circles.
      if (entry.isDirectory() && !SKIPPED.has(entry.name) && !entry.name.startsWith('.')) look(path);
      else if (entry.isFile() && isSource(entry.name)) sources.push(path);
      else if (entry.isFile() && PAGE.test(entry.name)) pages.push(path);
    }
  };
  look('');
  return { sources, pages };
}

export function isSource(name: string): boolean {
  return SOURCE.test(name) && !NO_SOURCE.test(name);
}
