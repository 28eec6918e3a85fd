import { globSync, readFileSync } from 'node:fs';
import { sep } from 'node:path';
import { fileURLToPath } from 'node:url';

/** A document of this package, for tests that compare it with the source. */
export class Document {
  readonly text: string;

  constructor(name: string) {
    this.text = readFileSync(new URL(`../../${name}`, import.meta.url), 'utf8');
  }

  /** From a heading to the next one. */
  section(heading: string): string {
    const [, text] = this.text.split(new RegExp(`^#+ ${heading}$`, 'm'));
    if (text === undefined) throw new Error(`no heading ${heading}`);
    return text.split(/^#+ /m)[0]!;
  }

  /** The first fenced block under a heading. */
  fenced(heading: string): string {
    const block = /```\w*\n(.*?)\n```/s.exec(this.section(heading))?.[1];
    if (block === undefined) throw new Error(`no fenced block under ${heading}`);
    return block;
  }

  /** The cells of a table under a heading, without its head. */
  table(heading: string, index = 0): string[][] {
    const tables = this.section(heading).match(/(?:^\|.*\n)+/gm) ?? [];
    const rows = tables[index]?.trim().split('\n').slice(2);
    if (rows === undefined || rows.length === 0) throw new Error(`no table ${index} under ${heading}`);
    return rows.map((row) =>
      row
        .split('|')
        .slice(1, -1)
        .map((cell) => cell.trim()),
    );
  }
}

/** `1 048 576`, `1_000` or `0x3f`. */
export function number(cell: string): number {
  const value = Number(cell.replaceAll(/[ _]/g, ''));
  if (Number.isNaN(value)) throw new Error(`${cell} is not a number`);
  return value;
}

/** The value of a constant, exported or not, in a file of `src/`. */
export async function constantIn(file: string, name: string): Promise<number> {
  const url = new URL(`../../src/${file}`, import.meta.url);
  const exported = (await import(url.href))[name];
  const written = new RegExp(`^const ${name} = (\\w+);$`, 'm').exec(readFileSync(url, 'utf8'))?.[1];
  return exported ?? number(written!);
}

/** `npm run <script>` and `npm test -- <pattern>`, each once. */
export function commandsIn(text: string): string[] {
  return [...new Set(text.match(/\bnpm (?:run [\w-]+|test -- [\w/.-]+)/g))];
}

/** Whether the workspace has such a script, or tests that the pattern finds. */
export function isCommand(command: string): boolean {
  const root = fileURLToPath(new URL('../../../../', import.meta.url));
  const [, script, pattern] = /^npm (?:run (.+)|test -- (.+))$/.exec(command) ?? [];
  if (script !== undefined) return Object.hasOwn(JSON.parse(readFileSync(`${root}/package.json`, 'utf8')).scripts, script);
  const files = globSync('packages/*/test/**/*.test.ts', { cwd: root }).map((file) => file.split(sep).join('/'));
  return pattern !== undefined && files.some((file) => new RegExp(pattern, 'i').test(file));
}
