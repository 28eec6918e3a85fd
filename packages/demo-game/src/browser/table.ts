import { serveInspector } from 'colyseus-transport-steam/inspect';
import { connectHubControl } from 'colyseus-transport-steam/sim';
import { WebSocket } from 'ws';
import { servePage } from '../pageServer.ts';
import { bundle } from './bundle.ts';
import { Faults } from './Faults.ts';
import { Machine } from './Machine.ts';
import { Overlay } from './Overlay.ts';
import type { MachineState, TableState } from './words.ts';

export interface TableOptions {
  /** What carries the game: a Steam that is simulated, Valve's, or WebSocket. */
  readonly carrier: 'simulated' | 'steam' | 'websocket';
  /** Of the page. 0: whichever is free. */
  readonly port: number;
  /** With which Valve's Steam started the game. */
  readonly args: readonly string[];
  /** A game failed. */
  readonly onProblem: (problem: string) => void;
}

export interface Table {
  /** Of the page that shows it. */
  readonly url: string;
  /** The first game could not be started: its problem was told. */
  readonly hasFailed: boolean;
  /** Ends all that it has started. */
  end(): Promise<void>;
}

const NAMES = { simulated: ['Ann', 'Bob', 'Carol'], websocket: ['Ann', 'Bob', 'Carol'], steam: ['This machine'] };
const FIRST_STEAM_ID = 76_561_198_000_000_001n;
/** The line between any two of them, so that there is something to see. */
const LINE = { latencyMs: 25, jitterMs: 5, loss: 0.01 };

/**
 * Machines beside each other, each with a player, what connects them, and a page that shows it all. The first player hosts, and the others are
 * started as if he had invited them. On Valve's Steam there is one, who decides himself.
 *
 * @throws Error (rejects) when the port is taken
 */
export async function setTable({ carrier, port, args, onProblem }: TableOptions): Promise<Table> {
  const isSimulated = carrier === 'simulated';
  const hub = `demo-${process.pid}`;
  const [files, pane, network] = await Promise.all([
    bundle('table'),
    bundle('pane'),
    isSimulated ? connectHubControl({ name: hub }) : undefined,
  ]);
  const watching = new Set<WebSocket>();

  const machines = NAMES[carrier].map((name, index) => {
    const part = {
      name,
      carrier: carrier === 'websocket' ? ('websocket' as const) : ('steam' as const),
      hub,
      steamId: isSimulated ? FIRST_STEAM_ID + BigInt(index) : undefined,
      isBot: carrier !== 'steam',
      page: pane,
    };
    return new Machine(part, { onChange: changed, onProblem: (problem) => onProblem(`${name}: ${problem}`) });
  });
  const [first, ...others] = machines as [Machine, ...Machine[]];
  const overlay = network && new Overlay(network, machines, changed);
  const faults = network && new Faults(hub, network, machines);
  const inspector =
    carrier === 'websocket'
      ? undefined
      : await serveInspector({
          sources: Object.fromEntries(machines.map((machine) => [machine.name, () => machine.inspect()])),
          ...(network && { network, conditions: LINE }),
          ...(faults && { actions: faults.actions }),
        });

  const page = await servePage({
    files,
    port,
    calls: {
      start: (name) => void named(name).start(),
      quit: (name) => named(name).stop(),
      join: (name) => joinGame(named(name)),
      invite: (names) => {
        if (!Array.isArray(names) || names.length !== 2)
          throw new Error(`invite takes the names of two machines, not ${JSON.stringify(names)}`);
        return overlay?.invite(named(names[0]), named(names[1]));
      },
      accept: (name) => overlay?.accept(named(name)),
      dismiss: (name) => overlay?.close(named(name)),
    },
    onSocket(socket) {
      watching.add(socket);
      socket.on('close', () => watching.delete(socket));
      socket.send(JSON.stringify(state()));
    },
  });
  let areInvited = carrier === 'steam';
  await first.start(args, !areInvited);
  return { url: page.url, hasFailed: first.problem !== undefined, end };

  async function end(): Promise<void> {
    page.close();
    overlay?.end();
    faults?.end();
    await Promise.all([inspector?.close(), ...machines.map((machine) => machine.stop())]);
    network?.close();
  }

  function changed(): void {
    if (!areInvited && first.invitation !== undefined) {
      areInvited = true;
      for (const machine of others) void machine.start(first.invitation);
    }
    const text = JSON.stringify(state());
    for (const socket of watching) if (socket.readyState === WebSocket.OPEN) socket.send(text);
  }

  function state(): TableState {
    return { network: inspector && `${inspector.url}#${first.name}`, machines: machines.map(stateOf) };
  }

  function stateOf(machine: Machine): MachineState {
    const { name, steamId, pid, url, problem } = machine;
    const { dialog, invite } = overlay?.on(machine) ?? {};
    return {
      name,
      steamId: steamId?.toString(),
      pid,
      url,
      problem,
      friends: dialog === undefined ? undefined : machines.filter((other) => other !== machine).map((other) => other.name),
      invitedBy: invite?.from.name,
      host: hostFor(machine)?.name,
    };
  }

  /** In Steam's list of friends: "Join game". */
  async function joinGame(machine: Machine): Promise<void> {
    const host = hostFor(machine);
    if (host === undefined) return;
    if (overlay === undefined) void machine.start(host.invitation);
    else await overlay.join(machine, host);
  }

  function hostFor(machine: Machine): Machine | undefined {
    return machines.find((other) => other !== machine && other.invitation !== undefined);
  }

  function named(name: unknown): Machine {
    const found = machines.find((machine) => machine.name === name);
    if (found === undefined) throw new Error(`there is no machine of ${String(name)}`);
    return found;
  }
}
