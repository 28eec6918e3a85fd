import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';

/** One key of the configuration: what its values may be, and where it may stand besides the object that a game gives us. */
export interface Key<T> {
  /** The environment variable. Without one it cannot be said there. */
  readonly variable?: string;
  /** May stand in a JSON file. */
  readonly inFile: boolean;
  /** What it may be, in words. */
  readonly allowed: string;
  /** The value that is meant; undefined when this one is not allowed. A variable is a string always. */
  read(value: unknown): T | undefined;
}

export type Keys = Readonly<Record<string, Key<unknown>>>;

export interface Setting<T> {
  readonly value: T;
  /** The key, and where it stands, in words: what an error about the value begins with. */
  readonly where: string;
}

export type Settings<K extends Keys> = { readonly [N in keyof K]?: K[N] extends Key<infer T> ? Setting<T> : never };

/** Names the JSON file. */
export const FILE_VARIABLE = 'COLYSEUS_TRANSPORT_FILE';

/**
 * What is set, from the object, then from the file, then from the environment. Each key is taken whole from the first that has it.
 *
 * @param caller whom errors name: the function that was given `config`
 * @param keys of this side
 * @param others keys of the other side, which a file for both may have, too
 * @param config an object of `keys` and `file`, or the path of a file; both may be left out
 * @throws TypeError for a key that is none, or a file that cannot be read; RangeError for a value that is not allowed. They name the key, where it
 *   stands, the value, and what is allowed.
 */
export function readConfig<K extends Keys>(caller: string, keys: K, others: readonly string[], config: unknown): Settings<K> {
  const object = `the object given to ${caller}()`;
  const given = typeof config === 'string' ? { file: config } : checkRecord(config ?? {}, `what is given to ${caller}()`);
  checkNames(given, ['file', ...Object.keys(keys)], object);

  const [file, whoNamesIt] = fileOf(given.file, typeof config === 'string' ? caller : `file in ${object}`);
  const content = file === undefined ? {} : readJson(file, whoNamesIt);
  checkNames(content, [...Object.keys(keys).filter((name) => keys[name]?.inFile), ...others], file ?? '');

  const settings: Record<string, Setting<unknown>> = {};
  for (const [name, key] of Object.entries(keys)) {
    const value = given[name];
    const variable = key.variable === undefined ? undefined : process.env[key.variable];
    if (value !== undefined) settings[name] = setting(key, value, `${name} in ${object}`);
    else if (Object.hasOwn(content, name)) settings[name] = setting(key, content[name], `${name} in ${file}`);
    // A variable that is empty is the way to take one back that a parent has set.
    else if (variable) settings[name] = setting(key, variable, `${key.variable} in the environment`);
  }
  return settings as Settings<K>;
}

/** Has what `check` throws about an option begin with where the options are from. */
export function checked<T>(where: string, check: () => T): T {
  try {
    return check();
  } catch (error) {
    if (error instanceof RangeError) throw new RangeError(`${where}: ${error.message}`, { cause: error });
    if (error instanceof TypeError) throw new TypeError(`${where}: ${error.message}`, { cause: error });
    throw error;
  }
}

function setting(key: Key<unknown>, value: unknown, where: string): Setting<unknown> {
  const meant = key.read(value);
  if (meant === undefined) throw new RangeError(`${where} must be ${key.allowed}, not ${show(value)}`);
  return { value: meant, where };
}

function fileOf(given: unknown, where: string): [path: string | undefined, where: string] {
  const path = given ?? (process.env[FILE_VARIABLE] || undefined);
  const whoNamesIt = given === undefined ? `${FILE_VARIABLE} in the environment` : where;
  if (path === undefined) return [undefined, ''];
  if (typeof path !== 'string') throw new RangeError(`${whoNamesIt} must be the path of a JSON file, not ${show(path)}`);
  return [resolve(path), whoNamesIt];
}

function readJson(path: string, whoNamesIt: string): Record<string, unknown> {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (cause) {
    throw new TypeError(`${path}, named by ${whoNamesIt}, cannot be read: ${(cause as Error).message}`, { cause });
  }
  let content: unknown;
  try {
    content = JSON.parse(text);
  } catch (cause) {
    throw new TypeError(`${path}, named by ${whoNamesIt}, is not JSON: ${(cause as Error).message}`, { cause });
  }
  return checkRecord(content, path);
}

function checkRecord(value: unknown, what: string): Record<string, unknown> {
  if (isRecord(value)) return value;
  throw new TypeError(`${what} must be an object of keys and values, not ${show(value)}`);
}

function checkNames(given: object, known: readonly string[], where: string): void {
  for (const name of Object.keys(given)) {
    if (!known.includes(name)) throw new TypeError(`unknown key ${name} in ${where}; the keys are ${known.join(', ')}`);
  }
}

export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function show(value: unknown): string {
  if (typeof value === 'string') return JSON.stringify(value);
  if (typeof value === 'function') return 'a function';
  if (typeof value !== 'object' || value === null) return String(value);
  return Array.isArray(value) ? 'an array' : 'an object';
}
