/** What the process says when it ends. [sysexits.h] has EX_CONFIG; the others are what every shell expects. */
export const exitCodes = { done: 0, failed: 1, wrongUsage: 2, wrongConfiguration: 78 } as const;
