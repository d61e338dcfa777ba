/** Where the log's tree grows. */
export type Integration = {
  /**
   * Settles once these entries are leaves of the tree and a checkpoint covers them, on whichever process that happens.
   * Says whether they are; not so after 10 seconds, when nobody puts entries into the tree.
   */
  integrated: (entryIds: readonly string[]) => Promise<boolean>
  /** The key that others check this checkpoint with, as `<name>+<id>+<base64>`; undefined if our key didn't sign it. */
  verifier?: (note: string) => string | undefined
}
