import type { Delivery, LogicalChannel, Traffic } from './types.ts';

export type TrafficByChannel = Record<LogicalChannel, Traffic>;

export function emptyTraffic(): Traffic {
  return { packets: 0, bytes: 0 };
}

export function emptyTrafficByChannel(): TrafficByChannel {
  return { control: emptyTraffic(), messages: emptyTraffic(), state: emptyTraffic(), bulk: emptyTraffic() };
}

export function count(traffic: Traffic, bytes: number): void {
  traffic.packets++;
  traffic.bytes += bytes;
}

/** The logical channel that data of a delivery travels on. */
export const channelOf = {
  reliable: 'messages',
  buffered: 'bulk',
  unreliable: 'state',
  unreliableNoDelay: 'state',
} as const satisfies Record<Delivery, LogicalChannel>;
