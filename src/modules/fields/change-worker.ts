import { randomUUID } from 'node:crypto'
import type { Notifications } from '../../database/listen.ts'
import { transact } from '../../database/transact.ts'
import type { WorkContext } from '../../graphql/context.ts'
import { loggable } from '../../log-error.ts'
import { changeOf, convertPage } from './convert.ts'
import { currentDefinitions, definitionsOf, forgetDefinitions, holdDefinitions } from './definitions.ts'
import { beginning, type Place } from './fit.ts'

type Worker = Omit<WorkContext, 'requestId'>

const pause = 30_000

/**
 * Brings the values of changed fields into their new form, whenever a definition changed and there are too many to do so at once.
 * What a killed process did not get to, the next one does: values that have the new form already stay as they are.
 */
export function startFieldChanges(
  worker: Worker,
  { notifications }: { notifications: Notifications },
): { close: () => Promise<void> } {
  const stop = new AbortController()
  let again = false
  let running: Promise<void> | undefined
  let timer: NodeJS.Timeout | undefined
  const work = async () => {
    do {
      again = false
      try {
        await changeValues({ ...worker, signal: stop.signal })
      } catch (error) {
        if (stop.signal.aborted) break
        worker.log.error(
          { error: loggable(error) },
          'the values of a custom field can’t be changed now; it is tried again',
        )
        timer = setTimeout(wake, pause).unref()
      }
    } while (again && !stop.signal.aborted)
    running = undefined
  }
  const wake = () => {
    if (stop.signal.aborted) return
    again = true
    clearTimeout(timer)
    running ??= work()
  }
  notifications.on('lethe_fields', wake)
  wake()
  return {
    close: async () => {
      stop.abort()
      clearTimeout(timer)
      await running
    },
  }
}

/** Brings all values into the form that their fields have now, each batch in a transaction of its own. */
export async function changeValues(worker: Worker): Promise<void> {
  forgetDefinitions(worker.database)
  const { all } = await definitionsOf(worker)
  for (const { key } of all.filter(changeOf)) {
    for (let place: Place | undefined = beginning; place; ) place = await changePage(worker, key, place)
  }
}

/** One batch; with the last one, the field is as it should be. */
async function changePage(worker: Worker, key: string, place: Place): Promise<Place | undefined> {
  const context = { ...worker, requestId: randomUUID() }
  const next = await transact(context, 'changeFieldValues', async (tx) => {
    const definition = (await currentDefinitions(tx)).get(key)
    const change = definition && changeOf(definition)
    return change && convertPage(context, tx, change, place)
  })
  if (next) return next
  await transact(context, 'changeFieldValues', async (tx) => {
    const definition = (await holdDefinitions(tx)).get(key)
    if (!definition || !changeOf(definition)) return // Another process was first.
    await tx.fieldDefinition.update({
      where: { key },
      data: { formerKind: null, clears: false, version: definition.version + 1, updatedAt: new Date() },
    })
  })
  forgetDefinitions(worker.database)
  return undefined
}
