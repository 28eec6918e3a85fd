import { jest } from '@jest/globals';

/** The SDK and core talk on the console about every refused join and every reconnection. Undone by `jest.restoreAllMocks()`. */
export function muteConsole(): void {
  for (const method of ['log', 'info', 'warn', 'error', 'debug'] as const)
    jest.spyOn(console, method).mockImplementation(() => {});
}
