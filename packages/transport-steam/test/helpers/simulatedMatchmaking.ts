import type { DriverLobby, LobbyType } from '../../src/driver/LobbyDriver.ts';
import type { SimulatedDriver } from '../../src/sim.ts';
import { SteamCallback, type SteamworksLobbyHandle, type SteamworksMatchmaking } from '../../src/steamworks.ts';

/** What the binding reads into, with a NUL behind it (`k_nMaxLobbyKeyLength`, `k_cubChatMetadataMax`). Unit: bytes. */
const KEY_BUFFER_BYTES = 255;
const VALUE_BUFFER_BYTES = 8_192;

/** `matchmaking` of steamworks.js on a simulated Steam, with the traps of the binding; what would abort the process throws. */
export function simulatedMatchmaking(
  driver: SimulatedDriver,
  call: (type: SteamCallback, event: unknown) => void,
): SteamworksMatchmaking {
  const { lobbies } = driver;
  const known = new Map<bigint, DriverLobby>();
  const handleOf = (lobby: DriverLobby): SteamworksLobbyHandle => {
    known.set(lobby.id, lobby);
    return new Lobby(lobby, driver.steamId);
  };
  const told = new Map<bigint, string>();
  lobbies.subscribe({
    // Of data only: who is in it, LobbyChatUpdate tells.
    onLobbyChanged: (lobby) => {
      const data = JSON.stringify(known.get(lobby)?.data());
      if (told.get(lobby) === data) return;
      told.set(lobby, data);
      call(SteamCallback.LobbyDataUpdate, { lobby: numberIfSafe(lobby), member: numberIfSafe(lobby), success: true });
    },
    onJoinRequested: (lobby, friend = 0n) =>
      call(SteamCallback.GameLobbyJoinRequested, {
        lobby_steam_id: numberIfSafe(lobby),
        friend_steam_id: numberIfSafe(friend),
      }),
  });
  return {
    createLobby: (type, maxMembers) => lobbies.create(type as LobbyType, maxMembers).then(handleOf, fail('failed')),
    joinLobby: (id) => lobbies.join(id).then(handleOf, fail('Failed to join lobby')),
    getLobbies: () => lobbies.list().then((found) => found.map(handleOf), fail('an IO error')),
  };
}

/** The binding aborts the process for a NUL character. */
export function orAbort(text: string): string {
  if (text.includes('\0')) throw new Error('the process is aborted');
  return text;
}

class Lobby implements SteamworksLobbyHandle {
  readonly id: bigint;
  readonly #lobby: DriverLobby;
  readonly #self: bigint;

  constructor(lobby: DriverLobby, self: bigint) {
    this.id = lobby.id;
    this.#lobby = lobby;
    this.#self = self;
  }

  leave(): void {
    this.#lobby.leave();
  }

  openInviteDialog(): void {
    this.#lobby.openInviteDialog();
  }

  getMemberCount(): bigint {
    return BigInt(this.#lobby.memberCount);
  }

  getMemberLimit(): bigint | null {
    return this.#lobby.memberLimit === 0 ? null : BigInt(this.#lobby.memberLimit);
  }

  getMembers(): { steamId64: bigint }[] {
    const members = this.#lobby.members();
    return Array.from({ length: this.#lobby.memberCount }, (_, i) => ({ steamId64: members[i] ?? 0n }));
  }

  getOwner(): { steamId64: bigint } {
    return { steamId64: this.#lobby.owner() ?? 0n };
  }

  setJoinable(joinable: boolean): boolean {
    return this.#lobby.setJoinable(joinable);
  }

  /** True to any member: that it does nothing, Steam does not say. */
  setData(key: string, value: string): boolean {
    const isSet = this.#lobby.setData({ [orAbort(key)]: orAbort(value) });
    return isSet || this.#lobby.members().includes(this.#self);
  }

  getFullData(): Record<string, string> {
    const data: Record<string, string> = {};
    for (const [key, value] of Object.entries(this.#lobby.data())) {
      // An assignment: it does nothing to the key `__proto__`.
      data[cut(key, KEY_BUFFER_BYTES)] = cut(value, VALUE_BUFFER_BYTES);
    }
    return data;
  }
}

function cut(text: string, bufferBytes: number): string {
  return Buffer.from(text).toString('utf8', 0, bufferBytes - 1);
}

function fail(message: string): () => never {
  return () => {
    throw new Error(message);
  };
}

/** As the binding hands out ids in callbacks. */
function numberIfSafe(id: bigint): bigint | number {
  return id <= BigInt(Number.MAX_SAFE_INTEGER) ? Number(id) : id;
}
