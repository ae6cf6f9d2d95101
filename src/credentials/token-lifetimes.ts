/** How long what is issued lasts. */

/**
 * An AP honours 300 s to one month (IoT Interface Guide 8.8, p. 11). A day: each end of a token may cost the AP a report, as
 * nobody knows whether it renews in time, and a revoked credential ends all its tokens at once however long they last.
 */
export const accessTokenSeconds = 86_400;

/** A month. An AP that was off for longer logs in anew, as it also does when it is refused. */
export const refreshTokenSeconds = 30 * 86_400;

/** An AP starts counting when the answer reaches it, and its last report may be long under way: we count longer. */
export const graceSeconds = 120;

export const longestTokenMs = (refreshTokenSeconds + graceSeconds) * 1000;
