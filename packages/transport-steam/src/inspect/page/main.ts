import type { LoggedEvent } from '../../connection/EventLog.ts';
import type { ActionRef, Answer, Snapshot, SourceSnapshot } from '../messages.ts';
import { byId, setText } from './dom.ts';
import { History, type SeenInspection } from './History.ts';
import { LineCharts } from './LineCharts.ts';
import { NetworkPanel } from './NetworkPanel.ts';
import { Palette } from './Palette.ts';
import { Buttons, SourceCards } from './SourceCards.ts';
import { Table } from './Table.ts';
import { TrafficCharts } from './TrafficCharts.ts';
import {
  connectionColumns,
  connectionRows,
  eventColumns,
  eventRows,
  lobbyColumns,
  lobbyRows,
  peerColumns,
  peerRows,
  roomColumns,
  roomRows,
} from './tables.ts';

const histories = new Map<string, History>();
const events = new Map<string, readonly LoggedEvent[]>();
/** What each source said last, and when: what it was before it failed is worth a look. */
const seen = new Map<string, { readonly inspection: SeenInspection; readonly at: number }>();
const palette = new Palette();
let latest: Snapshot | undefined;
let chosenPeer: string | undefined;

const cards = new SourceCards(byId('sources'), chooseSource, run);
const buttons = new Buttons(byId('actions'), run);
const network = new NetworkPanel(byId('network'), async (setting) => void (await post('network', setting)));
const lines = new LineCharts(byId('charts'), palette);
const traffic = new TrafficCharts(byId('charts'));
const peers = new Table(byId('peers'), peerColumns, 'nobody');
const connections = new Table(byId('connections'), connectionColumns, 'none');
const rooms = new Table(byId('rooms'), roomColumns, 'no room of this process');
const lobby = new Table(byId('lobby'), lobbyColumns, 'in no lobby');
const log = new Table(byId('events'), eventColumns, 'nothing yet');

addEventListener('hashchange', () => draw());
addEventListener('resize', () => draw());

// A page that frames this one may make the frame as high as what is in it.
new ResizeObserver(() => parent.postMessage({ height: document.body.offsetHeight }, '*')).observe(document.body);

const stream = new EventSource('stream');
stream.onopen = () => showLink('live');
stream.onerror = () => showLink('lost');
stream.onmessage = ({ data }) => {
  latest = JSON.parse(data) as Snapshot;
  for (const source of latest.sources) remember(source, latest.at);
  draw();
};

function remember(source: SourceSnapshot, at: number): void {
  if ('error' in source) return;
  const { name, inspection } = source;
  const history = histories.get(name) ?? new History();
  histories.set(name, history);
  history.add(inspection, at);
  seen.set(name, { inspection, at });
  if (inspection.events !== undefined) events.set(name, inspection.events);
}

function draw(): void {
  if (latest === undefined) return;
  const { title, sources, actions } = latest;
  document.title = title;
  setText(byId('title'), title);
  const source = sources.find(({ name }) => name === nameInHash()) ?? sources[0];
  cards.show(sources, source?.name, actions);
  const isShown = new Set(sources.map(({ name }) => name));
  buttons.show(actions.filter(({ source: about }) => about === null || !isShown.has(about)));
  network.show(latest.network);
  const ofSource = source !== undefined && 'error' in source ? `${source.name}: ${source.error}` : null;
  const fault = [latest.fault, ofSource].filter((part) => part !== null).join(' · ');
  byId('fault').hidden = fault === '';
  setText(byId('fault'), fault);
  const last = source && seen.get(source.name);
  if (last === undefined) clear();
  else drawSource(source?.name ?? '', last.inspection, last.at);
}

/** Nothing is known of the one that is chosen. */
function clear(): void {
  for (const table of [peers, connections, rooms, lobby, log]) table.show(new Map());
  setText(byId('counters'), '');
  const none = new History();
  lines.show(none);
  traffic.show(none, undefined);
}

function drawSource(name: string, inspection: SeenInspection, at: number): void {
  const history = histories.get(name) ?? new History();
  const { last } = history;
  const peer = chosenPeer !== undefined && last?.peers.has(chosenPeer) ? chosenPeer : undefined;
  peers.show(peerRows(last, palette, peer, choosePeer));
  connections.show(connectionRows(inspection));
  rooms.show(roomRows(inspection));
  lobby.show(lobbyRows(inspection));
  log.show(eventRows(inspection, events.get(name) ?? [], at));
  setText(byId('counters'), countersOf(inspection));
  lines.show(history);
  traffic.show(history, peer);
}

function countersOf({ strangers, faults, bans, foreignPackets }: SeenInspection): string {
  const { waiting, asking, ignored, banned } = strangers;
  const { floods, breaches, unheard } = faults;
  return [
    `Strangers: ${waiting} waiting, ${asking} asked about, ${ignored} times ignored, ${banned} times banned.`,
    `Banned users: ${bans}. Foreign packets: ${foreignPackets}.`,
    `Sent away for flooding: ${floods} times, and ${unheard} packets unheard. Broken sessions: ${breaches}.`,
  ].join(' ');
}

function nameInHash(): string {
  try {
    return decodeURIComponent(location.hash.slice(1));
  } catch {
    return '';
  }
}

function chooseSource(name: string): void {
  chosenPeer = undefined;
  history.replaceState(null, '', `#${encodeURIComponent(name)}`);
  draw();
}

/** Chosen again: all of them. */
function choosePeer(key: string): void {
  chosenPeer = chosenPeer === key ? undefined : key;
  draw();
}

async function run(action: ActionRef): Promise<void> {
  const { text, error } = await post('action', action);
  const who = action.source === null ? '' : `${action.source}: `;
  showAnswer(`${who}${action.name}: ${error ?? text ?? 'done'}`, error !== undefined);
}

async function post(what: 'action' | 'network', content: object): Promise<Answer> {
  try {
    const headers = { 'content-type': 'application/json' };
    const response = await fetch(what, { method: 'POST', headers, body: JSON.stringify(content) });
    const answer = (await response.json()) as Answer;
    if (answer.error !== undefined && what === 'network') showAnswer(`network: ${answer.error}`, true);
    return answer;
  } catch {
    showLink('lost');
    return { error: 'nobody answers: the process that serves this page is gone' };
  }
}

function showAnswer(text: string, isError: boolean): void {
  const output = byId('answer');
  output.className = isError ? 'fault' : '';
  setText(output, text);
}

function showLink(state: 'live' | 'lost'): void {
  byId('link').className = `badge is-${state}`;
  setText(byId('link'), state);
}
