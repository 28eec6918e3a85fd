import { existsSync, readFileSync } from 'node:fs';
import { join, posix } from 'node:path';
import { appIdNumber } from '../doctor/appId.ts';
import type { FileChange } from './FileChange.ts';
import { installCommand, missingPackages } from './installation.ts';
import type { Look } from './Look.ts';
import { doctorEdit, type Manifest } from './manifest.ts';
import { oldResolution } from './tsconfig.ts';

/** What there is to do beside the code. */
export interface Surroundings {
  readonly changes: readonly FileChange[];
  /** What stays as it is, and why. */
  readonly remarks: readonly string[];
  /** The packages of the project that have a server or a client. */
  readonly homes: readonly PlannedHome[];
}

export interface PlannedHome {
  readonly folder: string;
  /** What installs what is missing. Undefined: nothing is. */
  readonly install: string | undefined;
}

const APP_ID_FILE = 'steam_appid.txt';

/** What a package needs beside the code: the app id, the doctor, and what is to be installed. */
export async function surroundings(folder: string, looks: readonly Look[], appId: number): Promise<Surroundings> {
  const changes: FileChange[] = [];
  const remarks: string[] = [];
  const homes: PlannedHome[] = [];
  for (const [home, ofHome] of Map.groupBy(looks, (look) => look.home.folder)) {
    const ready = ofHome.flatMap(({ found }) =>
      found.filter(({ verdict }) => verdict.kind === 'change' || verdict.kind === 'done'),
    );
    const [look] = ofHome;
    if (look === undefined || ready.length === 0) continue;
    const { manifest } = look.home;
    for (const planned of [
      doctorChange(posix.join(home, 'package.json'), manifest),
      appIdChange(folder, posix.join(home, APP_ID_FILE), appId),
    ]) {
      if (typeof planned === 'string') remarks.push(planned);
      else if (planned !== undefined) changes.push(planned);
    }
    const resolution = await oldResolution(join(folder, home));
    if (resolution !== undefined) remarks.push(`${posix.join(home, 'tsconfig.json')}: ${resolution}`);
    const missing = missingPackages(manifest, new Set(ready.flatMap(({ side }) => side ?? [])));
    homes.push({
      folder: home,
      install: missing.length > 0 ? `${installCommand(join(folder, home))} ${missing.join(' ')}` : undefined,
    });
  }
  return { changes, remarks, homes };
}

/** A string says why not. */
function doctorChange(file: string, manifest: Manifest): FileChange | string | undefined {
  const edit = doctorEdit(manifest);
  if (edit === undefined) return undefined;
  return typeof edit === 'string' ? `${file}: ${edit}` : { file, before: manifest.text, edits: [edit] };
}

function appIdChange(folder: string, file: string, appId: number): FileChange | string | undefined {
  const path = join(folder, file);
  if (!existsSync(path)) return { file, before: undefined, edits: [{ start: 0, end: 0, text: `${appId}\n` }] };
  const present = readFileSync(path, 'utf8').trim();
  return appIdNumber(present) === appId ? undefined : `${file}: it says ${JSON.stringify(present.slice(0, 20))}, and stays so`;
}
