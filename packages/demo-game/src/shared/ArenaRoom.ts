import { type AuthContext, type Client, ClientState, Room } from '@colyseus/core';
import { StateView } from '@colyseus/schema';
import { Allowance } from './Allowance.ts';
import { ChatLimit, chatText, playerName } from './chat.ts';
import type { Messages } from './messages.ts';
import { FULL_TILT, STEP_RATE, type Steering } from './move.ts';
import { enter, furnish, rules, step } from './rules.ts';
import { Arena, type Player, SteeringInput } from './state.ts';

/** How long the seat of a player who was lost stays his. Unit: seconds. */
const COME_BACK_WITHIN = 30;
/** Of who broke the rules of the transport, such as by a flood: he has no seat to come back to. */
const SENT_AWAY = 1008;
/** After a pause of the process the arena's time goes on from the room's. Unit: ms. */
const TIME_MAY_DIFFER = 100;

type Guest = Client<{ auth: { steamId: string }; messages: Messages }>;

interface Seat {
  readonly name: string;
  readonly allowance: Allowance;
  readonly chat: ChatLimit;
}

/** The game on the host. It knows nothing of its transport. A spectator takes one of the places, too. */
export class ArenaRoom extends Room<{ state: Arena; client: Guest; input: SteeringInput }> {
  override maxClients = rules.players;
  override state = new Arena();
  override inputs = this.defineInput(SteeringInput, { sanitize: { dx: [-FULL_TILT, FULL_TILT], dy: [-FULL_TILT, FULL_TILT] } });
  readonly #seats = new Map<string, Seat>();

  override messages = {
    say: (client: Guest, said: Messages['say']) => {
      const seat = this.#seats.get(client.sessionId);
      const text = chatText(said?.text);
      if (text !== '' && seat?.chat.allows(this.clock.elapsedTime)) {
        this.broadcast('chat', { by: client.sessionId, from: seat.name, text });
      }
    },
  };

  /** Over Steam the header is Steam's word, not the player's; elsewhere nobody has a SteamID. */
  static override async onAuth(_token: string, _options: unknown, { headers }: AuthContext): Promise<{ steamId: string }> {
    return { steamId: headers.get('x-steam-id') ?? '' };
  }

  override onCreate(): void {
    furnish(this.state);
    this.setFixedTimestep(({ dt }) => this.#step(dt), STEP_RATE);
  }

  override onJoin(client: Guest, options: { name?: unknown; spectator?: unknown } = {}): void {
    const seat = { name: playerName(options.name), allowance: new Allowance(), chat: new ChatLimit() };
    this.#seats.set(client.sessionId, seat);
    giveLane(client);
    if (options.spectator === true) {
      this.state.spectators.set(client.sessionId, seat.name);
      return;
    }
    const player = enter(this.state, client.sessionId, { name: seat.name, steamId: client.auth?.steamId ?? '' });
    client.view = new StateView();
    client.view.add(player);
  }

  override async onDrop(client: Guest, code?: number): Promise<void> {
    if (code === SENT_AWAY) return;
    this.#setConnected(client, false);
    await this.allowReconnection(client, COME_BACK_WITHIN);
  }

  override onReconnect(client: Guest): void {
    giveLane(client);
    this.#setConnected(client, true);
  }

  override onLeave(client: Guest): void {
    this.#seats.delete(client.sessionId);
    this.state.spectators.delete(client.sessionId);
    this.state.players.delete(client.sessionId);
  }

  #step(dt: number): void {
    const { state, clock, clients } = this;
    // Time stands while nobody looks. Core warns of a lane that is missing when state changes before the first player is in.
    if (!clients.some((client) => client.state === ClientState.JOINED)) return;
    if (Math.abs(clock.elapsedTime - state.time) > TIME_MAY_DIFFER) state.time = clock.elapsedTime;
    for (const hit of step(state, (id) => this.#steeringsOf(id), dt)) this.broadcast('hit', hit);
  }

  #steeringsOf(id: string): readonly Steering[] {
    const inputs = this.inputs.get(id);
    const { aim, body } = this.state.players.get(id) as Player;
    // What he holds he does not let go.
    const idle = () => ({ dx: 0, dy: 0, aim, hold: body.charge > 0 });
    return this.#seats.get(id)?.allowance.spend((most) => inputs.take(most), idle) ?? [];
  }

  #setConnected(client: Guest, connected: boolean): void {
    const player = this.state.players.get(client.sessionId);
    if (player !== undefined) player.connected = connected;
  }
}

/** Core leaves out whom no unreliable lane leads to, as over a WebSocket: he gets it reliably. */
function giveLane(client: Guest): void {
  client.rawUnreliable ??= (data) => client.raw(Uint8Array.from(data));
}
