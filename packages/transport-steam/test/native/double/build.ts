import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, globSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { basename, isAbsolute, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** What watches over the C code while it runs. `address`: AddressSanitizer with UndefinedBehaviorSanitizer. */
export type Sanitizer = 'none' | 'address' | 'thread';

const folder = fileURLToPath(new URL('.', import.meta.url));
const cache = fileURLToPath(new URL('../../../node_modules/.cache/steam-double', import.meta.url));

const LIBRARY = 'libsteam_api.so';
export const EXERCISE = 'exercise';
/** What the exercise says when it is not told what to do. */
const EXIT_USAGE = 2;

const FLAGS =
  '-std=c11 -D_GNU_SOURCE -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wmissing-prototypes -Werror -g -pthread'.split(' ');
const SANITIZER_FLAGS: Record<Sanitizer, string[]> = {
  none: ['-O2'],
  address: ['-O1', '-fno-omit-frame-pointer', '-fsanitize=address,undefined', '-fno-sanitize-recover=all'],
  thread: ['-O1', '-fno-omit-frame-pointer', '-fsanitize=thread'],
};
/** Never unmapped: a worker that ends closes the addon, while the reader's thread runs on. The soname is the real library's. */
const LIBRARY_FLAGS = ['-shared', '-fPIC', '-fvisibility=hidden', `-Wl,-soname,${LIBRARY}`, '-Wl,-z,nodelete,-z,defs'];

const built = new Map<Sanitizer, string>();

/**
 * Compiles the double, and the program that exercises it, unless that was done before. Returns the directory of both.
 * @throws Error with what the compiler said
 */
export function build(sanitizer: Sanitizer): string {
  const known = built.get(sanitizer);
  if (known !== undefined) return known;
  const flags = [...FLAGS, ...SANITIZER_FLAGS[sanitizer]];
  const directory = join(cache, hash([ask('--version'), ...flags, ...LIBRARY_FLAGS, ...contents()]));
  if (!existsSync(directory)) compile(directory, flags);
  built.set(sanitizer, directory);
  return directory;
}

/** Where the compiler has one of its libraries; undefined: it has none. */
export function compilerLibrary(name: string): string | undefined {
  const path = ask(`-print-file-name=${name}`).trim();
  return isAbsolute(path) ? path : undefined;
}

/** A command, or why there is none. */
export type Launch = { readonly command: readonly [string, ...string[]] } | { readonly problem: string };

/** How to run the program that exercises the double here. */
export function launchExercise(sanitizer: Sanitizer): Launch {
  if (sanitizer === 'thread' && compilerLibrary('libtsan.so') === undefined) {
    return { problem: 'cc has no ThreadSanitizer: install libtsan (Debian: it comes with gcc)' };
  }
  return launchSanitized(join(build(sanitizer), EXERCISE));
}

/** Not every kernel leaves ThreadSanitizer the addresses that it needs, unless it is told to choose none at random. */
export function launchSanitized(program: string): Launch {
  const direct = spawnSync(program, { encoding: 'utf8' });
  if (direct.status === EXIT_USAGE) return { command: [program] };
  const fixed = ['setarch', '-R', program] as const;
  if (spawnSync('setarch', ['-R', program]).status === EXIT_USAGE) return { command: fixed };
  const words = `${direct.stderr ?? ''}`.trim().split('\n')[0];
  return { problem: `it does not run here, with setarch -R neither (sudo sysctl vm.mmap_rnd_bits=28 may help): ${words}` };
}

/** Several processes may be at this at once: each builds in a directory of its own, and the first to finish gives it its name. */
function compile(directory: string, flags: string[]): void {
  mkdirSync(cache, { recursive: true });
  const own = mkdtempSync(`${directory}.`);
  try {
    const sources = globSync('*.c', { cwd: folder }).map((name) => join(folder, name));
    const exercise = sources.filter((path) => basename(path).startsWith(EXERCISE));
    const library = sources.filter((path) => !exercise.includes(path));
    run([...flags, ...LIBRARY_FLAGS, ...library, '-o', join(own, LIBRARY)]);
    run([...flags, ...exercise, join(own, LIBRARY), '-Wl,-rpath,$ORIGIN', '-o', join(own, EXERCISE)]);
    renameSync(own, directory);
  } catch (error) {
    rmSync(own, { recursive: true, force: true });
    if (!existsSync(directory)) throw error;
  }
}

function contents(): string[] {
  return globSync('*.[ch]', { cwd: folder })
    .sort()
    .flatMap((name) => [name, readFileSync(join(folder, name), 'utf8')]);
}

function hash(parts: string[]): string {
  return createHash('sha256').update(JSON.stringify(parts)).digest('hex').slice(0, 16);
}

function run(args: string[]): void {
  const { status, stderr } = spawnSync('cc', args, { encoding: 'utf8' });
  if (status !== 0) throw new Error(`the double of libsteam_api.so does not compile:\n${stderr}`);
}

/** What `cc` answers; empty when there is none. */
function ask(question: string): string {
  return spawnSync('cc', [question], { encoding: 'utf8' }).stdout ?? '';
}
