/** The bytes of what came out of a port; undefined when it is something else. */
export function portBytes(data: unknown): Uint8Array | undefined {
  // Of any realm: a page's frame has another one than ours.
  if (ArrayBuffer.isView(data)) {
    const bytes = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
    // Whoever sent shared memory can write to it still, after it was checked.
    return tagOf(data.buffer) === '[object SharedArrayBuffer]' ? bytes.slice() : bytes;
  }
  return tagOf(data) === '[object ArrayBuffer]' ? new Uint8Array(data as ArrayBuffer) : undefined;
}

function tagOf(value: unknown): string {
  return Object.prototype.toString.call(value);
}
