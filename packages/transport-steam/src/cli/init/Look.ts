import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { clientSites } from './clientSites.ts';
import { oldColyseus } from './installation.ts';
import type { Home, Manifests } from './Manifests.ts';
import { Names } from './Names.ts';
import { whyPage } from './page.ts';
import { byHand, type Side, type Site } from './Site.ts';
import { serverSites } from './serverSites.ts';
import { lineOf, parseSource, type Source } from './syntax.ts';

/** A place in a file of the project. */
export interface Found extends Omit<Site, 'side'> {
  readonly file: string;
  /** Undefined: the file cannot be read. */
  readonly side: Side | undefined;
}

/** What was seen of a source file. */
export interface Look {
  readonly source: Source | undefined;
  readonly names: Names | undefined;
  readonly home: Home;
  readonly found: readonly Found[];
}

/** Nobody writes more by hand. Unit: characters. */
const MAX_SOURCE = 512 * 1024;
const MAX_LINE = 400;

interface Circumstances {
  readonly manifests: Manifests;
  /** Then it is no page: who named it knows. */
  readonly isNamed: boolean;
}

/** Undefined: it has nothing to do with a server or a client of Colyseus. */
export async function lookAt(folder: string, file: string, { manifests, isNamed }: Circumstances): Promise<Look | undefined> {
  const text = textAt(folder, file);
  if (text.length > MAX_SOURCE || !/colyseus/i.test(text)) return undefined;
  const home = await manifests.homeOf(file);
  const source = await parseSource(file, text);
  if (!('tree' in source)) {
    if (!/\b(?:Server|Client|ColyseusSDK|defineServer|initializeTransport)\b/.test(text)) return undefined;
    const verdict = byHand(`it cannot be read: ${source.message}`, 'Run this again when it can.');
    return { source: undefined, names: undefined, home, found: [{ file, line: source.line, side: undefined, verdict }] };
  }
  const names = new Names(source);
  const page = isNamed ? undefined : whyPage(source, names, home.manifest);
  const sites = [...serverSites(source, names), ...clientSites(source, names, page)];
  const found = sites.sort((a, b) => a.line - b.line).map((site) => ({ ...site, file, verdict: verdictIn(source, home, site) }));
  return found.length === 0 ? undefined : { source, names, home, found };
}

/** What speaks against a change in the file, and in its package. */
function verdictIn({ text }: Source, { manifest }: Home, { line, side, verdict }: Site): Site['verdict'] {
  if (verdict.kind !== 'change') return verdict;
  const { length } = text.split('\n')[line - 1] ?? '';
  if (length > MAX_LINE)
    return byHand(`its line has ${length} characters, as programs write them`, 'Change the source that it is made of.');
  const old = oldColyseus(manifest, side);
  return old === undefined
    ? verdict
    : byHand(`${old} is too old`, 'This transport is for Colyseus 0.18: update it on both sides, then run this again.');
}

/** Pages are not changed; that they have a client in them is said. */
export function foundInPage(folder: string, file: string): Found[] {
  const text = textAt(folder, file);
  const at = /olyseus/.test(text) ? text.search(/\bnew\s+(?:Colyseus\.)?(?:Client|ColyseusSDK)\b/) : -1;
  if (at === -1) return [];
  const verdict = { kind: 'note', found: 'it is a page: it stays on WebSocket', advice: [] } as const;
  return [{ file, line: lineOf(text, at), side: 'client', verdict }];
}

function textAt(folder: string, file: string): string {
  return readFileSync(join(folder, file), 'utf8');
}
