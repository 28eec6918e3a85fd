import { type Client, Room } from '@colyseus/core';
import { access, SteamTransport, type SteamTransportOptions, steamIdOf } from 'colyseus-transport-steam';

declare const driver: SteamTransportOptions['driver'];
declare const savedBans: Map<bigint, string>;
declare function save(bans: ReadonlyMap<bigint, string>): void;

const members = access.lobby({ graceMs: 5_000 });
let isClosedForToday = false;

const transport = new SteamTransport({
  driver,
  lobby: { game: 'my-studio.my-game', room: 'arena' },
  bans: savedBans,
  onSessionRequest: (steamId, context) => {
    if (isClosedForToday) return 'the arena opens again tomorrow'; // a reason: he is told
    return members(steamId, context); // true, a reason, false (silence), or a promise of one
  },
});

export class Arena extends Room {
  override messages = {
    close: (sender: Client) => {
      if (isHost(sender)) isClosedForToday = true; // who is here stays
    },
    kick: (sender: Client, sessionId: string) => {
      const client = this.clients.get(sessionId);
      if (isHost(sender) && client !== undefined) transport.kick(client, 'no shouting');
    },
    ban: (sender: Client, sessionId: string) => {
      const client = this.clients.get(sessionId);
      if (!isHost(sender) || client === undefined) return;
      transport.ban(client, 'cheating');
      save(transport.bans); // SteamIDs and reasons: for option bans, the next time
    },
  };
}

function isHost(client: Client): boolean {
  return steamIdOf(client) === transport.endpoint.steamId;
}
