import type { Endpoint } from '../../src/connection/Endpoint.ts';
import type { EndpointOptions } from '../../src/connection/options.ts';
import type { SimulatedDriver, SimulatedSteamOptions } from '../../src/sim.ts';
import { dial, Host, type Recorder, World } from './World.ts';

export interface Pair {
  readonly world: World;
  readonly host: Host;
  stopHosting(): void;
  readonly server: { driver: SimulatedDriver; endpoint: Endpoint };
  readonly player: { driver: SimulatedDriver; endpoint: Endpoint };
  readonly hostId: bigint;
  readonly playerId: bigint;
  /** An open connection, its two ends. */
  open(target?: string): { ours: Recorder; theirs: Recorder };
}

/** A host and a player on a simulated Steam of their own. */
export function pair(simulation: Omit<SimulatedSteamOptions, 'clock'> = {}, options: EndpointOptions = {}): Pair {
  const world = new World(simulation);
  const host = new Host();
  const server = world.user(options);
  const player = world.user(options);
  const stopHosting = server.endpoint.serve(host);
  const hostId = server.driver.steamId;
  const open = (target = '/') => {
    const ours = dial(player.endpoint, hostId, target);
    const before = host.connections.length;
    world.runUntil(() => host.connections.length > before && ours.connection?.state === 'open');
    const theirs = host.connections[before];
    if (theirs === undefined) throw new Error('no connection at the host');
    return { ours, theirs: theirs.record };
  };
  return { world, host, stopHosting, server, player, hostId, playerId: player.driver.steamId, open };
}
