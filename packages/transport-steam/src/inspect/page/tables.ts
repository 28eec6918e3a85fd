import type { LoggedEvent } from '../../connection/EventLog.ts';
import type { InspectedPeer } from '../../connection/inspection.ts';
import { bytes, milliseconds, share, timeOfDay } from './format.ts';
import { peersByKey, type Sample, type SeenInspection } from './History.ts';
import type { Palette } from './Palette.ts';
import type { Cell, Row } from './Table.ts';

export const peerColumns = ['peer', 'session', 'round trip', 'jitter', 'loss', 'sent', 'received', 'waiting', 'lost here'];
export const connectionColumns = ['peer', 'opened by', 'to', 'state'];
export const roomColumns = ['room', 'id', 'players', ''];
export const lobbyColumns = ['lobby', ''];
export const eventColumns = ['time', 'event', 'peer', 'code', 'why'];

/** Sessions, and what goes through them. `chosen`: the key of the peer whose traffic is charted. */
export function peerRows(
  last: Sample | undefined,
  palette: Palette,
  chosen: string | undefined,
  choose: (key: string) => void,
): Map<string, Row> {
  const rows = [...(last?.peers ?? [])].map(([key, { peer, rates }]): [string, Row] => [
    key,
    {
      colour: palette.of(key),
      ...(key === chosen && { class: 'is-chosen' }),
      onChoose: () => choose(key),
      cells: [
        { text: nameOf(peer), title: peer.peer, class: 'name' },
        peer.state,
        milliseconds(peer.rttMs),
        peer.rttMs < 0 ? milliseconds(-1) : milliseconds(peer.jitterMs),
        share(peer.loss),
        { text: `${bytes(rates.sent.bytes)}/s`, title: `${Math.round(rates.sent.packets)} packets a second` },
        { text: `${bytes(rates.received.bytes)}/s`, title: `${Math.round(rates.received.packets)} packets a second` },
        waiting(peer),
        lostHere(peer),
      ],
    },
  ]);
  return new Map(rows);
}

function waiting({ queuedBytes, queuedUnreliable, heldBytes }: InspectedPeer): Cell {
  return {
    text: bytes(queuedBytes),
    title: `${queuedBytes} reliable bytes and ${queuedUnreliable} unreliable packets that Steam has not taken; ${heldBytes} bytes of messages that are not whole`,
  };
}

function lostHere({ dropped, replaced, retries, rejected }: InspectedPeer): Cell {
  return {
    text: String(dropped + rejected),
    title: `${dropped} dropped (queue full, or too late), ${rejected} rejected (stale, malformed); ${replaced} replaced by newer ones; ${retries} sends that Steam refused and that were tried again`,
  };
}

export function connectionRows({ peers, rooms = [] }: SeenInspection): Map<string, Row> {
  const rows = [...peersByKey(peers)].flatMap(([key, peer]) =>
    peer.connections.map(({ openedBy, path, state }, at): [string, Row] => {
      const room = rooms.find(({ roomId }) => path.endsWith(`/${roomId}`));
      const to = room === undefined ? path : `${room.name} ${path}`;
      return [
        `${key} ${at}`,
        { cells: [{ text: nameOf(peer), title: peer.peer, class: 'name' }, openedBy, { text: to, class: 'path' }, state] },
      ];
    }),
  );
  return new Map(rows);
}

export function roomRows({ rooms = [] }: SeenInspection): Map<string, Row> {
  const rows = rooms.map(({ roomId, name, clients, maxClients, isLocked, isHidden }): [string, Row] => {
    const marks = [isLocked && 'locked', isHidden && 'hidden'].filter((mark) => mark !== false);
    return [
      roomId,
      { cells: [name, roomId, maxClients === undefined ? `${clients}` : `${clients} of ${maxClients}`, marks.join(', ')] },
    ];
  });
  return new Map(rows);
}

export function lobbyRows({ lobby, peers, steamId, personaName }: SeenInspection): Map<string, Row> {
  if (lobby === undefined) return new Map();
  const names = new Map(peers.map((peer) => [peer.peer, nameOf(peer)]));
  names.set(steamId, personaName || steamId);
  const facts: [string, string][] = [
    ['state', lobby.state],
    ['id', lobby.id ?? 'not made yet'],
    ['owner', lobby.owner === undefined ? '' : (names.get(lobby.owner) ?? lobby.owner)],
    ['members', lobby.members.map((member) => names.get(member) ?? member).join(', ')],
    ...Object.entries(lobby.data).toSorted(),
  ];
  return new Map(facts.map(([name, value], at) => [`${at} ${name}`, { cells: [name, { text: value, class: 'path' }] }]));
}

/** Newest first. `at`: of the snapshot, in milliseconds since 1970. */
export function eventRows({ now, peers }: SeenInspection, events: readonly LoggedEvent[], at: number): Map<string, Row> {
  const names = new Map(peers.map((peer) => [peer.peer, nameOf(peer)]));
  const rows = events.toReversed().map((event): [string, Row] => {
    const { peer = '', code = '', reason = '', path = '', lobby = '' } = event;
    const why = [path, lobby, reason].filter((part) => part !== '').join(' · ');
    const cells = [
      timeOfDay(at - (now - event.at)),
      { text: event.what, class: 'what' },
      { text: names.get(peer) ?? peer, title: peer, class: 'name' },
      String(code),
      { text: why, class: 'path' },
    ];
    return [`${event.id} ${event.at}`, { class: isBad(event) ? 'is-bad' : '', cells }];
  });
  return new Map(rows);
}

/** What is not as somebody meant it to be. */
function isBad({ what, code }: LoggedEvent): boolean {
  if (what === 'connection-closed') return code === 1006 || code === 1008 || code === 1013;
  if (what === 'session-closed') return code !== 'closed';
  return ['request-refused', 'peer-flooded', 'steam-lost', 'lobby-lost'].includes(what);
}

function nameOf({ isSelf, peer, personaName }: InspectedPeer): string {
  const name = personaName === '' ? peer : personaName;
  return isSelf ? `${name} (ourselves)` : name;
}
