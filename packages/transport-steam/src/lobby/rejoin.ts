import { SteamError } from '../driver/SteamError.ts';
import { Deadlines } from './Deadlines.ts';
import { Lobbies } from './Lobbies.ts';
import type { Lobby } from './Lobby.ts';

/** Before each try. Unit: ms. */
const PAUSES_MS = [0, 1_000, 2_000, 4_000, 8_000, 15_000] as const;

/**
 * Goes back to a lobby that Steam dropped us from. Undefined when it does not let us in any more, or we are in another one since.
 *
 * Somebody else in this process may have done it already: then it is his.
 */
export async function rejoin({ id, endpoint }: Lobby, signal: AbortSignal): Promise<Lobby | undefined> {
  const lobbies = Lobbies.of(endpoint);
  const deadlines = new Deadlines(endpoint);
  for (const pause of PAUSES_MS) {
    await deadlines.after(pause, signal);
    if (signal.aborted) return undefined;
    const { current } = lobbies;
    if (current !== undefined) return current.id === id ? current : undefined;
    try {
      const lobby = await lobbies.join(id);
      if (!signal.aborted) return lobby;
      lobby.leave();
      return undefined;
    } catch (error) {
      // He who comes back late finds it full, or closed: that may change.
      if (error instanceof SteamError && error.code === 'denied') return undefined;
    }
  }
  return undefined;
}
