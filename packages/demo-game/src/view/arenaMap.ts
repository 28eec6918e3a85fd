import type { Cast } from '../director/Show.ts';
import { arena, covers, type Point } from '../shared/arena.ts';
import type { SeenPlayer } from '../stage/words.ts';
import { colourOf, type Format, type Paint } from './paint.ts';

/** Below it, a map is of no use. Unit: characters. */
const NARROWEST = 12;

/** The arena as one process sees it, in a box of `width` and `height` characters. */
export function arenaMap(cast: readonly Cast[], of: Cast, width: number, height: number, paint: Paint): string[] {
  const inner = Math.max(width, NARROWEST) - 2;
  const frozen = of.presence !== 'here';
  const sight = of.presence === 'here' || of.presence === 'away' ? of.sight : undefined;
  const grid = Array.from({ length: height - 2 }, () => new Array<string>(inner).fill(' '));
  const put = (point: Point, character: string, format: Format) => {
    const row = grid[cell(point.y, arena.height, height - 2)];
    if (row !== undefined) row[cell(point.x, arena.width, inner)] = paint(frozen ? 'dim' : format, character);
  };
  for (const { x, y, kind } of sight === undefined ? [] : covers) put({ x, y }, kind === 'tree' ? '^' : '#', 'dim');
  for (const heap of sight?.heaps ?? []) put(heap, '*', 'yellow');
  for (const ball of sight?.balls ?? []) put(ball, '.', 'white');
  for (const player of sight?.players ?? []) put(player, initial(player), [colourOf(cast, player.name), 'bold'].flat() as Format);

  const edge = (text: string) => paint('dim', text);
  const title = ` ${of.name}${note(of)} `.slice(0, inner - 1);
  const scores = sight?.players.map(({ name, score }) => `${name} ${score}`).join('  ') ?? '';
  const foot = scores === '' ? '' : ` ${scores} `.slice(0, inner - 1);
  return [
    edge('┌─') +
      paint(frozen ? 'dim' : ([colourOf(cast, of.name), 'bold'].flat() as Format), title) +
      edge(`${'─'.repeat(inner - 1 - title.length)}┐`),
    ...grid.map((row) => edge('│') + row.join('') + edge('│')),
    edge('└─') + foot + edge(`${'─'.repeat(inner - 1 - foot.length)}┘`),
  ];
}

function note({ presence, role }: Cast): string {
  if (presence === 'away') return ': no link';
  if (presence === 'gone') return ': has left';
  if (presence === 'offline') return ': not here yet';
  return role === 'host' ? ' (host) sees' : ' sees';
}

/** Those who are away are small, and a snowman is round. */
function initial({ name, connected, frozen }: SeenPlayer): string {
  if (frozen) return '8';
  const letter = name.slice(0, 1);
  return connected ? letter.toUpperCase() : letter.toLowerCase();
}

function cell(value: number, size: number, cells: number): number {
  return Math.min(Math.max(Math.floor((value / size) * cells), 0), cells - 1);
}
