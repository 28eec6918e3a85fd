import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { checkNumber } from '../checks.ts';

/** Which hub: those with the same app id and name, of the same user of this machine, find each other. */
export interface HubAddress {
  /**
   * The app that is played: another app is another Steam, as far as its players can tell.
   * @default 480
   */
  appId?: number;
  /**
   * Keeps apart what must not meet, such as tests. 1 to 24 letters, digits, `_` and `-`.
   * @default 'default'
   */
  name?: string;
}

/** What Unix allows for the path of a socket, at the least (macOS: 104 with the zero at its end). Unit: bytes. */
const MAX_PATH_BYTES = 103;

/** Path of the Unix socket, or of the named pipe on Windows. @throws RangeError naming the field, the value and the bound */
export function hubPath({ appId = 480, name = 'default' }: HubAddress): string {
  checkNumber('appId', appId, 1, 0xffff_ffff);
  if (!/^[A-Za-z0-9_-]{1,24}$/.test(name)) {
    throw new RangeError(`name is '${name}', but must be 1 to 24 letters, digits, '_' and '-'`);
  }
  const { uid, username } = userInfo();
  if (process.platform === 'win32') return `\\\\.\\pipe\\simulated-steam-${username}-${appId}-${name}`;
  const path = join(tmpdir(), `simulated-steam-${uid}-${appId}-${name}.sock`);
  if (Buffer.byteLength(path) > MAX_PATH_BYTES) {
    throw new RangeError(`the hub's socket ${path} is over ${MAX_PATH_BYTES} bytes; set TMPDIR to a shorter directory`);
  }
  return path;
}
