/** Of less, V8 takes care in time. */
const FREED_BYTES = 1_024;

/**
 * Gives back the memory of a packet that nobody looks at: V8, for which it is next to nothing, leaves tens of megabytes of them before it collects
 * them, and takes all of the heap for that.
 */
export function freePacket({ buffer, byteLength }: Uint8Array): void {
  if (byteLength >= FREED_BYTES && byteLength === buffer.byteLength) (buffer as ArrayBuffer).transfer(0);
}
