import { once } from 'node:events';
import { connect } from 'node:net';
import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { SendType } from '../../src/driver/SteamDriver.ts';
import { hubPath } from '../../src/sim/hub/address.ts';
import { FrameType, helloFrame, peerFrame, Role, sendFrame, textFrame } from '../../src/sim/hub/frames.ts';
import { connectHubControl, connectToHub } from '../../src/sim.ts';
import { until } from '../compliance/transport/waiting.ts';
import { DriverRecorder } from '../helpers/DriverRecorder.ts';
import { concat } from '../wire/support.ts';
import { corpusOf } from './fuzz/Corpus.ts';
import { casesFor, FUZZ_SEED, timeFor } from './fuzz/cases.ts';
import { mutated } from './fuzz/mutated.ts';

// The hub of the simulated Steam, a process of its own, and connections to it that say what no process of ours says.

const connections = casesFor(0.002);
const hub = { name: `hostile-${process.pid}` };

test(
  `${connections} connections with garbage end, and the hub goes on (seed ${FUZZ_SEED})`,
  async () => {
    const control = await connectHubControl(hub);
    const [one, other] = [new DriverRecorder(await connectToHub(hub)), new DriverRecorder(await connectToHub(hub))];
    const seeds = [
      concat(
        helloFrame(Role.User, 0n, 'Ann'),
        peerFrame(FrameType.AcceptSession, one.id),
        sendFrame(one.id, 2, 0, Uint8Array.of(1, 2)),
      ),
      concat(helloFrame(Role.Control, 0n, ''), textFrame(FrameType.Command, '{"id":1,"method":"status","args":[]}')),
      concat(helloFrame(Role.User, 0n, ''), peerFrame(FrameType.CloseSession, 1n), textFrame(FrameType.Bye, '')),
      ...[0x10, 0x11, 0x12, 0x13, 0x14, 0x15, 0x16, 0x17].map((type) =>
        concat(helloFrame(Role.User, 0n, ''), textFrame(type as never, '\u0001\u0000\u0000\u0000\u0002\u0000\u0004name')),
      ),
      ...corpusOf('hub').map(({ bytes }) => bytes),
    ];
    const property = fc.asyncProperty(mutated(seeds), async (bytes) => {
      const socket = connect(hubPath(hub));
      socket.on('error', () => undefined).resume();
      await once(socket, 'connect');
      socket.end(bytes);
      await once(socket, 'close');
    });
    try {
      await fc.assert(property, { seed: FUZZ_SEED, numRuns: connections });
      one.driver.send(other.id, Uint8Array.of(7), SendType.Reliable, 0);
      await until(() => {
        for (const { driver } of [one, other]) driver.poll(100);
        return other.packets.some(({ peer, bytes }) => peer === one.id && bytes[0] === 7);
      }, 'a packet between two users');
      expect([...one.steam, ...other.steam]).toEqual([]);
      const { users } = await control.status();
      expect(users).toEqual(expect.arrayContaining([one.id, other.id]));
    } finally {
      for (const { driver } of [one, other]) driver.close();
      control.close();
    }
  },
  timeFor(connections * 20),
);
