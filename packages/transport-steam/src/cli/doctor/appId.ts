import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { isAppId, MAX_APP_ID } from '../../driver/appId.ts';
import { type Check, ok, problem, warning } from './Check.ts';

/** Spacewar, Valve's example: every Steam account has it. */
export const SPACEWAR = 480;

const NAME = 'app id';
const FILE = 'steam_appid.txt';
const BARE_NUMBER = 'Save it as plain text (UTF-8 without BOM) that is the number and nothing else, such as 480.';

export interface AppIdFinding {
  readonly check: Check;
  /** What the other checks use: the id itself, what was probably meant, or 480. */
  readonly appId: number;
  /** What to give to `init`. Undefined: Steam is to find the id by itself, as it will for the game. */
  readonly forInit: number | undefined;
}

/** Where the app id comes from: `--app`, else the environment, else `steam_appid.txt` in `cwd`; so Steam looks, too. */
export function findAppId(option: number | undefined, env: NodeJS.ProcessEnv, cwd: string): AppIdFinding {
  if (option !== undefined) return sound(option, '--app', option);
  const fromFile = readAppIdFile(cwd);
  if (env.SteamAppId) return fromEnvironment(env.SteamAppId, fromFile);
  if (fromFile === undefined) {
    const double = existsSync(join(cwd, `${FILE}.txt`)) ? `; there is a ${FILE}.txt, rename it to ${FILE}` : '';
    const advice = 'Fine when the game gives its id to init(). To check that one: --app <id>.';
    return { check: warning(NAME, `none here${double}; checking with ${SPACEWAR}`, advice), appId: SPACEWAR, forInit: SPACEWAR };
  }
  if (typeof fromFile === 'number') return sound(fromFile, FILE, undefined);
  return faulty(`${FILE} ${fromFile.fault}`, BARE_NUMBER, fromFile.meant);
}

/** A decimal number that can be an app id. */
export function appIdNumber(text: string): number | undefined {
  const number = /^\d+$/.test(text) ? Number(text) : 0;
  return isAppId(number) ? number : undefined;
}

/** What is wrong with a `steam_appid.txt`, and the number that was probably meant. */
export interface AppIdFault {
  readonly fault: string;
  readonly meant?: number;
}

/** The id in the bytes of a `steam_appid.txt`. White space behind it does no harm. */
export function readAppId(bytes: Uint8Array): number | AppIdFault {
  const utf16 = (bytes[0] === 0xff && bytes[1] === 0xfe) || (bytes[0] === 0xfe && bytes[1] === 0xff);
  const encoding = bytes[0] === 0xfe ? 'utf-16be' : utf16 ? 'utf-16le' : 'utf-8';
  const text = new TextDecoder(encoding).decode(bytes); // without its BOM
  const id = appIdNumber(text.trimEnd());
  const fault = faultOf(bytes, text, utf16, id);
  if (fault === undefined && id !== undefined) return id;
  const meant = id ?? appIdNumber(/\d+/.exec(text)?.[0] ?? '');
  return { fault: fault ?? 'cannot be read', ...(meant === undefined ? {} : { meant }) };
}

function faultOf(bytes: Uint8Array, text: string, utf16: boolean, id: number | undefined): string | undefined {
  if (utf16) return 'is UTF-16, as PowerShell writes it';
  if (bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf) return 'begins with a byte order mark (BOM)';
  if (id !== undefined) return undefined;
  if (text.trim() === '') return 'is empty';
  if (text.trim().includes('\n')) return 'has more than one line';
  if (/^\s*["'].*["']\s*$/.test(text)) return `has quotes around the number: ${excerpt(text)}`;
  if (/^\s/.test(text) && appIdNumber(text.trim()) !== undefined) return 'has white space before the number';
  if (/^\d+\s*$/.test(text)) return `is ${excerpt(text)}, but an app id is from 1 to ${MAX_APP_ID}`;
  return `is ${excerpt(text)}, which is no bare number`;
}

function readAppIdFile(cwd: string): number | AppIdFault | undefined {
  try {
    return readAppId(readFileSync(join(cwd, FILE)));
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT') return undefined;
    return { fault: code === 'EISDIR' ? 'is a folder' : `cannot be read (${code})` };
  }
}

/** Steam sets it for the games that it starts. */
function fromEnvironment(value: string, fromFile: number | AppIdFault | undefined): AppIdFinding {
  const id = appIdNumber(value);
  if (id === undefined) {
    const advice = 'Set it to the number of the app and nothing else, or remove it.';
    return faulty(`the environment variable SteamAppId is ${excerpt(value)}, which is no app id`, advice);
  }
  const source = 'SteamAppId of the environment';
  if (typeof fromFile !== 'number' || fromFile === id) return sound(id, source, undefined);
  const advice = `${FILE} is not looked at while the variable is set: remove the one that is wrong.`;
  const found = foundId(id, `${source}, while ${FILE} says ${fromFile}`);
  return { check: warning(NAME, found, advice), appId: id, forInit: undefined };
}

function sound(appId: number, source: string, forInit: number | undefined): AppIdFinding {
  return { check: ok(NAME, foundId(appId, source)), appId, forInit };
}

function foundId(appId: number, source: string): string {
  if (appId !== SPACEWAR) return `${appId}, from ${source}`;
  return `480 (Spacewar), from ${source}: for development only; its lobby list is full of strangers`;
}

/** All that can be checked is checked at once: with the number that was probably meant, or with Spacewar. */
function faulty(found: string, advice: string, meant: number = SPACEWAR): AppIdFinding {
  return { check: problem(NAME, `${found}; checking with ${meant}`, advice), appId: meant, forInit: meant };
}

function excerpt(text: string): string {
  return JSON.stringify(text.length > 40 ? `${text.slice(0, 40)}…` : text);
}
