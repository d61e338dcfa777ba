/**
 * Whether an enhanced status code (RFC 3463) says that there is no such mailbox, and won't be: a bad address or domain (5.1.x), or a
 * mailbox that was closed (5.2.1). All else may have other reasons: a full mailbox, a filter, our own standing.
 */
export const aboutAddress = (status: string): boolean => /^5\.(1\.(0|1|2|3|6|10)|2\.1)$/.test(status)
