import { randomUUID } from 'node:crypto'
import { Prisma } from '#prisma/client.ts'
import type { Notifications } from '../../database/listen.ts'
import type { Queue } from '../../database/queues.ts'
import { transact } from '../../database/transact.ts'
import type { WorkContext } from '../../graphql/context.ts'
import { loggable } from '../../log-error.ts'
import { startWorkerLoop, type Worker } from '../../worker-loop.ts'
import { changeOf, convertPage } from './convert.ts'
import { currentDefinitions, definitionsOf, forgetDefinitions, holdDefinitions } from './definitions.ts'
import { beginning, type Place } from './fit.ts'

type Work = Omit<WorkContext, 'requestId'>

/**
 * Brings the values of changed fields into their new form, whenever a definition changed and there are too many to do so at once.
 * What a killed process did not get to, the next one does: values that have the new form already stay as they are.
 */
export function startFieldChanges(worker: Work, { notifications }: { notifications: Notifications }): Worker {
  return startWorkerLoop({
    turn: async (signal) => {
      await changeValues({ ...worker, signal })
    },
    failed: (error) =>
      worker.log.error(
        { error: loggable(error) },
        'the values of a custom field can’t be changed now; it is tried again',
      ),
    wakes: { notifications, channel: 'lethe_fields' },
    longestWait: 3_600_000,
    waitAfterFailure: 30_000,
  })
}

/** Brings all values into the form that their fields have now, each batch in a transaction of its own. */
export async function changeValues(worker: Work): Promise<void> {
  forgetDefinitions(worker.database)
  const { all } = await definitionsOf(worker)
  for (const { key } of all.filter(changeOf)) {
    for (let place: Place | undefined = beginning; place; ) place = await changePage(worker, key, place)
  }
}

/** One batch; with the last one, the field is as it should be. */
async function changePage(worker: Work, key: string, place: Place): Promise<Place | undefined> {
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

/** Custom fields whose values are being brought into another form. */
export const fieldChanges: Queue = {
  name: 'field_changes',
  waiting: Prisma.sql`SELECT updated_at AS since FROM field_definition WHERE former_kind IS NOT NULL`,
}
