import { type DriverLimits, SendType } from './SteamDriver.ts';

/** The caller's errors of `SteamDriver.send`. @throws RangeError naming the value and the bound */
export function checkPacket(limits: DriverLimits, packet: Uint8Array, sendType: SendType, channel: number): void {
  if (!(sendType >= SendType.Unreliable && sendType <= SendType.ReliableWithBuffering && Number.isInteger(sendType))) {
    throw new RangeError(`sendType is ${sendType}, but must be one of SendType, 0 to 3`);
  }
  const limit = sendType >= SendType.Reliable ? limits.reliableBytes : limits.unreliableBytes;
  if (packet.length === 0 || packet.length > limit) {
    throw new RangeError(`packet has ${packet.length} bytes, but send type ${sendType} takes 1 to ${limit}`);
  }
  if (!(channel >= 0 && channel < limits.channels && Number.isInteger(channel))) {
    throw new RangeError(`channel is ${channel}, but must be an integer from 0 to ${limits.channels - 1}`);
  }
}
