// Is the package fit to be published? Builds and packs it, then asks publint and Are The Types Wrong.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { pack } from './pack.mjs';

const modules = fileURLToPath(new URL('../../../node_modules', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'colyseus-transport-steam-check-'));
try {
  const tarball = await pack(folder);
  const checks = [
    [join(modules, 'publint', 'src', 'cli.js'), tarball, '--strict'],
    // node16: `exports` is how this package is entered, and older resolution does not know it. Node >= 22 does.
    [join(modules, '@arethetypeswrong', 'cli', 'dist', 'index.js'), tarball, '--profile', 'node16'],
  ];
  for (const [script, ...args] of checks) {
    const { status } = spawnSync(process.execPath, [script, ...args], { stdio: 'inherit' });
    if (status !== 0) process.exitCode = 1;
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}
