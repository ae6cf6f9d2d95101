/** How old a sighting may be to say where a device is now. */

/** A few intervals of the usual 120 to 600 s. */
export const usualWithinSeconds = 900;

/** A year. */
export const longestWithinSeconds = 365 * 24 * 60 * 60;
