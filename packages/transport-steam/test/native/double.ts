import { spawnSync } from 'node:child_process';
import { type HubAddress, hubPath } from '../../src/sim/hub/address.ts';
import { build, compilerLibrary } from './double/build.ts';

export { DoubleFifo } from './double/DoubleFifo.ts';

const GET_COMPILER = 'install gcc (Debian: apt-get install gcc libc6-dev)';

/** Each with what must work, and how to get it. */
const needs: { readonly works: () => boolean; readonly problem: string }[] = [
  {
    works: () => process.platform === 'linux' && process.arch === 'x64',
    problem: `the double of libsteam_api.so is for linux x64 only, and this is ${process.platform} ${process.arch}`,
  },
  {
    works: () => answers('cc', '-include', 'pthread.h', '-E', '-x', 'c', '/dev/null'),
    problem: `no C compiler: ${GET_COMPILER}`,
  },
  {
    works: () => compilerLibrary('libasan.so') !== undefined && compilerLibrary('libubsan.so') !== undefined,
    problem: `cc has no AddressSanitizer: ${GET_COMPILER}`,
  },
  { works: () => answers('nm', '--version'), problem: 'no nm: install binutils (Debian: apt-get install binutils)' },
  { works: () => answers('mkfifo', '--version'), problem: 'no mkfifo: install coreutils (Debian: apt-get install coreutils)' },
];

let known: { readonly problem: string | undefined } | undefined;

/** Why the suites that run the real addon cannot run here, and how to get what is missing; undefined when they can. */
export function nativeProblem(): string | undefined {
  known ??= { problem: needs.find(({ works }) => !works())?.problem };
  return known.problem;
}

/** What is used of jest here. Global, because other programs import this file too, and `@jest/globals` can be imported by jest only. */
interface Jest {
  readonly describe: ((name: string, fn: () => void) => void) & { readonly skip: Jest['describe'] };
  readonly test: (name: string, fn: () => void) => void;
}

/** `describe` for a suite that needs the double: see {@link describeNeeding}. */
export function describeNative(name: string, fn: () => void): void {
  describeNeeding(nativeProblem(), name, fn);
}

/**
 * `describe` for a suite that needs what a machine may lack. Where it cannot run, it is shown as skipped, with the `problem`; in CI, where nothing
 * may be left out unseen, it fails.
 */
export function describeNeeding(problem: string | undefined, name: string, fn: () => void): void {
  const { describe, test } = globalThis as unknown as Jest;
  if (problem === undefined || !process.env.CI) {
    describeUnless(problem, name, fn);
    return;
  }
  describe(name, () => {
    test('can run here', () => {
      throw new Error(problem);
    });
  });
}

/** `describe` for a suite that does not run where there is a `problem`: there it is shown as skipped, with the reason. */
export function describeUnless(problem: string | undefined, name: string, fn: () => void): void {
  const { describe, test } = globalThis as unknown as Jest;
  if (problem === undefined) {
    describe(name, fn);
    return;
  }
  process.stderr.write(`left out: ${name}: ${problem}\n`);
  // Not `fn`, which may need what is missing to tell its tests.
  const leaveOut = describe.skip;
  leaveOut(name, () => test(problem, () => {}));
}

/** Builds the double of `libsteam_api.so`, unless that was done before. Returns its directory. */
export function buildDouble({ sanitized = false }: { sanitized?: boolean } = {}): string {
  return build(sanitized ? 'address' : 'none');
}

export interface DoubleOptions {
  /** Which hub is this user's Steam. No hub there: Steam is not running. */
  readonly hub: HubAddress;
  /** Whom to log in. Without it the hub chooses. */
  readonly steamId?: bigint;
  readonly personaName?: string;
  /** Path of a `DoubleFifo`. */
  readonly fifo?: string;
  /** A finding of AddressSanitizer or UndefinedBehaviorSanitizer in the double aborts the process, with a report on stderr. */
  readonly sanitized?: boolean;
  /** As Steam sets it for a game that it starts. Without it the game names its app itself: `init(480)`. */
  readonly appId?: number;
}

/** Variables for a process that is to load the double in place of `libsteam_api.so`: its user, and no other process's. */
export function doubleEnvironment(options: DoubleOptions): Record<string, string> {
  const { hub, steamId, personaName, fifo, sanitized = false, appId } = options;
  const libraries = [buildDouble({ sanitized }), process.env.LD_LIBRARY_PATH ?? ''].filter((path) => path !== '');
  return {
    LD_LIBRARY_PATH: libraries.join(':'),
    STEAM_DOUBLE_SOCKET: hubPath(hub),
    ...(steamId === undefined ? {} : { STEAM_DOUBLE_STEAM_ID: String(steamId) }),
    ...(personaName === undefined ? {} : { STEAM_DOUBLE_PERSONA: personaName }),
    ...(fifo === undefined ? {} : { STEAM_DOUBLE_FIFO: fifo }),
    ...(appId === undefined ? {} : { SteamAppId: String(appId), SteamGameId: String(appId) }),
    ...(sanitized ? sanitizerEnvironment() : {}),
  };
}

/** Node is not built with the sanitizer, so that it must be loaded before it. Node itself leaks at its end, on purpose. */
function sanitizerEnvironment(): Record<string, string> {
  return {
    LD_PRELOAD: compilerLibrary('libasan.so') as string,
    ASAN_OPTIONS: 'detect_leaks=0:halt_on_error=1:abort_on_error=1:handle_segv=2',
    UBSAN_OPTIONS: 'halt_on_error=1:abort_on_error=1:print_stacktrace=1',
  };
}

function answers(command: string, ...args: string[]): boolean {
  return spawnSync(command, args, { stdio: 'ignore' }).status === 0;
}
