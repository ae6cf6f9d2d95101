/** The names that a profile may have: the last segment of the URL that is posted to. */
export const profileName = /^[A-Za-z0-9._-]{1,64}$/;
