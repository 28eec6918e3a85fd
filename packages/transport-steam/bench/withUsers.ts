import { connectHubControl, type HubAddress, type HubControl } from '../src/sim.ts';
import { doubleEnvironment } from '../test/native/double.ts';
import { Participant } from './Participant.ts';

export interface Users {
  readonly hub: HubAddress;
  /** Of the network between them. */
  readonly control: HubControl;
  /** A process that loads `file` (the benchmark's `import.meta.url`), by default one in which steamworks.js finds the test double of Steam. */
  start(file: string): Participant;
}

/** What a process finds that is to have steamworks.js. */
export const nativeUser = (hub: HubAddress) => doubleEnvironment({ hub });

let hubs = 0;

/** A Steam of our own for the time of `run`, without any network conditions, and its users, who end with it. */
export async function withUsers<Result>(
  run: (users: Users) => Promise<Result>,
  environment: (hub: HubAddress) => Record<string, string> = nativeUser,
): Promise<Result> {
  // A new one each time: the former lives on for a moment, with the conditions that it was given.
  const hub = { name: `bench-${process.pid}-${hubs++}` };
  const control = await connectHubControl(hub);
  const participants: Participant[] = [];
  try {
    return await run({
      hub,
      control,
      start: (file) => {
        const participant = new Participant(file, environment(hub));
        participants.push(participant);
        return participant;
      },
    });
  } finally {
    for (const participant of participants) participant.end();
    control.close();
  }
}
