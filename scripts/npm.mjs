// npm's own tools, started without a shell wherever their JavaScript can be found: `npm.cmd` and `npx.cmd` cannot be spawned
// on Windows in any other way, and a shell would take arguments apart.
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';

/**
 * Runs `npm` or `npx` and waits for it. Pass paths through `options.cwd`, never in `args`: where a shell is unavoidable
 * the arguments must be plain words.
 *
 * @param {'npm' | 'npx'} tool
 * @param {readonly string[]} args
 * @param {import('node:child_process').SpawnSyncOptionsWithStringEncoding} options
 */
export function runNpmTool(tool, args, options) {
  const nodeDir = dirname(process.execPath);
  const script = [
    // Set by npm for the scripts that it runs; by other package managers too, then without npm's files beside it.
    process.env.npm_execpath && dirname(process.env.npm_execpath),
    join(nodeDir, 'node_modules', 'npm', 'bin'),
    join(nodeDir, '..', 'lib', 'node_modules', 'npm', 'bin'),
  ]
    .filter(Boolean)
    .map((dir) => join(dir, `${tool}-cli.js`))
    .find(existsSync);
  return script
    ? spawnSync(process.execPath, [script, ...args], options)
    : spawnSync(tool, args, { ...options, shell: process.platform === 'win32' });
}
