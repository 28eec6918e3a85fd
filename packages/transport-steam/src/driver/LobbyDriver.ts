/**
 * What this library needs of Steam's lobbies. As thin as `SteamDriver`: it does not time out, retry, filter, compare or decide;
 * that is `lobby/`, once for every driver. `test/compliance/testLobbies.ts` holds every driver to this contract.
 *
 * Works from the moment that the driver is made to its process's end, whether it is started or not: a player looks for a lobby before
 * there is a session. Facts marked (Valve) are from `isteammatchmaking.h` and its documentation.
 */
export interface LobbyDriver {
  /**
   * Makes a lobby that the local user owns and is a member of. Rejects with a {@link LobbyError} when Steam does not.
   * The promise MAY never settle (steamworks.js loses some): callers have a time-out of their own.
   *
   * @throws RangeError at once, for a type that is none, or `maxMembers` that is not an integer from 1 to {@link LobbyLimits.members}
   */
  create(type: LobbyType, maxMembers: number): Promise<DriverLobby>;

  /**
   * Enters a lobby. When it resolves, its data and members can be read. Rejects with a {@link LobbyError} when Steam does not let
   * us in. MAY never settle.
   *
   * @throws RangeError at once, for an id that is not one of a lobby
   */
  join(lobby: bigint): Promise<DriverLobby>;

  /**
   * The lobbies of this app that Steam shows: public (or invisible) and joinable ones with room in them, at most {@link LobbyLimits.listed},
   * of which data, member count and limit can be read. Takes up to seconds (Valve: 300 ms to 5 s). MAY never settle.
   *
   * @param wanted data that a lobby must have. A driver whose binding has list filters applies it in Steam, others ignore it: callers filter again
   * @throws RangeError at once, for a key or a value in it that no lobby can have, see {@link DriverLobby.setData}
   */
  list(wanted?: Readonly<Record<string, string>>): Promise<DriverLobby[]>;

  /** Has `events` called, on a later turn of the event loop than what caused them and never from inside a call, until the returned function is. */
  subscribe(events: LobbyEvents): () => void;

  /**
   * The lobby of this app that a friend is in, where the binding can tell (steamworks.js 0.4.0 cannot: absent there). Undefined: he is in
   * none, or is no friend.
   */
  lobbyOfFriend?(friend: bigint): bigint | undefined;
}

/** A lobby that we are in, or that a list showed. Reads are of what the local Steam client knows: they cost a call, and never wait. */
export interface DriverLobby {
  readonly id: bigint;
  /** At most {@link LobbyLimits.members}; 0 once we are not in it, and it is not in our last list. */
  readonly memberCount: number;
  readonly memberLimit: number;
  /** Who is in it: only for members (Valve). Empty for everybody else, as for a member whom Steam dropped from it. */
  members(): bigint[];
  /** Who owns it: only for members. When he leaves, another one does (Valve), and no callback says so. */
  owner(): bigint | undefined;
  data(): Record<string, string>;
  /**
   * Sets keys, and deletes those whose value is empty. False when Steam refuses: we do not own it. What is set is seen here at once, by
   * the others when Steam has carried it.
   *
   * @throws RangeError, and nothing is set, for a key or a value over {@link LobbyLimits}, an empty key, or either with a NUL
   *   character: steamworks.js would abort the process
   */
  setData(changes: Readonly<Record<string, string>>): boolean;
  /** Whether others may enter. Owner only: false when Steam refuses. */
  setJoinable(joinable: boolean): boolean;
  /** Opens the overlay's dialog in which the player picks friends to invite. Does nothing where there is no overlay. */
  openInviteDialog(): void;
  /** We are out at once. MAY be called twice. Another member becomes owner. */
  leave(): void;
}

export interface LobbyEvents {
  /**
   * The player accepted an invite, or chose "Join game" in the overlay, while this process runs. `friend` is whose, where Steam says it.
   * A process that does not run yet is started with `+connect_lobby <id>` instead.
   */
  onJoinRequested?(lobby: bigint, friend: bigint | undefined): void;
  /**
   * Data of a lobby that we are in may have changed, or, where the binding can tell (steamworks.js cannot), its members or owner: a hint to
   * look, and not a reason to look no more.
   */
  onLobbyChanged?(lobby: bigint): void;
}

/** `ELobbyType` (Valve). */
export const LobbyType = {
  /** By invite only. Not secret: who has the id can join. */
  Private: 0,
  /** For friends and who is invited; in no list. */
  FriendsOnly: 1,
  /** For everybody, and in the list. */
  Public: 2,
  /** In the list, but friends do not see it. A user may be in two of them beside his one regular lobby. */
  Invisible: 3,
} as const;
export type LobbyType = (typeof LobbyType)[keyof typeof LobbyType];

/** Steam's own limits (Valve). */
export const LobbyLimits = {
  members: 250,
  /**
   * Length of a key. Unit: bytes of UTF-8, one less than `k_nMaxLobbyKeyLength`, as below: so long are the buffers into which steamworks.js
   * reads, with the NUL behind it. What is longer would come back cut.
   */
  keyBytes: 254,
  /** Length of a value. Unit: bytes of UTF-8, one less than `k_cubChatMetadataMax`. */
  valueBytes: 8_191,
  /** Lobbies in one list. */
  listed: 50,
} as const;

/** `EChatRoomEnterResponse` (Valve), as far as a join of a lobby can end so. */
export const LobbyEnterResponse = {
  Success: 1,
  DoesntExist: 2,
  NotAllowed: 3,
  Full: 4,
  Error: 5,
  Banned: 6,
  Limited: 7,
  CommunityBan: 9,
  MemberBlockedYou: 10,
  YouBlockedMember: 11,
  RatelimitExceeded: 15,
} as const;
export type LobbyEnterResponse = (typeof LobbyEnterResponse)[keyof typeof LobbyEnterResponse];

/** Steam did not make a lobby, or did not let us in. */
export class LobbyError extends Error {
  override readonly name = 'LobbyError';
  /** Why, where the binding tells (steamworks.js 0.4.0 does not). One of {@link LobbyEnterResponse}, or a number that only a later Steam knows. */
  readonly response: number | undefined;

  constructor(message: string, response?: number, options?: ErrorOptions) {
    super(message, options);
    this.response = response;
  }
}
