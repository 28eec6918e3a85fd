/** So that a cable that is pulled shows within seconds. A game leaves out both: its players may sit in trains. */
export const patience = { heartbeatMs: 300, deadAfterMs: 2000 } as const;
