import { codeChange, withoutOverlap } from './codeChange.ts';
import { type Found, foundInPage, type Look, lookAt } from './Look.ts';
import { Manifests } from './Manifests.ts';
import { byHand } from './Site.ts';
import { projectFiles } from './sourceFiles.ts';
import { type Surroundings, surroundings } from './surroundings.ts';

export interface PlanOptions {
  /** Only these, each as Node code. Undefined: all of the folder. */
  readonly files: readonly string[] | undefined;
  /** For `steam_appid.txt`. */
  readonly appId: number;
}

/** All that there is to do in a project. Nothing of it is done. */
export interface Plan extends Surroundings {
  readonly found: readonly Found[];
}

/** Undefined: the folder has no package.json. */
export async function planFor(folder: string, { files, appId }: PlanOptions): Promise<Plan | undefined> {
  const manifests = new Manifests(folder);
  if ((await manifests.in('')) === undefined) return undefined;
  const { sources, pages } = files === undefined ? projectFiles(folder) : { sources: files, pages: [] };
  const looks: Look[] = [];
  for (const file of sources) {
    const look = await lookAt(folder, file, { manifests, isNamed: files !== undefined });
    if (look !== undefined) looks.push(look);
  }
  const settled = withoutDoubt(looks).map(withoutOverlap);
  const found = [...settled.flatMap(({ found }) => found), ...pages.flatMap((file) => foundInPage(folder, file))];
  const code = settled.flatMap((look) => codeChange(look));
  const { changes, ...rest } = await surroundings(folder, settled, appId);
  return { found, changes: [...code, ...changes], ...rest };
}

/** Of several servers, none is changed: who runs this knows which one is the game's. */
function withoutDoubt(looks: readonly Look[]): Look[] {
  const servers = looks.flatMap(({ found }) => found.filter(({ side, verdict }) => side === 'server' && verdict.kind !== 'note'));
  if (servers.length < 2) return [...looks];
  const doubt = byHand(
    `it is one of ${servers.length} servers`,
    'Name the file of the one to change: npx colyseus-transport-steam init <file>',
  );
  return looks.map((look) => ({
    ...look,
    found: look.found.map((one) => (one.side === 'server' && one.verdict.kind === 'change' ? { ...one, verdict: doubt } : one)),
  }));
}
