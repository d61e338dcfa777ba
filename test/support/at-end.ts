// What a test file opened. Test files share their worker's modules, so these can't say themselves when a file is over.

type Close = () => unknown

const opened: Close[] = []

/** Closes something when the test file that runs is over: the latest first. */
export const atEnd = (close: Close): void => void opened.push(close)

/** Closes all of it; for the set-up of each file. */
export async function closeAll(): Promise<void> {
  for (const close of opened.splice(0).toReversed()) await close()
}
