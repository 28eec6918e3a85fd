import { CloseCode, type SeatReservation, ServerError } from '@colyseus/sdk';
import { hostIn, hostRequest } from '../connection/hostOfProcess.ts';
import type { PlayerLink } from './PlayerLink.ts';

/** What hosts on Steam put into the seats that their matchmaking gives away. */
const STEAM_ADDRESS = /^\d{1,20}\.steam$/;

/**
 * A seat with the Steam user who has it. What matchmaking over Steam gave has it already; what a game gave away itself, such as a `QueueRoom` does,
 * may be in a room of another host of the cluster, and its `publicAddress`, if any, for players who come another way: then our host is asked.
 *
 * @throws ServerError (rejects) with 1006 when nobody knows; SteamError (rejects) when he does not answer
 */
export async function seatWithHost(seat: SeatReservation, host: bigint, link: PlayerLink): Promise<SeatReservation> {
  const request = hostRequest(seat.processId ?? '');
  // What names no process leads nowhere: the host says so himself.
  if (request === undefined) return seat;
  const response = await link.request(host, request, link.signalFor(undefined));
  const found = hostIn(response);
  if (found === undefined) {
    throw new ServerError(CloseCode.ABNORMAL_CLOSURE, `Steam user ${host} does not know who has room ${seat.roomId}`);
  }
  return { ...seat, publicAddress: `${found}.steam` };
}

/** Whether the seat says which Steam user has it. */
export function hasHost({ publicAddress }: SeatReservation): boolean {
  return publicAddress !== undefined && STEAM_ADDRESS.test(publicAddress);
}
