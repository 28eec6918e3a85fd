// `npm run demo`, `npm test`, `npm run bench`, `npm run fuzz`, `npm run flood` and `npm run soak`, from a fresh clone, with nothing but Node >= 18 and npm:
// installs what is missing, then runs with the Node that the workspace brings along (Colyseus needs >= 22, and the sources run by type
// stripping).
import { spawn } from 'node:child_process';
import { existsSync, readFileSync, statSync, utimesSync } from 'node:fs';
import { constants } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { runNpmTool } from './npm.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));
const modules = join(root, 'node_modules');

const commands = {
  bench: ['--conditions=steam-source', join(root, 'packages', 'transport-steam', 'bench', 'main.ts')],
  flood: [
    '--expose-gc',
    '--conditions=steam-source',
    join(root, 'packages', 'transport-steam', 'test', 'hostile', 'flood', 'main.ts'),
  ],
  fuzz: [
    '--experimental-vm-modules',
    join(modules, 'jest', 'bin', 'jest.js'),
    join('packages', 'transport-steam', 'test', 'hostile', 'fuzz'),
  ],
  demo: ['--conditions=steam-source', join(root, 'packages', 'demo-game', 'src', 'main.ts')],
  soak: [
    '--experimental-vm-modules',
    join(modules, 'jest', 'bin', 'jest.js'),
    join('packages', 'transport-steam', 'test', 'survival', 'soak.test.ts'),
  ],
  test: ['--experimental-vm-modules', join(modules, 'jest', 'bin', 'jest.js')],
};

/** How long a program that was told to end may take to clean up. */
const GRACE_MS = 10_000;
/** How often to look whether who started us is still there. */
const PARENT_CHECK_MS = 500;

const [name, ...args] = process.argv.slice(2);
if (!Object.hasOwn(commands, name ?? '')) fail(`Usage: node scripts/run.mjs ${Object.keys(commands).join('|')} [arguments]`);
if (name === 'fuzz') forFuzz();
if (name === 'soak') forSoak();
if (!isInstalled()) install();
run(workspaceNode(), ['--disable-warning=ExperimentalWarning', ...commands[name], ...args]);

/** `npm run fuzz -- <cases> <seed>`: the tests find them in the environment; what is behind is for jest. */
function forFuzz() {
  const [cases = '5000000', seed = String(Date.now() % 1_000_000)] = args.splice(0, 2);
  if (!/^\d+$/.test(cases) || !/^\d+$/.test(seed)) fail('Usage: npm run fuzz -- [cases] [seed] [options of jest]');
  process.env.FUZZ_CASES = cases;
  process.env.FUZZ_SEED = seed;
  console.error(`FUZZ_CASES=${cases} FUZZ_SEED=${seed}`);
}

/** `npm run soak -- <hours> <seed>`: simulated hours; what is behind is for jest. */
function forSoak() {
  const [hours = '24', seed = '2026'] = args.splice(0, 2);
  if (!/^\d+(\.\d+)?$/.test(hours) || !/^\d+$/.test(seed)) fail('Usage: npm run soak -- [hours] [seed] [options of jest]');
  process.env.SOAK_HOURS = hours;
  process.env.SEED = seed;
}

function isInstalled() {
  const lock = join(root, 'pnpm-lock.yaml');
  const state = join(modules, '.modules.yaml');
  const installed = join(modules, '.pnpm', 'lock.yaml');
  if (!existsSync(state) || !existsSync(installed)) return false;
  // Git sets the time of what it checks out, so a newer lock file may still be the one that was installed.
  return statSync(state).mtimeMs >= statSync(lock).mtimeMs || readFileSync(installed).equals(readFileSync(lock));
}

function install() {
  console.error('Installing the dependencies with pnpm (first run, or pnpm-lock.yaml has changed) …');
  const result = runNpmTool('npx', ['-y', 'pnpm@12', 'install', '--frozen-lockfile'], {
    cwd: root,
    encoding: 'utf8',
    maxBuffer: Number.POSITIVE_INFINITY,
    stdio: ['ignore', 'pipe', 'pipe'],
    // pnpm asks no questions and draws no progress there.
    env: { ...process.env, CI: 'true' },
  });
  if (result.status !== 0) {
    process.stderr.write(`${result.stdout ?? ''}${result.stderr ?? ''}`);
    fail(`The installation failed${result.error ? `: ${result.error.message}` : ''}. Its output is above.`);
  }
  const now = new Date();
  utimesSync(join(modules, '.modules.yaml'), now, now);
}

function workspaceNode() {
  const own = join(modules, 'node', 'bin', process.platform === 'win32' ? 'node.exe' : 'node');
  if (existsSync(own)) return own;
  // The `node` package has no build for every platform.
  const [major, minor] = process.versions.node.split('.').map(Number);
  if (major > 22 || (major === 22 && minor >= 18)) return process.execPath;
  return fail(
    `${own} is missing, and this is Node ${process.versions.node}. Install Node 22.18 or newer, or delete node_modules.`,
  );
}

/** Runs a program in our place: same terminal, its exit code, and no end of us without an end of it. */
function run(command, argv) {
  const child = spawn(command, argv, { cwd: root, stdio: 'inherit' });
  child.on('error', (error) => fail(`Could not start ${command}: ${error.message}`));
  child.on('exit', (code, signal) => process.exit(code ?? 128 + (constants.signals[signal] ?? 0)));

  const end = (signal) => {
    // A terminal has given Ctrl-C to every process of ours already, and a second one often means "at once".
    const seen = signal === 'SIGINT' && (process.stdin.isTTY || process.platform === 'win32');
    if (!seen) child.kill(signal);
    setTimeout(() => child.kill('SIGKILL'), GRACE_MS).unref();
  };
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, end);

  // npm gives a signal to the shell between us, which dies of it without a word to us.
  const parent = process.ppid;
  const watch = setInterval(() => {
    if (!process.env.npm_lifecycle_event || process.ppid === parent) return;
    clearInterval(watch);
    end('SIGTERM');
  }, PARENT_CHECK_MS).unref();
}

function fail(message) {
  console.error(message);
  process.exit(1);
}
