import type { LobbySnapshot } from './lobbyJson.ts';

/** The lobby of a game that a page plays: what is in it is as the owner of the bridge saw it last, a second ago at most. */
export interface BridgeLobby extends LobbySnapshot {
  /** Opens the overlay's dialog in which the player picks friends to invite. */
  openInviteDialog(): void;
}
