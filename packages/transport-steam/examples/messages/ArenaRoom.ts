import { type Client, Room } from '@colyseus/core';
import type { Messages } from './messages.ts';

type Player = Client<{ messages: Messages }>; // what he can be sent

export class ArenaRoom extends Room<{ client: Player }> {
  readonly #players: Messages['places']['players'] = {};

  // what he can send
  override messages = {
    move: (player: Player, place: Messages['move']) => {
      this.#players[player.sessionId] = place;
    },
    ready: (player: Player) => player.send('score', { rows: [{ name: player.sessionId, points: 0 }] }), // to one
    shoot: (player: Player, shot: Messages['shoot']) => this.broadcast('shoot', shot, { except: player }), // to all but one
    chat: (_player: Player, { text, to }: Messages['chat']) => {
      if (to === undefined)
        this.broadcast('chat', { text }); // to all
      else this.clients.get(to)?.send('chat', { text, to });
    },
  };

  override onCreate(): void {
    this.clock.setInterval(() => this.broadcast('places', { players: this.#players }), 50);
  }

  override onLeave(player: Player): void {
    delete this.#players[player.sessionId];
  }
}
