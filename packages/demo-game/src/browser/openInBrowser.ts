import { spawn } from 'node:child_process';

const commands: Partial<Record<NodeJS.Platform, readonly [string, ...string[]]>> = {
  darwin: ['open'],
  linux: ['xdg-open'],
  win32: ['explorer'],
};

/** Opens a page in the user's browser, where that is known. What does not work is not said: the address is printed, too. */
export function openInBrowser(url: string): void {
  const [command, ...args] = commands[process.platform] ?? [];
  if (command === undefined) return;
  const child = spawn(command, [...args, url], { stdio: 'ignore', detached: true });
  child.on('error', () => {});
  child.unref();
}
