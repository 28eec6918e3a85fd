// What one player sees: the games that he can join, then the one that he plays. It knows nothing of Steam.
import './pane.css';
import { CloseCode } from '@colyseus/sdk';
import { call } from './call.ts';
import { connect, type JoinedGame, type ListedGame } from './connect.ts';
import { element } from './element.ts';
import { type GameView, playInPage } from './game/playInPage.ts';

/** The list is looked up again so often while it is seen. Unit: ms. */
const LIST_MS = 1_000;

interface Player {
  readonly name: string;
  readonly isBot: boolean;
  readonly carrier: 'steam' | 'websocket';
  readonly startedWith: readonly string[];
}

const player = await call<Player>('player');
const games = await connect(player.carrier, player.startedWith).catch((error: Error) => {
  say(error.message, true);
  throw error;
});
let joined: JoinedGame | undefined;
/** How many actions there are to do, and the end of the last one: one is done at a time. */
let due = 0;
let done = Promise.resolve();
let listed: readonly ListedGame[] = [];

showGames();
setInterval(listGames, LIST_MS);
element('create').onclick = () => press(async () => play(await call<string>('open')));
games.onInvited((id) => attempt(() => play(id)));
games.onEnd((reason) => showGames(`The connection to Steam is gone: ${reason}. Load this page again.`));

async function play(id: string, spectator = false): Promise<void> {
  await leave();
  const game = await games.join(id, { name: player.name, spectator });
  joined = game;
  element('lobby').hidden = true;
  element('play').hidden = false; // the game takes the focus, if it is seen
  game.room.reconnection.minUptime = 0; // also who has just come may lose the host, and come back
  const view = playInPage(game.room, element('arena'), {
    bot: player.isBot && !spectator,
    onTaken: () => {
      element('bot', HTMLInputElement).checked = false;
    },
    onEnd(code, reason) {
      view.stop();
      const isWanted = joined !== game;
      joined = undefined;
      showGames(isWanted ? '' : endOf(code, reason));
    },
  });
  showControls(game, view);
}

/** In words for who did not leave himself. */
function endOf(code: number, reason?: string): string {
  // He has left, or quit.
  if (code === CloseCode.CONSENTED || code === CloseCode.SERVER_SHUTDOWN) return 'The host has ended the game.';
  return `You are out of the game: ${reason || 'the connection is gone'} (${code}).`;
}

/** Who hosts ends the game. */
async function leave(): Promise<void> {
  const game = joined;
  joined = undefined;
  if (game === undefined) return;
  await game.leave();
  await call('close');
}

function showControls({ invite }: JoinedGame, view: GameView): void {
  Object.assign(window, { view }); // for the browser's console, and tests

  const bot = element('bot', HTMLInputElement);
  bot.checked = view.bot;
  bot.onchange = () => {
    view.bot = bot.checked;
  };
  element('invite').hidden = invite === undefined;
  element('invite').onclick = () => invite?.();
  element('leave').onclick = () => press(leave);
}

function showGames(problem = ''): void {
  element('play').hidden = true;
  element('lobby').hidden = false;
  say(problem, true);
  showList([]); // what was there before may be gone
  void listGames();
}

async function listGames(): Promise<void> {
  if (element('lobby').hidden) return;
  const found = await games.list().catch(() => []); // what stops it is shown already, or a join says it
  // A button that is replaced while it is pressed does nothing.
  if (JSON.stringify(found) !== JSON.stringify(listed)) showList(found);
}

function showList(found: readonly ListedGame[]): void {
  listed = found;
  element('none').hidden = found.length > 0;
  element('games').replaceChildren(
    ...found.map(({ id, title }) => {
      const item = document.createElement('li');
      const text = document.createElement('span');
      text.textContent = title;
      const join = button('Join', () => play(id));
      const watch = button('Watch', () => play(id, true));
      item.append(text, join, watch);
      return item;
    }),
  );
}

function button(text: string, act: () => Promise<unknown>): HTMLButtonElement {
  const made = document.createElement('button');
  made.type = 'button';
  made.textContent = text;
  made.onclick = () => press(act);
  return made;
}

/** A button does nothing while an action is under way. */
function press(act: () => Promise<unknown>): void {
  if (due === 0) attempt(act);
}

/** After what is under way. What does not work is said where the games are listed. */
function attempt(act: () => Promise<unknown>): void {
  due++;
  showBusy();
  say('One moment …');
  done = done.then(act).then(finish, (error: Error) => {
    finish();
    if (joined === undefined) showGames(error.message);
    else console.error(error);
  });
}

function say(text: string, isProblem = false): void {
  element('said').textContent = text;
  element('said').classList.toggle('problem', isProblem);
}

function finish(): void {
  due--;
  showBusy();
}

function showBusy(): void {
  element('lobby').inert = element('controls').inert = due > 0;
}
