import { type AuthContext, type Client, Room } from '@colyseus/core';
import type { Messages } from './messages.ts';
import { arena, STEP_RATE, starPlace, startPlace, step } from './rules.ts';
import { Arena, Player, Star, Steering } from './state.ts';

const MAX_NAME = 16;

/** How long the seat of a player who was lost stays his. Unit: seconds. */
const COME_BACK_WITHIN = 30;

type Guest = Client<{ auth: { steamId: string }; messages: Messages }>;

/** The game on the host. It knows nothing of its transport. */
export class ArenaRoom extends Room<{ state: Arena; client: Guest; input: Steering }> {
  override maxClients = 8;
  override state = new Arena();
  override inputs = this.defineInput(Steering, { sanitize: { dx: [-1, 1], dy: [-1, 1] } });

  override messages = {
    say: (client: Guest, { text }: Messages['say']) => this.broadcast('chat', { from: this.#playerOf(client).name, text }),
  };

  /** Over Steam the header is Steam's word, not the player's; elsewhere nobody has a SteamID. */
  static override async onAuth(_token: string, _options: unknown, { headers }: AuthContext): Promise<{ steamId: string }> {
    return { steamId: headers.get('x-steam-id') ?? '' };
  }

  override onCreate(): void {
    for (let n = 0; n < arena.stars; n++) this.state.stars.push(new Star(starPlace(n)));
    this.setFixedTimestep(({ dt }) => step(this.state, (id) => this.inputs.get(id), dt), STEP_RATE);
  }

  override onJoin(client: Guest, options: { name?: unknown } = {}): void {
    const name = String(options.name ?? 'nobody').slice(0, MAX_NAME);
    const steamId = client.auth?.steamId ?? '';
    this.state.players.set(client.sessionId, new Player({ name, steamId, ...startPlace(this.state.players.size) }));
  }

  override async onDrop(client: Guest): Promise<void> {
    this.#playerOf(client).connected = false;
    await this.allowReconnection(client, COME_BACK_WITHIN);
  }

  override onReconnect(client: Guest): void {
    this.#playerOf(client).connected = true;
  }

  override onLeave(client: Guest): void {
    this.state.players.delete(client.sessionId);
  }

  #playerOf(client: Guest): Player {
    return this.state.players.get(client.sessionId) as Player;
  }
}
