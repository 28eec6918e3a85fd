import type { LobbyEnterResponse, LobbyType } from '../driver/LobbyDriver.ts';

// What a process and Steam say to each other about lobbies: by calls within one process, by frames between a process and the hub.

/** Data of a lobby, or changes to it: there, an empty value deletes its key. */
export type LobbyData = ReadonlyMap<string, string>;

/** What a process asks. `call` is its own number for what Steam answers. Arguments are checked by who asks. */
export interface LobbyRequests {
  /** Answered by {@link LobbyNews.entered}. */
  create(call: number, type: LobbyType, maxMembers: number): void;
  /** Answered by {@link LobbyNews.entered}. */
  join(call: number, lobby: bigint): void;
  /** Answered by {@link LobbyNews.listed}. */
  list(call: number, wanted: LobbyData): void;
  /** Answered by a {@link LobbyNews.state} of no member, also when he was none. */
  leave(lobby: bigint): void;
  setData(lobby: bigint, changes: LobbyData): void;
  setJoinable(lobby: bigint, joinable: boolean): void;
  openInviteDialog(lobby: bigint): void;
}

/** What Steam tells a process. None of it may call back. */
export interface LobbyNews {
  /** All that he may know of a lobby: when it has changed, and in front of the answer that it belongs to. */
  state(view: LobbyView): void;
  entered(call: number, response: LobbyEnterResponse, lobby: bigint): void;
  listed(call: number, lobbies: readonly bigint[]): void;
  /** `friend` is 0n when Steam does not say whose. */
  joinRequested(lobby: bigint, friend: bigint): void;
  /** No connection to Steam any more: he is in no lobby, and what he asked is not answered. */
  lost(reason: string): void;
}

/** What one process may know of a lobby. */
export interface LobbyView {
  readonly lobby: bigint;
  readonly isMember: boolean;
  /** 0n unless he is a member. */
  readonly owner: bigint;
  /** Empty unless he is a member. */
  readonly members: readonly bigint[];
  readonly memberCount: number;
  readonly memberLimit: number;
  readonly data: LobbyData;
}

/** All keys and values of one lobby. Undocumented by Valve: so much as a frame of the hub holds easily. Unit: bytes. */
const MAX_DATA_BYTES = 262_144;
/** What a pair takes beside its texts, so that many small ones are no way around the limit. Unit: bytes. */
const PAIR_OVERHEAD_BYTES = 4;

/** Whether a lobby holds so much, and Steam takes it. */
export function isDataWithinLimit(data: LobbyData): boolean {
  let bytes = 0;
  for (const [key, value] of data) bytes += Buffer.byteLength(key) + Buffer.byteLength(value) + PAIR_OVERHEAD_BYTES;
  return bytes <= MAX_DATA_BYTES;
}

/** The data with the changes in it; undefined when that is more than a lobby holds. */
export function mergeData(data: LobbyData, changes: LobbyData): LobbyData | undefined {
  const merged = new Map(data);
  for (const [key, value] of changes) {
    if (value === '') merged.delete(key);
    else merged.set(key, value);
  }
  return isDataWithinLimit(changes) && isDataWithinLimit(merged) ? merged : undefined;
}
