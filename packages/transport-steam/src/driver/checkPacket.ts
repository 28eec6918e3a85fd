import { type DriverLimits, SendType } from './SteamDriver.ts';

/** The caller's errors of `SteamDriver.send`. @throws TypeError when `packet` is no bytes; RangeError naming the value and the bound */
export function checkPacket(limits: DriverLimits, packet: Uint8Array, sendType: SendType, channel: number): void {
  if (!(sendType >= SendType.Unreliable && sendType <= SendType.ReliableWithBuffering && Number.isInteger(sendType))) {
    throw new RangeError(`sendType is ${sendType}, but must be one of SendType, 0 to 3`);
  }
  // Of any realm, and any view whose length is in bytes, such as a Buffer.
  if (!ArrayBuffer.isView(packet) || packet.BYTES_PER_ELEMENT !== 1) {
    throw new TypeError(`packet is ${nameOf(packet)}, but must be a Uint8Array`);
  }
  const limit = sendType >= SendType.Reliable ? limits.reliableBytes : limits.unreliableBytes;
  if (packet.byteLength === 0 || packet.byteLength > limit) {
    throw new RangeError(`packet has ${packet.byteLength} bytes, but send type ${sendType} takes 1 to ${limit}`);
  }
  if (!(channel >= 0 && channel < limits.channels && Number.isInteger(channel))) {
    throw new RangeError(`channel is ${channel}, but must be an integer from 0 to ${limits.channels - 1}`);
  }
}

/** Not the value: it may be long. */
function nameOf(value: unknown): string {
  return typeof value === 'object' ? Object.prototype.toString.call(value) : typeof value;
}
