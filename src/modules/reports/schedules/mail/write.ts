import { randomUUID } from 'node:crypto'
import type { ReportRecipient, ReportSchedule } from '#prisma/client.ts'
import type { Context, WorkContext } from '../../../../graphql/context.ts'
import { layOut, type MailLanguage, mailLanguage } from '../../../../mail/layout.ts'
import type { Message } from '../../../../mail/outbox.ts'
import type { MailWriters } from '../../../../mail/sender.ts'
import { checkpointFile } from '../../../audit/proofs/checkpoint-file.ts'
import { officerOf } from '../../../requests/mails.ts'
import { contextOf } from '../../reader.ts'
import type { OpenReport } from '../../running/open.ts'
import { findSaved } from '../../saved/find.ts'
import { countEntered } from '../entering.ts'
import { formatOf, openForOwner, openForReader, parametersIn, referenceIn, type Sound } from '../schedule.ts'
import { reportMail } from '../turns.ts'
import { type Attached, makeAttachment } from './attachment.ts'
import { encrypted } from './encrypt.ts'
import { groupsOf } from './groups.ts'
import { reportUrl } from './link.ts'
import { logMailed } from './log.ts'
import { momentIn, reportText } from './texts.ts'

/** Why a mail is not sent. Names nobody. */
export type ReportObstacle =
  | 'schedule_gone'
  | 'recipient_gone'
  | 'recipient_rights'
  | 'undeliverable'
  | 'owner_gone'
  | 'owner_rights'
  | 'report_gone'
  | 'nothing_to_say'

type Work = Omit<WorkContext, 'requestId'>

/**
 * Writes mails with reports at the moment that they are sent: what the report shows then, to this recipient, by the rights that they
 * have then. Nothing is sent where there is nothing to say.
 */
export const reportMailWriters = (work: Work): MailWriters => ({
  [reportMail]: async ({ id }, _queued, { small }) => {
    const found = await mailingOf(work, id)
    if (!found) return { obstacle: 'schedule_gone' satisfies ReportObstacle }
    const written = await write(work, { ...found, small })
    return typeof written === 'string' ? { obstacle: written } : written
  },
})

type Mailing = { schedule: ReportSchedule; recipient: ReportRecipient; period: Date; small: boolean }

async function mailingOf({ database }: Work, mailId: string): Promise<Omit<Mailing, 'small'> | undefined> {
  const mailing = await database.reportMailing.findUnique({ where: { mailId } })
  if (!mailing) return undefined
  const { scheduleId, recipientId, period } = mailing
  const schedule = await database.reportSchedule.findFirst({ where: { id: scheduleId, NOT: { enabledAt: null } } })
  const recipient = await database.reportRecipient.findFirst({ where: { id: recipientId, scheduleId } })
  return schedule && recipient ? { schedule, recipient, period } : undefined
}

/** Who reads the mail. Those without an account read by the rights of the owner, who answers for it. */
type Reader = {
  context: Context
  to: string
  name: string
  language: MailLanguage
  hasAccount: boolean
  /** Mails came back from there. */
  undeliverable: boolean
}

async function readerOf(
  work: Work,
  { userId, addressId, language }: ReportRecipient,
  owner: Context,
): Promise<Reader | undefined> {
  const { database } = work
  if (userId) {
    const user = await database.user.findFirst({ where: { id: userId, disabledAt: null } })
    const context = user && (await contextOf(work, userId, owner.requestId))
    if (!user || !context) return undefined
    return {
      context,
      to: user.email,
      name: user.name,
      language: mailLanguage(language ?? user.language),
      hasAccount: true,
      undeliverable: user.undeliverableAt !== null,
    }
  }
  const address = addressId ? await database.reportAddress.findUnique({ where: { id: addressId } }) : null
  if (!address) return undefined
  const its = { to: address.address, name: address.name, language: mailLanguage(language ?? address.language) }
  return { context: owner, ...its, hasAccount: false, undeliverable: address.undeliverableAt !== null }
}

async function write(work: Work, mailing: Mailing): Promise<Message | ReportObstacle> {
  const { schedule, recipient, period } = mailing
  const sound = await openForOwner(work, schedule, randomUUID())
  if (sound === 'owner_gone' || sound === 'owner_rights' || sound === 'report_gone') return sound
  if (typeof sound === 'string') return 'schedule_gone'
  const reader = await readerOf(work, recipient, sound.owner)
  if (!reader) return 'recipient_gone'
  if (reader.undeliverable) return 'undeliverable'
  const open = await openForReader(await inLanguageOf(work, schedule, sound, reader), reader.context)
  if (!open) return 'recipient_rights'
  const entered = schedule.cron === null
  const count = entered ? await countIn(work, schedule.id, open, period) : await open.count()
  if (count === 0 && !(schedule.evenIfEmpty && !entered)) return 'nothing_to_say'
  return compose(work, mailing, { sound, reader, open, count, entered })
}

/** Some reports tell in words, in a language that is said when they are opened. */
async function inLanguageOf(work: Work, schedule: ReportSchedule, sound: Sound, { language }: Reader): Promise<Sound> {
  if (!sound.open.source.parameters.some(({ key }) => key === 'language')) return sound
  const again = await openForOwner(work, schedule, sound.owner.requestId, { language })
  return typeof again === 'string' ? sound : again
}

const countIn = async ({ database }: Work, scheduleId: string, { subjects }: OpenReport, period: Date) =>
  subjects ? countEntered(database, scheduleId, { subjects }, period) : 0

type Facts = { sound: Sound; reader: Reader; open: OpenReport; count: number; entered: boolean }

async function compose(
  work: Work,
  { schedule, recipient, small }: Mailing,
  { sound, reader, open, count, entered }: Facts,
): Promise<Message> {
  const { database } = work
  const { context, to, name, language, hasAccount } = reader
  const protectedBy = recipient.userId ?? recipient.addressId ?? ''
  const protection = await database.reportProtection.findUnique({ where: { recipientId: protectedBy } })
  const format = formatOf(schedule)
  const allowed = schedule.attachmentsAllowedAt !== null
  const made = format
    ? await makeAttachment(context, open, { ...{ format, allowed, protection, language, small }, name: name || to })
    : { state: 'none' as const }
  const checkpoint = isOfficer(work, reader) ? await checkpointFile(context) : undefined
  const owner = await database.user.findUnique({ where: { id: schedule.ownerId }, select: { name: true, email: true } })
  const content = reportText(language, name, {
    report: (open.name ?? open.source.name)[language],
    ...{ count, entered },
    at: momentIn(new Date(), language, schedule.timeZone),
    groups: entered ? [] : await groupsOf(open, { language, timeZone: schedule.timeZone }),
    withheld: made.file ? open.withheld.length : 0,
    url: hasAccount ? await urlFor(work, sound, schedule, reader) : undefined,
    ...{ attachment: made.state, checkpoint: checkpoint !== undefined, schedule: schedule.name },
    owner: owner?.name || owner?.email || '',
  })
  const files = [...(made.file ? [made.file] : []), ...(checkpoint ? [checkpoint] : [])]
  const message: Message = { to, ...layOut(content), attachments: files.map(asAttachment) }
  if (made.file) {
    const { rows = 0, reached = new Set() } = made
    await logMailed(sound.owner, open, { schedule, recipient, format: format ?? '', rows, reached })
  }
  return made.state === 'encrypted_mail' && protection ? encrypted(message, protection) : message
}

const asAttachment = ({ name, mediaType, content }: Attached) => ({
  name,
  mediaType,
  content: content.toString('base64'),
})

/** The data-protection officer, to whom the newest checkpoint goes: whoever may read the whole log, and the address that LETHE_DPO has. */
function isOfficer(work: Work, { context, to, hasAccount }: Reader): boolean {
  return officerOf(work)?.toLowerCase() === to.toLowerCase() || (hasAccount && context.rights.canRead('audit.log'))
}

/** Where they read it themselves; of a report that isn't shared with them, where they sign in. */
async function urlFor(
  work: Work,
  { open }: Sound,
  schedule: ReportSchedule,
  { context, language }: Reader,
): Promise<string | undefined> {
  if (work.graphiql === false) return undefined
  const reference = referenceIn(schedule)
  if ('id' in reference && !(await sees(context, reference.id))) return `${work.publicUrl}/graphql`
  const parameters = 'key' in reference ? open.definition.parameters : parametersIn(schedule)
  return reportUrl(work.publicUrl, { reference, parameters, language })
}

async function sees(context: Context, id: string): Promise<boolean> {
  return (await findSaved(context, id).catch(() => undefined)) !== undefined
}
