import { type Client, Room, ServerError } from '@colyseus/core';
import { type SchemaType, schema, t } from '@colyseus/schema';

const Player = schema(
  { name: t.string(), x: t.int16().default(0), y: t.int16().default(0), coins: t.uint16().default(0) },
  'Player',
);
const Coin = schema({ x: t.int16(), y: t.int16() }, 'Coin');
export const Arena = schema({ players: t.map(Player), coins: t.array(Coin) }, 'Arena');

/** Walk to the coins. */
export class ArenaRoom extends Room<{ state: SchemaType<typeof Arena> }> {
  override maxClients = 2;
  override state = new Arena();

  override messages = {
    walk: (client: Client, { dx, dy }: { dx: number; dy: number }) => {
      const player = this.state.players.get(client.sessionId);
      if (player === undefined) return;
      player.x += Math.sign(dx);
      player.y += Math.sign(dy);
      const coin = this.state.coins.findIndex(({ x, y }) => x === player.x && y === player.y);
      if (coin < 0) return;
      this.state.coins.splice(coin, 1);
      player.coins++;
      this.broadcast('found', { who: player.name, left: this.state.coins.length });
    },
    say: (client: Client, text: string) => this.broadcast('said', text, { except: client }),
    rank: (client: Client) => {
      const coins = [...this.state.players.values()].map((player) => player.coins).sort((a, b) => b - a);
      return 1 + coins.indexOf(this.state.players.get(client.sessionId)?.coins ?? 0);
    },
  };

  static override async onAuth(token: string): Promise<{ isAdmin: boolean }> {
    if (token === 'of yesterday') throw new ServerError(401, 'log in again');
    return { isAdmin: token === 'of the admin' };
  }

  override onCreate({ coins = [[1, 0]] }: { coins?: [number, number][] } = {}): void {
    for (const [x, y] of coins) this.state.coins.push(new Coin().assign({ x, y }));
  }

  override onJoin(client: Client<{ auth: { isAdmin: boolean } }>, { name = 'somebody' }: { name?: string } = {}): void {
    const title = client.auth?.isAdmin ? ' (admin)' : '';
    this.state.players.set(client.sessionId, new Player().assign({ name: name + title }));
  }

  override async onDrop(client: Client): Promise<void> {
    await this.allowReconnection(client, 10);
  }

  override onLeave(client: Client): void {
    this.state.players.delete(client.sessionId);
  }
}
