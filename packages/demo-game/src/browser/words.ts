// What the director of the demo in the browser and the process of each player tell each other, over the channel that Node gives to a child process.
import type { Inspection } from 'colyseus-transport-steam/inspect';
import type { PageFiles } from '../pageServer.ts';

/** To the process of a player, first of all. */
export interface Part {
  readonly name: string;
  readonly carrier: 'steam' | 'websocket';
  /** Where Steam is simulated: which one, and who he is there. */
  readonly hub: string;
  readonly steamId: bigint | undefined;
  /** Opens a game at once. */
  readonly hosts: boolean;
  /** A bot plays, until he uses his hands. */
  readonly isBot: boolean;
  readonly page: PageFiles;
}

/** To the process of a player, after that: to be answered by a report `network`. */
export type Order = 'inspect';

export type Report =
  /** His page is served. Over WebSocket nobody has a SteamID. */
  | { readonly report: 'ready'; readonly url: string; readonly steamId: bigint | undefined }
  /** The arguments that start a game which joins his; undefined: he hosts none any more. */
  | { readonly report: 'hosting'; readonly invitation: readonly string[] | undefined }
  /** Undefined: he is in no game. */
  | { readonly report: 'network'; readonly inspection: Inspection | undefined }
  /** The last one. */
  | { readonly report: 'failed'; readonly reason: string };

/** What the page of the director shows; it is sent whenever something in it is another. */
export interface TableState {
  readonly machines: readonly MachineState[];
  /** Of the network view. */
  readonly network: string | undefined;
}

export interface MachineState {
  readonly name: string;
  readonly steamId: string | undefined;
  /** Of the game; undefined while it does not run. */
  readonly pid: number | undefined;
  /** Of his page. */
  readonly url: string | undefined;
  readonly problem: string | undefined;
  /** Steam's overlay: whom he can invite, while he is asked; undefined while he is not. */
  readonly friends: readonly string[] | undefined;
  /** Steam's overlay: who invites him. */
  readonly invitedBy: string | undefined;
  /** Steam's list of friends: whose game he could join. */
  readonly host: string | undefined;
}
