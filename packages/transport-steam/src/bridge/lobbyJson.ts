import type { LobbyInfo } from '../client/findLobbies.ts';
import type { PeerStats } from '../connection/types.ts';
import type { Lobby } from '../lobby/Lobby.ts';

// Both halves of what calls and events say in JSON, which has neither bigints nor Infinity.

/** A lobby that the player is in, as it was a moment ago. */
export interface LobbySnapshot {
  readonly id: bigint;
  /** Everybody in it, the player included. */
  readonly members: readonly bigint[];
  readonly memberLimit: number;
  readonly owner: bigint | undefined;
  readonly data: Readonly<Record<string, string>>;
  /** He is not in it any more. */
  readonly isOver: boolean;
}

/** What a page that has entered a lobby joins. */
export interface EnteredGame {
  readonly lobby: LobbySnapshot;
  readonly host: bigint;
  readonly roomId: string;
}

export interface JoinRequest {
  readonly lobby: bigint;
  readonly friend: bigint | undefined;
}

type Json<T> = T extends bigint
  ? string
  : T extends readonly (infer U)[]
    ? readonly Json<U>[]
    : T extends object
      ? { readonly [K in keyof T]: Json<T[K]> }
      : T;

export function snapshotJson({ id, members, memberLimit, owner, data, isOver }: Lobby): object {
  return {
    id: String(id),
    members: members.map(String),
    memberLimit,
    owner: owner === undefined ? null : String(owner),
    data,
    isOver,
  };
}

export function snapshotOf(json: unknown): LobbySnapshot {
  const { id, members, owner, ...rest } = json as Json<LobbySnapshot>;
  return { ...rest, id: BigInt(id), members: members.map(BigInt), owner: optional(owner) };
}

export function enteredOf(json: unknown): EnteredGame {
  const { lobby, host, roomId } = json as Json<EnteredGame>;
  return { lobby: snapshotOf(lobby), host: BigInt(host), roomId };
}

export function infoJson({ id, host, maxPlayers, ...rest }: LobbyInfo): object {
  return { ...rest, id: String(id), host: String(host), maxPlayers: Number.isFinite(maxPlayers) ? maxPlayers : null };
}

export function infoOf(json: unknown): LobbyInfo {
  const { id, host, maxPlayers, ...rest } = json as Json<LobbyInfo> & { maxPlayers: number | null };
  return { ...(rest as LobbyInfo), id: BigInt(id), host: BigInt(host), maxPlayers: maxPlayers ?? Number.POSITIVE_INFINITY };
}

export function requestJson(lobby: bigint, friend: bigint | undefined): object {
  return { lobby: String(lobby), friend: friend === undefined ? null : String(friend) };
}

export function requestOf(json: unknown): JoinRequest {
  const { lobby, friend } = json as Json<JoinRequest>;
  return { lobby: BigInt(lobby), friend: optional(friend) };
}

export function statsJson({ peer, ...rest }: PeerStats): object {
  return { ...rest, peer: String(peer) };
}

export function statsOf(json: unknown): PeerStats {
  const { peer, ...rest } = json as Json<PeerStats>;
  return { ...(rest as PeerStats), peer: BigInt(peer) };
}

function optional(digits: string | null | undefined): bigint | undefined {
  return digits === null || digits === undefined ? undefined : BigInt(digits);
}
