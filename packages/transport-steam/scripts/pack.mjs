// The tarball that is tested is the one to publish: `node scripts/pack.mjs <folder>`, then `npm publish <tarball>`.
import { cpSync, mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { runNpmTool } from '../../../scripts/npm.mjs';
import { build } from './build.mjs';

const packageDir = fileURLToPath(new URL('..', import.meta.url));
const root = join(packageDir, '..', '..');

/** Builds, packs into `folder`, and returns the path of the tarball. */
export async function pack(folder) {
  await build();
  const stage = mkdtempSync(join(tmpdir(), 'colyseus-transport-steam-'));
  try {
    cpSync(join(packageDir, 'dist'), join(stage, 'dist'), { recursive: true });
    for (const doc of [
      'README.md',
      'BRIDGE.md',
      'CONFIG.md',
      'INSPECT.md',
      'LOBBIES.md',
      'MESSAGES.md',
      'PROTOCOL.md',
      'SCALING.md',
      'SECURITY.md',
      'START.md',
      'STEAM.md',
      'SURVIVAL.md',
    ])
      cpSync(join(packageDir, doc), join(stage, doc));
    for (const doc of ['CHANGELOG.md', 'LICENSE']) cpSync(join(root, doc), join(stage, doc));
    writeFileSync(join(stage, 'package.json'), `${JSON.stringify(publishedManifest(), null, 2)}\n`);

    const result = runNpmTool('npm', ['pack', '--json', '--ignore-scripts'], { cwd: stage, encoding: 'utf8' });
    if (result.status !== 0) throw new Error(`npm pack failed:\n${result.error?.message ?? result.stderr}`);
    const [{ filename }] = Object.values(JSON.parse(result.stdout));
    mkdirSync(folder, { recursive: true });
    const tarball = resolve(folder, filename);
    cpSync(join(stage, filename), tarball);
    return tarball;
  } finally {
    rmSync(stage, { recursive: true, force: true });
  }
}

/** package.json without what only this workspace understands. */
function publishedManifest() {
  const { devDependencies: _, scripts: __, ...manifest } = JSON.parse(readFileSync(join(packageDir, 'package.json'), 'utf8'));
  for (const entry of Object.values(manifest.exports)) if (typeof entry === 'object') delete entry['steam-source'];
  const text = JSON.stringify(manifest);
  const foreign = /"(?:workspace|catalog):[^"]*"/.exec(text);
  if (foreign) throw new Error(`package.json: ${foreign[0]} means nothing outside of this workspace.`);
  return manifest;
}

if (realpathSync(process.argv[1]) === fileURLToPath(import.meta.url)) console.log(await pack(process.argv[2] ?? '.'));
