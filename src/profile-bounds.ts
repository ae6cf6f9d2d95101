/** Aruba takes 1 to 3600 s and has 600 as its default; 5 s is the least that its guide gives for Telemetry-Https. */
export const reportIntervals = { leastSeconds: 5, defaultSeconds: 600, mostSeconds: 3600 } as const;

/** `deviceClassFilter` may be repeated this often. */
export const maxDeviceClasses = 16;
