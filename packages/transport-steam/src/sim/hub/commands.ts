import type { LinkConditions } from '../conditions.ts';
import type { SimulatedSteam } from '../SimulatedSteam.ts';
import { type Args, id } from './commandArgs.ts';
import { lobbyCommands } from './lobbyCommands.ts';

/** What `HubControl.status` tells. */
export interface HubStatus {
  /** Of the hub's own process. */
  readonly pid: number;
  /** SteamIDs that are logged in. */
  readonly users: readonly bigint[];
}

/** What a control client may do to the hub's Steam, by name. Arguments are checked by what they are handed to. */
const commands: Record<string, (steam: SimulatedSteam, args: Args) => unknown> = {
  ...lobbyCommands,
  setConditions: (steam, [conditions]) => steam.setConditions(readConditions(conditions)),
  setLinkConditions: (steam, [from, to, conditions]) => steam.setConditions(id(from), id(to), readConditions(conditions)),
  unplug: (steam, [user]) => steam.unplug(id(user)),
  plug: (steam, [user]) => steam.plug(id(user)),
  setFirewalled: (steam, [user, on]) => steam.setFirewalled(id(user), on === true),
  blockDirection: (steam, [from, to, on]) => steam.blockDirection(id(from), id(to), on === true),
  stallReliable: (steam, [from, to, on]) => steam.stallReliable(id(from), id(to), on === true),
  trueButLost: (steam, [from, to, count]) => steam.trueButLost(id(from), id(to), count as number),
  loseSteam: (steam, [user, reason]) => steam.loseSteam(id(user), typeof reason === 'string' ? reason : undefined),
  restoreSteam: (steam, [user]) => steam.restoreSteam(id(user)),
};

/** What the command returns, for JSON. @throws Error, RangeError, TypeError for what the control client did wrong */
export function runCommand(steam: SimulatedSteam, method: unknown, args: unknown): unknown {
  const command = typeof method === 'string' && Object.hasOwn(commands, method) ? commands[method] : undefined;
  if (command === undefined || !Array.isArray(args)) throw new Error(`the hub knows no command ${String(method)}`);
  return command(steam, args);
}

/** JSON has no Infinity: it comes as null, which is left out, and that means the same. */
function readConditions(value: unknown): LinkConditions {
  if (typeof value !== 'object' || value === null) throw new TypeError(`conditions are ${String(value)}, but must be an object`);
  return Object.fromEntries(Object.entries(value).filter(([, field]) => field !== null));
}
