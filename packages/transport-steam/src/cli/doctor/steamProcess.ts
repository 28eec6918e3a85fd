import { execFile } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';

/**
 * Whether a Steam client is to be seen on this machine. A guess from outside: what decides is Steam's answer to `init`.
 *
 * `elsewhere`: there is one, but this process probably cannot reach it. `unknown`: it was not possible to look.
 */
export interface SteamSighting {
  readonly state: 'running' | 'elsewhere' | 'not-found' | 'unknown';
  readonly found: string;
  readonly advice?: string;
}

/** For a program of the system that we ask. Unit: ms. */
const ASK_TIMEOUT_MS = 3_000;

/** Never rejects. `homeOf`: for tests. */
export async function lookForSteam(
  platform: NodeJS.Platform = process.platform,
  homeOf: () => string = homedir,
): Promise<SteamSighting> {
  try {
    return await look(platform, homeOf);
  } catch (error) {
    // Such as in a container whose user has no name, and so no home.
    return { state: 'unknown', found: `it was not possible to look for Steam: ${(error as Error).message}` };
  }
}

async function look(platform: NodeJS.Platform, homeOf: () => string): Promise<SteamSighting> {
  if (platform === 'linux') return lookOnLinux({ home: homeOf(), proc: '/proc', uid: process.getuid?.() ?? 0 });
  if (platform === 'darwin') return sightingOfPgrep(await ask('pgrep', ['-x', 'steam_osx']));
  if (platform === 'win32') {
    const answer = await ask('reg', ['query', 'HKCU\\Software\\Valve\\Steam\\ActiveProcess', '/v', 'pid']);
    return sightingOfRegistry(answer, isAlive);
  }
  return { state: 'unknown', found: `no way is known to look for Steam on ${platform}` };
}

export interface LinuxMachine {
  readonly home: string;
  readonly proc: string;
  readonly uid: number;
}

export function lookOnLinux({ home, proc, uid }: LinuxMachine): SteamSighting {
  for (const file of ['.steam/steam.pid', '.steampid']) {
    const pid = Number.parseInt(contentOf(join(home, file)), 10);
    if (pid > 0 && nameOf(proc, pid).startsWith('steam')) return running(`process ${pid}`);
  }
  const pids = (existsSync(proc) ? readdirSync(proc) : []).map(Number).filter((pid) => pid > 0 && nameOf(proc, pid) === 'steam');
  const own = pids.find((pid) => ownerOf(proc, pid) === uid);
  if (own !== undefined) {
    const box = sandboxOf(proc, own);
    if (box === undefined) return running(`process ${own}`);
    return {
      state: 'elsewhere',
      found: `running as a ${box} (process ${own}), which other programs may not reach`,
      advice: `Start the game from inside Steam, or install Steam from your distribution or from Valve instead of the ${box}.`,
    };
  }
  const [other] = pids;
  if (other === undefined) return /microsoft/i.test(contentOf(join(proc, 'version'))) ? notInWsl : notFound;
  return {
    state: 'elsewhere',
    found: `running as user ${ownerOf(proc, other) ?? '?'} (process ${other}), but this is user ${uid}`,
    advice: uid === 0 ? 'Run this without sudo, as the user who runs Steam.' : 'Run this as the user who runs Steam.',
  };
}

/** What a program of the system said. Undefined: it could not be asked. */
export interface Answer {
  readonly exitCode: number;
  readonly text: string;
}

export function sightingOfPgrep(answer: Answer | undefined): SteamSighting {
  if (answer === undefined || answer.exitCode > 1) return { state: 'unknown', found: 'pgrep does not answer' };
  const pid = Number.parseInt(answer.text, 10);
  return answer.exitCode === 0 && pid > 0 ? running(`process ${pid}`) : notFound;
}

/** Steam leaves its last process there when it crashes. */
export function sightingOfRegistry(answer: Answer | undefined, alive: (pid: number) => boolean): SteamSighting {
  if (answer === undefined) return { state: 'unknown', found: 'the registry cannot be asked' };
  const pid = Number.parseInt(/\bREG_DWORD\s+(0x[0-9a-f]+)/i.exec(answer.text)?.[1] ?? '0', 16);
  return answer.exitCode === 0 && pid > 0 && alive(pid) ? running(`process ${pid}`) : notFound;
}

const notFound: SteamSighting = { state: 'not-found', found: 'no process of Steam found' };

const notInWsl: SteamSighting = {
  ...notFound,
  found: 'no process of Steam found in this Linux inside Windows (WSL)',
  advice: 'Steam for Windows cannot be reached from WSL: run the game and this with Node for Windows.',
};

function running(where: string): SteamSighting {
  return { state: 'running', found: `running (${where})` };
}

function ask(program: string, args: readonly string[]): Promise<Answer | undefined> {
  return new Promise((resolve) => {
    execFile(program, [...args], { timeout: ASK_TIMEOUT_MS, windowsHide: true }, (error, text) => {
      if (error === null) resolve({ exitCode: 0, text });
      else resolve(typeof error.code === 'number' ? { exitCode: error.code, text } : undefined);
    });
  });
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

function nameOf(proc: string, pid: number): string {
  return contentOf(join(proc, String(pid), 'comm')).trim();
}

function ownerOf(proc: string, pid: number): number | undefined {
  return statSync(join(proc, String(pid)), { throwIfNoEntry: false })?.uid;
}

function sandboxOf(proc: string, pid: number): string | undefined {
  const folder = join(proc, String(pid));
  if (existsSync(join(folder, 'root', '.flatpak-info'))) return 'Flatpak';
  return contentOf(join(folder, 'cgroup')).includes('snap.steam') ? 'Snap' : undefined;
}

/** Empty when there is none: processes come and go, and others' files are not ours to read. */
function contentOf(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}
