import { randomUUID } from 'node:crypto'
import { link, mkdir, readdir, readFile, rename, rm } from 'node:fs/promises'
import { type Config, dataPath } from './config.ts'
import { createFile, isFault, readIfThere } from './files.ts'
import { StartError } from './start-error.ts'

/**
 * How a process takes a data folder. `alone`: nobody else works with it meanwhile, as when it is restored. `first`: it serves, and no
 * other does so by the same settings, but for those `beside` it: any number that share its work.
 */
export type Claim = 'alone' | 'first' | 'beside'

/**
 * Makes the data folder, if need be, and takes it for this process; the returned function gives it back. The lock of a
 * process that was killed is taken over.
 */
export async function claimDataFolder(
  config: Pick<Config, 'data'>,
  claim: Claim = 'alone',
): Promise<() => Promise<void>> {
  const own = `${process.pid} ${await startOf(process.pid)} ${claim}\n`
  const path = claim === 'beside' ? dataPath(config, `serve.beside.${randomUUID()}.lock`) : dataPath(config, mainLock)
  const release = async () => {
    if ((await readIfThere(path)) === own) await rm(path)
  }
  await usable(config, async () => {
    await mkdir(config.data, { recursive: true })
    while (!(await createFile(path, own, 0o644))) await removeStale(config, path)
    try {
      await refuseOthers(config, claim)
    } catch (error) {
      await release()
      throw error
    }
  })
  return release
}

const mainLock = 'serve.lock'
/** Not the drafts of such. */
const besides = /^serve\.beside\.[0-9a-f-]{36}\.lock$/

/** Each has written its own lock before it looks for those of others: of two that can't both be, at least one sees the other. */
async function refuseOthers(config: Pick<Config, 'data'>, claim: Claim) {
  if (claim === 'beside') {
    const main = dataPath(config, mainLock)
    const found = await readIfThere(main)
    if (found?.trim().endsWith(' alone') && (await isRunning(found))) throw inUse(config, found)
  }
  for (const name of await readdir(config.data)) {
    if (!besides.test(name)) continue
    const path = dataPath(config, name)
    const found = await readIfThere(path)
    if (found === undefined || !(await isRunning(found))) await rm(path, { force: true })
    else if (claim === 'alone') throw inUse(config, found)
  }
}

const inUse = (config: Pick<Config, 'data'>, lock: string) =>
  new StartError(
    `The data folder ${config.data} is in use by another Lethe (process ${lock.split(' ')[0]}). ` +
      'Stop that one, or choose another folder with LETHE_DATA=/path/to/folder.',
  )

/** Makes the data folder, if need be, for a command that works beside a server or without one. */
export const makeDataFolder = (config: Pick<Config, 'data'>): Promise<void> =>
  usable(config, async () => {
    await mkdir(config.data, { recursive: true })
  })

async function usable(config: Pick<Config, 'data'>, work: () => Promise<void>) {
  try {
    await work()
  } catch (error) {
    if (!isFault(error, 'EACCES', 'EPERM', 'EROFS', 'ENOTDIR', 'EEXIST', 'ENOSPC', 'EDQUOT')) throw error
    const { code } = error
    const reason = code === 'ENOSPC' || code === 'EDQUOT' ? 'the disk is full' : `it can't be written (${code})`
    throw new StartError(
      `The data folder ${config.data} is not usable: ${reason}. Choose another one with LETHE_DATA=/path/to/folder.`,
      { cause: error },
    )
  }
}

async function removeStale(config: Pick<Config, 'data'>, path: string) {
  const found = await readIfThere(path)
  if (found === undefined) return // Given back in this very moment.
  if (await isRunning(found)) throw inUse(config, found)
  // Moved away before it is judged for good: another process may have taken the stale one over since we read it.
  const aside = `${path}.${randomUUID()}`
  try {
    await rename(path, aside)
    if ((await readIfThere(aside)) !== found) await link(aside, path)
  } catch (error) {
    if (!isFault(error, 'ENOENT', 'EEXIST')) throw error
  } finally {
    await rm(aside, { force: true })
  }
}

/** Whether the process that wrote this lock still runs. Its start time tells it from a later one with the same number. */
async function isRunning(lock: string) {
  const [pid, start] = lock.trim().split(' ')
  if (!pid) return false
  try {
    process.kill(Number(pid), 0)
  } catch (error) {
    if (!isFault(error, 'EPERM')) return false
  }
  return start === (await startOf(Number(pid)))
}

/** When a process started, in clock ticks since the machine did; `unknown` where /proc doesn't tell. */
async function startOf(pid: number) {
  try {
    const stat = await readFile(`/proc/${pid}/stat`, 'utf8')
    // The second field, the program's name in brackets, may have spaces in it; the start is the 22nd.
    const [state, ...rest] = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
    // Killed, and nobody has taken notice yet: in containers that may stay so.
    return state === 'Z' || state === 'X' ? 'dead' : (rest[18] ?? 'unknown')
  } catch (error) {
    if (!isFault(error, 'ENOENT', 'ESRCH', 'EACCES')) throw error
    return 'unknown'
  }
}
