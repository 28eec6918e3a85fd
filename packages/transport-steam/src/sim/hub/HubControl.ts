import { type LinkConditions, resolveConditions } from '../conditions.ts';
import { resolveOptions } from '../options.ts';
import type { UserRef } from '../userRef.ts';
import { type HubAddress, hubPath } from './address.ts';
import type { HubStatus } from './commands.ts';
import type { HubSteamOptions } from './dial.ts';
import { FrameType, Role, textFrame } from './frames.ts';
import { HubLobbyControl, idText } from './HubLobbyControl.ts';
import { type Login, logIn } from './login.ts';

interface Pending {
  resolve(result: unknown): void;
  reject(error: Error): void;
}

/**
 * Opens a control of the hub, starting it when it does not run; `steam` is as in `connectToHub`. It keeps its process, and the hub,
 * alive until it is closed.
 */
export async function connectHubControl(options: HubAddress & { steam?: HubSteamOptions } = {}): Promise<HubControl> {
  const steam = options.steam ?? {};
  resolveOptions(steam);
  return new HubControl(await logIn({ path: hubPath(options), steam, role: Role.Control, steamId: 0n, personaName: '' }));
}

/** The network and the faults of the hub's Steam, from any process. Each call is done when its promise is; see `SimulatedSteam`. */
export class HubControl {
  /** What people and Steam do to lobbies. */
  readonly lobbies = new HubLobbyControl((method, ...args) => this.#call(method, ...args));
  readonly #socket: Login['line']['socket'];
  readonly #pending = new Map<number, Pending>();
  #nextId = 1;

  constructor({ line }: Login) {
    const { socket, reader } = line;
    this.#socket = socket;
    line.onRead = () => {
      for (let frame = reader.next(); frame !== undefined; frame = reader.next()) {
        if (frame.type === FrameType.Reply) this.#onReply(frame.body.toString());
      }
    };
    socket.on('close', () => {
      for (const { reject } of this.#pending.values()) reject(new Error('the hub is gone, or this control was closed'));
      this.#pending.clear();
    });
    socket.resume();
  }

  async status(): Promise<HubStatus> {
    const { pid, users } = (await this.#call('status')) as { pid: number; users: string[] };
    return { pid, users: users.map(BigInt) };
  }

  async setConditions(conditions: LinkConditions): Promise<void>;
  async setConditions(from: UserRef, to: UserRef, conditions: LinkConditions): Promise<void>;
  async setConditions(first: LinkConditions | UserRef, to?: UserRef, own?: LinkConditions): Promise<void> {
    if (to !== undefined && own !== undefined) {
      await this.#call('setLinkConditions', idText(first as UserRef), idText(to), resolveConditions(own));
    } else {
      await this.#call('setConditions', resolveConditions(first as LinkConditions));
    }
  }

  async unplug(user: UserRef): Promise<void> {
    await this.#call('unplug', idText(user));
  }

  async plug(user: UserRef): Promise<void> {
    await this.#call('plug', idText(user));
  }

  async setFirewalled(user: UserRef, on: boolean): Promise<void> {
    await this.#call('setFirewalled', idText(user), on);
  }

  async blockDirection(from: UserRef, to: UserRef, on = true): Promise<void> {
    await this.#call('blockDirection', idText(from), idText(to), on);
  }

  async stallReliable(from: UserRef, to: UserRef, on = true): Promise<void> {
    await this.#call('stallReliable', idText(from), idText(to), on);
  }

  async trueButLost(from: UserRef, to: UserRef, count: number): Promise<void> {
    await this.#call('trueButLost', idText(from), idText(to), count);
  }

  async loseSteam(user: UserRef, reason?: string): Promise<void> {
    await this.#call('loseSteam', idText(user), reason);
  }

  async restoreSteam(user: UserRef): Promise<void> {
    await this.#call('restoreSteam', idText(user));
  }

  /** MAY be called twice. */
  close(): void {
    this.#socket.destroy();
  }

  #call(method: string, ...args: unknown[]): Promise<unknown> {
    return new Promise((resolve, reject) => {
      if (this.#socket.destroyed) {
        reject(new Error(`${method}: the hub is gone, or this control was closed`));
        return;
      }
      const call = this.#nextId++;
      this.#pending.set(call, { resolve, reject });
      this.#socket.write(textFrame(FrameType.Command, JSON.stringify({ id: call, method, args })));
    });
  }

  #onReply(text: string): void {
    const reply = JSON.parse(text) as { id: number; result?: unknown; error?: string };
    const pending = this.#pending.get(reply.id);
    this.#pending.delete(reply.id);
    if (reply.error === undefined) pending?.resolve(reply.result);
    else pending?.reject(new Error(reply.error));
  }
}
