import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { InspectorAction } from 'colyseus-transport-steam/inspect';
import type { HubControl } from 'colyseus-transport-steam/sim';
import type { Machine } from './Machine.ts';

/** What can go wrong at a press of a button, in a simulated Steam. */
export class Faults {
  readonly actions: readonly InspectorAction[];
  readonly #hub: string;
  readonly #network: HubControl;
  readonly #machines: readonly Machine[];
  readonly #strangers = new Set<ChildProcess>();

  constructor(hub: string, network: HubControl, machines: readonly Machine[]) {
    this.#hub = hub;
    this.#network = network;
    this.#machines = machines;
    this.actions = [
      ...machines.flatMap((machine) => this.#ofMachine(machine)),
      this.#crowd(),
      { name: 'flood the host', run: () => wordOf(this.#start('flooder.ts')) },
    ];
  }

  /** Sends away who came by a button. */
  end(): void {
    for (const stranger of this.#strangers) stranger.kill('SIGKILL');
  }

  #ofMachine({ name, steamId = 0n }: Machine): InspectorAction[] {
    const network = this.#network;
    return [
      toggle(name, ['unplug', () => network.unplug(steamId)], ['plug in', () => network.plug(steamId)]),
      toggle(name, ['kill Steam', () => network.loseSteam(steamId)], ['restart Steam', () => network.restoreSteam(steamId)]),
    ];
  }

  #crowd(): InspectorAction {
    let crowd: ChildProcess | undefined;
    const come = () => {
      crowd = this.#start('crowd.ts');
      return wordOf(crowd);
    };
    return toggle(undefined, ['fill the game', come], ['send the guests away', () => crowd?.disconnect()]);
  }

  /** @throws Error when nobody hosts, or Steam has lost the lobby */
  #start(file: 'crowd.ts' | 'flooder.ts'): ChildProcess {
    const lobby = this.#machines.find(({ invitation }) => invitation !== undefined)?.invitation?.at(-1);
    if (lobby === undefined) throw new Error('there is no lobby to come by');
    const stdio = ['ignore', 'ignore', 'ignore', 'ipc'] as const;
    const stranger = fork(fileURLToPath(new URL(file, import.meta.url)), [this.#hub, lobby], { stdio: [...stdio] });
    this.#strangers.add(stranger);
    stranger.once('exit', () => this.#strangers.delete(stranger));
    return stranger;
  }
}

/** What came of it. @throws Error (rejects) when the process ends without a word */
async function wordOf(stranger: ChildProcess): Promise<string> {
  const ended = once(stranger, 'exit').then(([code]) => Promise.reject(new Error(`it did not come to that: exit code ${code}`)));
  const [word] = (await Promise.race([once(stranger, 'message'), ended])) as [string];
  return word;
}

type Deed = readonly [name: string, act: () => unknown];

/** A button that does one thing, and then the other. */
function toggle(source: string | undefined, first: Deed, second: Deed): InspectorAction {
  let [next, other] = [first, second];
  return {
    get name() {
      return next[0];
    },
    ...(source !== undefined && { source }),
    async run() {
      const [, act] = next;
      const result = await act();
      [next, other] = [other, next];
      return result;
    },
  };
}
