import { accessSync, constants } from 'node:fs';
import { delimiter, resolve } from 'node:path';
import { type Browser, chromium } from 'playwright-core';
import { describeNeeding } from '../native/double.ts';

export type { Browser, Page } from 'playwright-core';

/** What distributions call it. */
const names = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable'];

/** Chromium is to open our pages, and to talk to nobody else. Its sandbox needs rights that a container has not. */
const args = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

/** Why the suites that need a browser cannot run here, and how to get one; undefined when they can. */
export function chromiumProblem(): string | undefined {
  if (executable() !== undefined) return undefined;
  return 'no Chromium: install it (Debian: apt-get install chromium), or say where it is in the environment variable CHROMIUM';
}

/** `describe` for a suite that needs a browser: without one it is left out with one line, and fails in CI. */
export function describeBrowser(name: string, fn: () => void): void {
  describeNeeding(chromiumProblem(), name, fn);
}

/** A headless Chromium with nothing in its profile. Whoever opens it closes it. @throws Error (rejects) when there is none */
export function openBrowser(): Promise<Browser> {
  const executablePath = executable();
  if (executablePath === undefined) return Promise.reject(new Error(chromiumProblem()));
  return chromium.launch({ executablePath, args });
}

function executable(): string | undefined {
  const { CHROMIUM, PATH = '' } = process.env;
  const places = PATH.split(delimiter).flatMap((directory) => names.map((name) => resolve(directory, name)));
  return [CHROMIUM, ...places].find((path) => path !== undefined && isExecutable(path));
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
