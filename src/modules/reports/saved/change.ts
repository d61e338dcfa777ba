import { v7 as uuidv7 } from 'uuid'
import type { Report } from '#prisma/client.ts'
import { type Transaction, transact } from '../../../database/transact.ts'
import type { Context } from '../../../graphql/context.ts'
import { conflict, type Fault, forPeople, invalidInput, LetheError, notFound } from '../../../graphql/errors.ts'
import { checkText } from '../../check-text.ts'
import { definitionsOf, noDefinitions } from '../../fields/definitions.ts'
import { unlessTaken } from '../../unless-taken.ts'
import { customKeysIn } from '../definition/custom.ts'
import { savedForm } from '../definition/definition.ts'
import { namesSomebody, refuseNames } from '../definition/nameless.ts'
import { openReport } from '../running/open.ts'
import { parametersOf, sourceOf } from '../sources/index.ts'
import { findSaved, userOf } from './find.ts'

/** What somebody gives for a report. */
export type ReportDraft = { name: string; description?: string | null | undefined; definition: unknown }

const mostOwn = 500
const nameTaken: Fault = { field: 'name', message: 'You have another report with this name.' }
const sharingRight = 'reports.shared'

/**
 * Saves a report, which is the caller's own. Throws INVALID_INPUT with every fault; FORBIDDEN where it goes by what they may not read;
 * LIMIT_EXCEEDED beyond 500 of them.
 */
export async function saveReport(context: Context, draft: ReportDraft): Promise<Report> {
  const ownerId = personIn(context)
  const { name, description } = checkedTexts(draft)
  const definition = await checkedDefinition(context, draft.definition)
  const now = new Date()
  return unlessTaken(nameTaken, () =>
    transact(context, 'saveReport', async (tx) => {
      if ((await tx.report.count({ where: { ownerId } })) >= mostOwn)
        throw new LetheError('LIMIT_EXCEEDED', `You have ${mostOwn} reports: delete some that nobody needs.`)
      const times = { createdAt: now, updatedAt: now }
      return tx.report.create({
        data: { id: uuidv7(), ownerId, name, description, definition, sharedWith: [], ...times },
      })
    }),
  )
}

/** What to change about a report; what is absent stays. */
export type ReportChanges = { id: string; version: number } & {
  [Key in keyof ReportDraft]?: ReportDraft[Key] | null | undefined
}

/** Changes a report of the caller's own, for all whom it is shared with. Throws as `saveReport`, NOT_FOUND and CONFLICT. */
export async function updateReport(context: Context, { id, version, ...changes }: ReportChanges): Promise<Report> {
  personIn(context)
  const definition = changes.definition ? await checkedDefinition(context, changes.definition) : undefined
  const present = await findSaved(context, id)
  if (present.ownerId !== userOf(context)) throw othersReport()
  const texts = checkedTexts({
    name: changes.name ?? present.name,
    description: changes.description === undefined ? present.description : changes.description,
  })
  return unlessTaken(nameTaken, () =>
    change(context, 'updateReport', id, async (tx, report) => {
      if (report.version !== version) throw conflict(report.version)
      return save(tx, report, { ...texts, ...(definition && { definition }) })
    }),
  )
}

/** Removes a report of the caller's own, or one that somebody shares, by who may decide over that. Throws NOT_FOUND, FORBIDDEN. */
export async function deleteReport(context: Context, id: string): Promise<void> {
  personIn(context)
  await change(context, 'deleteReport', id, async (tx, report) => {
    requireSay(context, report)
    await tx.report.delete({ where: { id: report.id } })
  })
}

/** Shares a report with those who hold these roles, and nobody else any more. Throws NOT_FOUND, FORBIDDEN; INVALID_INPUT for what is no role. */
export async function shareReport(context: Context, id: string, roleIds: readonly string[]): Promise<Report> {
  personIn(context)
  return change(context, 'shareReport', id, async (tx, report) => {
    requireSay(context, report)
    const sharedWith = [...new Set(roleIds)].toSorted()
    const known = await tx.role.count({ where: { id: { in: sharedWith } } })
    if (known !== sharedWith.length) throw invalidInput([{ field: 'roles', message: 'There is no such role.' }])
    return save(tx, report, { sharedWith })
  })
}

async function change<T>(
  context: Context,
  operation: string,
  id: string,
  run: (tx: Transaction, report: Report) => Promise<T>,
) {
  await findSaved(context, id)
  return transact(context, operation, async (tx) => {
    const report = await tx.report.findUnique({ where: { id } })
    if (!report) throw notFound('Report')
    return run(tx, report)
  })
}

const save = (
  tx: Transaction,
  { id, version }: Report,
  data: Partial<Pick<Report, 'name' | 'description' | 'sharedWith'>> & { definition?: ReturnType<typeof savedForm> },
) => tx.report.update({ where: { id }, data: { ...data, version: version + 1, updatedAt: new Date() } })

/** Reports are people's: somebody has to answer for them. */
function personIn(context: Context): string {
  const userId = userOf(context)
  if (userId === null) throw forPeople()
  return userId
}

function requireSay(context: Context, { ownerId, sharedWith }: Report) {
  const own = ownerId === userOf(context)
  if (!own && !(sharedWith.length > 0 && context.rights.canWrite(sharingRight))) throw othersReport()
}

const othersReport = () => new LetheError('FORBIDDEN', 'Who made a report changes it: save one of your own.')

/** Opens it as its maker would read it, reads nothing, and refuses what names somebody. */
async function checkedDefinition(context: Context, given: unknown) {
  const { definition } = await openReport(context, { definition: given })
  const { filter, parameters } = definition
  const named = parametersOf(sourceOf(definition.source)).filter(
    ({ key, type }) => type === 'contact' && key in parameters,
  )
  if (named.length > 0) throw namesSomebody(named.map(({ key }) => `definition.parameters.${key}`))
  if (filter) refuseNames(filter, customKeysIn(filter).length > 0 ? await definitionsOf(context) : noDefinitions)
  return savedForm(definition)
}

function checkedTexts({ name, description }: Omit<ReportDraft, 'definition'>) {
  const faults: Fault[] = []
  const checked = {
    name: checkText(name, 'name', { max: 200 }, faults),
    description: checkText(description, 'description', { max: 2000, multiline: true }, faults),
  }
  if (!checked.name && faults.length === 0) faults.push({ field: 'name', message: 'Give it a name.' })
  if (faults.length > 0) throw invalidInput(faults)
  return checked
}
