import { isLobbyId } from '../driver/steamId.ts';

/**
 * The lobby in the arguments with which Steam starts a game for an accepted invite: `+connect_lobby <id>`. Undefined when there is none,
 * or what is there is no lobby's id.
 *
 * ```ts
 * const invited = lobbyFromCommandLine(process.argv);
 * ```
 */
export function lobbyFromCommandLine(args: readonly string[]): bigint | undefined {
  const at = args.lastIndexOf('+connect_lobby');
  const digits = at < 0 ? undefined : args[at + 1];
  if (digits === undefined || !/^\d{1,20}$/.test(digits)) return undefined;
  const id = BigInt(digits);
  return isLobbyId(id) ? id : undefined;
}
