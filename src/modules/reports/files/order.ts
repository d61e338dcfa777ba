import { v7 as uuidv7 } from 'uuid'
import { z } from 'zod'
import type { ReportFile } from '#prisma/client.ts'
import { transact } from '../../../database/transact.ts'
import type { Context } from '../../../graphql/context.ts'
import { forPeople, invalidInput, LetheError } from '../../../graphql/errors.ts'
import type { Secrets } from '../../../secrets.ts'
import { openReport, type ReportReference } from '../running/open.ts'
import type { Language } from './chart/chart.ts'
import { type CsvOptions, type FileContent, type FileFormat, usualCsv } from './formats.ts'

/** The right to have files made, and to get them. */
export const filesRight = 'reports.files'

/** What is to be made. */
export type FileOrder = {
  reference: ReportReference
  parameters: Readonly<Record<string, unknown>>
  format: FileFormat
  content: FileContent
  language: Language
  csv: Partial<CsvOptions>
}

/** How long a file is kept, in milliseconds, from when it is ready; and how long one may wait to be made. */
export const lifetime = 24 * 3_600_000

const mostWaiting = 20

/**
 * Queues the making of a file, for whoever asks. Throws what opening the report does; INVALID_INPUT for the groups of one that has none;
 * LIMIT_EXCEEDED while too many of the caller's wait.
 */
export async function createReportFile(context: Context, order: FileOrder): Promise<ReportFile> {
  const { actor, secrets } = context
  if (actor.kind !== 'user' || !actor.id) throw forPeople()
  const userId = actor.id
  const { reference, parameters, format, content, language } = order
  const open = await openReport(context, reference, parameters)
  if (content === 'groups' && !open.groups)
    throw invalidInput([{ field: 'input.content', message: 'This report groups by nothing: give it a `groupBy`.' }])
  return transact(context, 'createReportFile', async (tx) => {
    if ((await tx.reportFile.count({ where: { userId, state: 'queued' } })) >= mostWaiting)
      throw new LetheError('LIMIT_EXCEEDED', `${mostWaiting} files of yours are being made: wait for one of them.`)
    const id = uuidv7()
    const csv = { ...usualCsv(language), ...order.csv }
    const createdAt = new Date()
    const made = await tx.reportFile.create({
      data: {
        ...{ id, userId, format, content, language, createdAt },
        report: 'key' in reference ? reference.key : 'id' in reference ? reference.id : '',
        order: secrets.seal(placeOf(id), JSON.stringify({ reference, parameters, csv })),
        expiresAt: new Date(createdAt.getTime() + lifetime),
      },
    })
    await tx.reportFileWork.create({ data: { id, dueAt: new Date(0) } })
    return made
  })
}

/** What was asked for. */
export const orderOf = (secrets: Secrets, { id, order }: Pick<ReportFile, 'id' | 'order'>) =>
  shape.parse(JSON.parse(secrets.open(placeOf(id), order)))

const shape = z.object({
  reference: z.union([
    z.strictObject({ key: z.string(), filter: z.unknown().optional() }),
    z.strictObject({ id: z.string(), filter: z.unknown().optional() }),
    z.strictObject({ definition: z.unknown(), filter: z.unknown().optional() }),
  ]),
  parameters: z.record(z.string(), z.unknown()),
  csv: z.object({ byteOrderMark: z.boolean(), separator: z.enum(['comma', 'semicolon', 'tab']) }),
})

const placeOf = (id: string) => `report_file/${id}/sealed_order/1`
