// The process of a Participant: node participantMain.ts <url of the benchmark's file>. Ends when the other side hangs up, or dies.
import type { Answer, Call } from './Participant.ts';

const exports = await import(process.argv[2] ?? '');

process.on('message', async ({ id, name, args }: Call) => {
  let answer: Answer;
  try {
    answer = { id, value: await exports[name](...args) };
  } catch (error) {
    answer = { id, error };
  }
  process.send?.(answer);
});
// steamworks.js keeps its process alive for ever.
process.on('disconnect', () => process.exit());
