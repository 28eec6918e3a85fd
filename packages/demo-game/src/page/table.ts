// The machines beside each other, what Steam shows over the game on each, and the network view below.
import './table.css';
import type { MachineState, TableState } from '../browser/words.ts';
import { call } from './call.ts';
import { element } from './element.ts';

/** A machine on the table, and how it is shown from now on. */
type Show = (state: MachineState) => void;

const shown = new Map<string, Show>();
const socketUrl = new URL('socket', location.href);
socketUrl.protocol = 'ws:';
const socket = new WebSocket(socketUrl);
socket.onmessage = ({ data }) => showTable(JSON.parse(data) as TableState);
socket.onclose = () => document.body.replaceChildren('The demo has ended.');

function showTable({ machines, network }: TableState): void {
  for (const machine of machines) {
    let show = shown.get(machine.name);
    if (show === undefined) {
      show = addMachine(machine.name, shown.size === 0);
      shown.set(machine.name, show);
    }
    show(machine);
  }
  const view = element('network', HTMLIFrameElement);
  view.hidden = network === undefined;
  if (network !== undefined && view.src !== network) view.src = network;
}

// The network view is as high as what is in it: the page scrolls, and nothing in it.
addEventListener('message', ({ source, data }: MessageEvent<{ height: number }>) => {
  const view = element('network', HTMLIFrameElement);
  if (source === view.contentWindow) view.style.height = `${data.height}px`;
});

/** `isFirst`: its player has the keys. */
function addMachine(name: string, isFirst: boolean): Show {
  const { content } = element('machine', HTMLTemplateElement);
  const machine = (content.cloneNode(true) as DocumentFragment).firstElementChild as HTMLElement;
  element('machines').append(machine);
  const part = (selector: string) => machine.querySelector(selector) as HTMLElement;
  const frame = document.createElement('iframe');
  frame.title = name;
  frame.allow = 'gamepad';
  if (isFirst) frame.onload = () => frame.focus();

  part('.name').textContent = name;
  for (const [selector, act] of [
    ['.start', 'start'],
    ['.join', 'join'],
    ['.accept', 'accept'],
    ['.invite-dialog .dismiss', 'dismiss'],
    ['.invited .dismiss', 'dismiss'],
  ] as const) {
    part(selector).onclick = () => press(act, name);
  }
  // As everywhere: the window goes first, and says goodbye; then the process.
  part('.quit').onclick = () => {
    frame.remove();
    press('quit', name);
  };
  function press(act: string, argument: unknown): void {
    part('.failure').textContent = '';
    call(act, argument).catch((error: Error) => {
      part('.failure').textContent = error.message;
    });
  }

  return ({ steamId, pid, url, problem, friends, invitedBy, host }) => {
    const user = steamId === undefined ? '' : `Steam user ${steamId}, `;
    part('.who').textContent = pid === undefined ? 'the game does not run' : `${user}process ${pid}`;
    part('.quit').hidden = pid === undefined;
    part('.off').hidden = pid !== undefined;
    part('.problem').textContent = problem ?? '';
    part('.join').hidden = host === undefined;
    part('.join').textContent = `Join ${host}’s game`;
    part('.invite-dialog').hidden = friends === undefined;
    part('.friends').replaceChildren(...(friends ?? []).map((friend) => button(friend, () => press('invite', [name, friend]))));
    part('.invited').hidden = invitedBy === undefined;
    part('.invite').textContent = `${invitedBy} invites you to play`;
    if (url === undefined) frame.remove();
    else if (frame.src !== url) part('.screen').prepend(Object.assign(frame, { src: url }));
  };
}

function button(text: string, act: () => void): HTMLButtonElement {
  const made = document.createElement('button');
  made.type = 'button';
  made.textContent = text;
  made.onclick = act;
  return made;
}
