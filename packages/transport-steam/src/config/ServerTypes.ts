/** What types a server: `SDKTypes` of `@colyseus/shared-types`, which only the SDK itself can import. */
export interface ServerTypes {
  // biome-ignore-start lint/suspicious/noExplicitAny: as the SDK has it
  '~rooms': Record<string, any>;
  '~routes': any;
  // biome-ignore-end lint/suspicious/noExplicitAny: as the SDK has it
}
