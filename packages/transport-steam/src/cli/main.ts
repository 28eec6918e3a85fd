#!/usr/bin/env node
import { runCommand } from './runCommand.ts';
import { shellOf } from './shell.ts';

// The program behind `npx colyseus-transport-steam`. Not with a top-level await: the CommonJS twin of this file cannot have one.

void runCommand(process.argv.slice(2), shellOf(process)).then((exitCode) => {
  process.exitCode = exitCode;
});
