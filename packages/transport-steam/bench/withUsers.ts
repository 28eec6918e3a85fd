import { connectHubControl, type HubAddress } from '../src/sim.ts';
import { doubleEnvironment } from '../test/native/double.ts';
import { Participant } from './Participant.ts';

export interface Users {
  readonly hub: HubAddress;
  /** A process that loads `file` (the benchmark's `import.meta.url`) and in which steamworks.js finds the test double of Steam. */
  start(file: string): Participant;
}

/** A Steam of our own for the time of `run`, without any network conditions, and its users, who end with it. */
export async function withUsers<Result>(run: (users: Users) => Promise<Result>): Promise<Result> {
  const hub = { name: `bench-${process.pid}` };
  const control = await connectHubControl(hub);
  const participants: Participant[] = [];
  try {
    return await run({
      hub,
      start: (file) => {
        const participant = new Participant(file, doubleEnvironment({ hub }));
        participants.push(participant);
        return participant;
      },
    });
  } finally {
    for (const participant of participants) participant.end();
    control.close();
  }
}
