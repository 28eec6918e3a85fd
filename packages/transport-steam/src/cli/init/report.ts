import { posix } from 'node:path';
import { unifiedDiff } from './diff.ts';
import type { Found } from './Look.ts';
import type { Plan } from './plan.ts';

/** ANSI, for lines of a diff by their first characters. */
const lineColours: readonly (readonly [start: RegExp, colour: number])[] = [
  [/^(?:---|\+\+\+) /, 1],
  [/^@@/, 36],
  [/^-/, 31],
  [/^\+/, 32],
];

const SIDES = { server: 'server', client: 'player' } as const;
const INDENT = '  ';

/** What was found, and what would change, for people. */
export function planText({ found, changes, remarks }: Plan, colours: boolean): string {
  const parts: string[] = [];
  const list = (title: string, some: readonly Found[], detail: (one: Found) => readonly string[]): void => {
    if (some.length > 0) parts.push([title, ...some.flatMap((one) => [`${INDENT}${placeOf(one)}`, ...detail(one)])].join('\n'));
  };
  const of = (kind: Found['verdict']['kind']) => found.filter(({ verdict }) => verdict.kind === kind);
  list('To be changed:', of('change'), () => []);
  list('As it should be:', of('done'), () => []);
  list('Stays as it is:', of('note'), details);
  list('To be changed by hand:', of('by hand'), details);
  if (remarks.length > 0)
    parts.push(
      remarks
        .map((remark) => `${remark}\n`)
        .join('')
        .trimEnd(),
    );
  parts.push(...changes.map(({ file, before, edits }) => painted(unifiedDiff(file, before, edits), colours).trimEnd()));
  return `${parts.join('\n\n')}\n`;
}

function placeOf({ file, line, side, verdict }: Found): string {
  const what = side === undefined ? '' : `  ${SIDES[side]}`;
  const found = 'found' in verdict ? `${what === '' ? '  ' : ': '}${verdict.found}` : '';
  return `${file}:${line}${what}${found}`;
}

function details({ verdict }: Found): string[] {
  return 'advice' in verdict ? verdict.advice.map((line) => `${INDENT}${INDENT}${line}`) : [];
}

function painted(diff: string, colours: boolean): string {
  if (!colours) return diff;
  const paint = (line: string): string => {
    const colour = lineColours.find(([start]) => start.test(line))?.[1];
    return colour === undefined ? line : `\x1b[${colour}m${line}\x1b[0m`;
  };
  return diff.split('\n').map(paint).join('\n');
}

/** What comes after it. */
export function nextSteps({ homes, found }: Plan): string {
  const has = (side: Found['side']) => found.some((one) => one.side === side && one.verdict.kind !== 'note');
  const lines = homes.flatMap(({ folder, install }, at) => [
    ...way(homes[at - 1]?.folder ?? '', folder),
    ...(install === undefined ? [] : [install]),
    'npx colyseus-transport-steam doctor',
  ]);
  const words = [
    ...(has('server')
      ? ['The server hosts over Steam with COLYSEUS_TRANSPORT=steam in its environment, and over WebSocket without.']
      : []),
    ...(has('client') ? ["A player goes to steam:// and the host's SteamID, or to ws://, as the endpoint says."] : []),
  ];
  return `\nNext:\n${lines.map((line) => `${INDENT}${line}\n`).join('')}${words.map((line) => `${line}\n`).join('')}`;
}

/** From one folder of the project to another. */
function way(from: string, to: string): string[] {
  return from === to ? [] : [`cd ${posix.relative(from, to)}`];
}
