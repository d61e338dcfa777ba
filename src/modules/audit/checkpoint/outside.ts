import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { appendFile, isFault, makeFolder, readIfThere, replaceFile } from '../../../files.ts'
import type { Logger } from '../../../log.ts'
import { loggable } from '../../../log-error.ts'
import { type KnownCheckpoint, ownCheckpoint } from './epochs.ts'
import type { Signer } from './keys.ts'

/** Copies of checkpoints outside of the database: what a restored or altered database is compared with. */
export type OutsideCopies = {
  /** The newest copy that our key signed, if there is one that can be read. */
  newest: () => Promise<KnownCheckpoint | undefined>
  /** Has it written soon: of many in a short time, the newest one. */
  keep: (note: string) => void
  /** Settles when everything is written, or could not be. */
  flush: () => Promise<void>
  /** Why copies can't be written now, if so. */
  fault: () => string | undefined
}

const writeEvery = 250
const historyEvery = 60_000
const tryAgainAfter = 2000

/** Keeps copies in a folder: `latest`, and under `history` one a minute while the log grows, a file for each day. */
export function openOutside({ folder, signer, log }: { folder: string; signer: Signer; log: Logger }): OutsideCopies {
  const latest = join(folder, 'latest')
  const history = join(folder, 'history')
  let waiting: string | undefined
  /** The newest in `latest` that isn't in the history. */
  let unrecorded: string | undefined
  let timer: NodeJS.Timeout | undefined
  let writing: Promise<void> | undefined
  let writtenAt = 0
  let historyAt = 0
  let fault: string | undefined

  async function write(isLast: boolean) {
    const note = waiting
    if (note === undefined && unrecorded === undefined) return
    waiting = undefined
    try {
      if (note !== undefined) await replaceLatest(note)
      if (unrecorded !== undefined && (isLast || Date.now() - historyAt >= historyEvery)) {
        await append(unrecorded)
        unrecorded = undefined
      }
      if (fault !== undefined) log.info('copies of the checkpoints of the audit log can be written again')
      fault = undefined
    } catch (error) {
      waiting ??= note
      if (fault === undefined) {
        log.error({ folder, error: loggable(error) }, 'no copy of the checkpoints of the audit log can be written')
      }
      fault = isFault(error) && error.code ? error.code : 'unknown'
    }
    writtenAt = Date.now()
  }

  async function replaceLatest(note: string) {
    const [known, next] = [await newestIn(latest), ownCheckpoint(signer, note)]
    // A process that slept, or another one beside us, mustn't put an earlier one over it.
    if (isEarlier(next, known)) return
    await makeFolder(history)
    // The last one of an epoch says what was lost, and nothing else does.
    if (known && known.epoch !== next?.epoch) await append(known.note)
    await replaceFile(latest, note, 0o644)
    unrecorded = note
  }

  async function append(note: string) {
    const now = new Date()
    await appendFile(join(history, now.toISOString().slice(0, 10)), `${note}\n`, 0o644)
    historyAt = now.getTime()
  }

  function schedule() {
    if (timer || writing || waiting === undefined) return
    const pause = fault === undefined ? writeEvery : tryAgainAfter
    const wait = Math.max(0, writtenAt + pause - Date.now())
    timer = setTimeout(() => {
      timer = undefined
      writing = write(false).finally(() => {
        writing = undefined
        schedule()
      })
    }, wait).unref()
  }

  async function newestIn(path: string) {
    const text = await readIfThere(path)
    const newest = notesIn(signer, text ?? '').at(-1)
    if (text && !newest) log.error({ path }, 'a copy of a checkpoint of the audit log is not signed with its key')
    return newest
  }

  /** History too: somebody may have put an earlier copy in the place of the latest. */
  async function newest() {
    const lastDay = (await readdir(history).catch(noneIfAbsent)).toSorted().at(-1)
    const inHistory = lastDay === undefined ? undefined : await newestIn(join(history, lastDay))
    const last = await newestIn(latest)
    return isEarlier(last, inHistory) ? inHistory : last
  }

  return {
    newest: () =>
      newest().catch((error: unknown) => {
        log.error({ folder, error: loggable(error) }, 'copies of the checkpoints of the audit log can not be read')
        return undefined
      }),
    keep: (note) => {
      waiting = note
      schedule()
    },
    flush: async () => {
      clearTimeout(timer)
      timer = undefined
      await writing
      await write(true)
    },
    fault: () => fault,
  }
}

function noneIfAbsent(error: unknown): string[] {
  if (!isFault(error, 'ENOENT')) throw error
  return []
}

/** The checkpoints in a file that our key signed. What else is in there counts as nothing, like a line cut short. */
export const notesIn = (signer: Signer, text: string): KnownCheckpoint[] =>
  [...text.matchAll(/^[^\n]+\n\d+\n\S+\n\n(?:— \S+ \S+\n)+/gmu)].flatMap(([note]) => ownCheckpoint(signer, note) ?? [])

/** Whether the first of two is of an earlier epoch, or of the same with fewer leaves. None is earlier than any. */
export function isEarlier(one: KnownCheckpoint | undefined, other: KnownCheckpoint | undefined): boolean {
  if (!one || !other) return other !== undefined
  return one.epoch === other.epoch ? one.size < other.size : one.epoch < other.epoch
}
