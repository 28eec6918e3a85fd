/**
 * A player asks with this header, set to `1`, that the host opens the connection of the seat along with the answer (PROTOCOL.md, Offers).
 * Without it he dials the seat himself, a round trip later.
 */
export const OFFER_HEADER = 'x-steam-offer';
