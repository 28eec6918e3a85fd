import type { LobbyType } from '../../driver/LobbyDriver.ts';
import type { LobbyInspection } from '../LobbyControls.ts';
import type { UserRef } from '../userRef.ts';

/**
 * What people and Steam do to the lobbies of the hub's Steam, from any process: `HubControl.lobbies`. See `LobbyControls` for
 * each.
 */
export class HubLobbyControl {
  readonly #call: (method: string, ...args: unknown[]) => Promise<unknown>;

  constructor(call: (method: string, ...args: unknown[]) => Promise<unknown>) {
    this.#call = call;
  }

  async ids(): Promise<bigint[]> {
    return ((await this.#call('lobbyIds')) as string[]).map(BigInt);
  }

  async inviteDialogs(): Promise<{ user: bigint; lobby: bigint }[]> {
    const dialogs = (await this.#call('inviteDialogs')) as { user: string; lobby: string }[];
    return dialogs.map(({ user, lobby }) => ({ user: BigInt(user), lobby: BigInt(lobby) }));
  }

  async inspect(lobby: bigint): Promise<LobbyInspection | undefined> {
    const found = (await this.#call('inspectLobby', String(lobby))) as LobbyInText | null;
    if (found === null) return undefined;
    return { ...found, id: BigInt(found.id), owner: BigInt(found.owner), members: found.members.map(BigInt) };
  }

  async befriend(a: UserRef, b: UserRef): Promise<void> {
    await this.#call('befriend', idText(a), idText(b));
  }

  async invite(from: UserRef, to: UserRef, lobby: bigint): Promise<void> {
    await this.#call('invite', idText(from), idText(to), String(lobby));
  }

  /** The arguments that the game is started with, when no process of the user is logged in to the hub. */
  async requestJoin(user: UserRef, lobby: bigint, friend?: UserRef): Promise<readonly string[] | undefined> {
    const args = await this.#call('requestJoin', idText(user), String(lobby), friend === undefined ? null : idText(friend));
    return (args as string[] | null) ?? undefined;
  }

  async drop(user: UserRef): Promise<void> {
    await this.#call('dropFromLobbies', idText(user));
  }

  async addForeign(count: number, data?: Readonly<Record<string, string>>): Promise<bigint[]> {
    return ((await this.#call('addForeignLobbies', count, data ?? null)) as string[]).map(BigInt);
  }

  async losePromises(user: UserRef, count: number): Promise<void> {
    await this.#call('losePromises', idText(user), count);
  }

  async richPresenceOf(user: UserRef): Promise<Record<string, string>> {
    return (await this.#call('richPresenceOf', idText(user))) as Record<string, string>;
  }

  async clear(): Promise<void> {
    await this.#call('clearLobbies');
  }
}

/** A {@link LobbyInspection} as JSON has it. */
interface LobbyInText {
  readonly id: string;
  readonly type: LobbyType;
  readonly owner: string;
  readonly members: readonly string[];
  readonly memberLimit: number;
  readonly joinable: boolean;
  readonly data: Readonly<Record<string, string>>;
}

/** A user for a command. */
export function idText(user: UserRef): string {
  return String(typeof user === 'object' ? user.steamId : user);
}
