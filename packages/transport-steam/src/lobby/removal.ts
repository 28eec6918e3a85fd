/** Codes with which a host sends a player away: of his `room.onLeave(code, reason)`, after which the SDK does not try to come back. */
export const RemovalCode = {
  /** Out of one room, by `transport.kick()`. He may join anew. */
  Kicked: 4_020,
  /** Out of all rooms, by `transport.ban()`. He is refused until the host lifts the ban. */
  Banned: 4_021,
} as const;
export type RemovalCode = (typeof RemovalCode)[keyof typeof RemovalCode];
