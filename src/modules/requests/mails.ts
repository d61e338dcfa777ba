import { v7 as uuidv7 } from 'uuid'
import type { Contact, SubjectRequest } from '#prisma/client.ts'
import type { Database } from '../../database/client.ts'
import type { Transaction } from '../../database/transact.ts'
import type { WorkContext } from '../../graphql/context.ts'
import { layOut, type MailContent, type MailLanguage, mailLanguage } from '../../mail/layout.ts'
import { queueMail } from '../../mail/outbox.ts'
import { checkpointFile, checkpointWords } from '../audit/proofs/checkpoint-file.ts'
import { openingKey } from '../fields/store.ts'
import { queueContactMail } from '../mails/queue.ts'
import { presentContact } from '../mails/survivor.ts'
import { here } from './deadline.ts'
import { isRequestKind, known, type RequestKind } from './kinds.ts'
import { mailTexts } from './mail-texts/index.ts'
import type { Close } from './mail-texts/types.ts'
import { sealMessage } from './seal.ts'
import { dayText, rightsText } from './texts.ts'

/** What a notice to a person is about, for those who look at it later. */
export type NoticeKind = 'receipt' | 'verification' | 'extension' | 'decision' | 'restriction' | 'message'

/** A request as far as notices go by it. */
export type Told = Pick<SubjectRequest, 'contactId' | 'id' | 'caseId' | 'kind' | 'dueAt'>

/** Those that were made together have one case. */
export const caseOf = ({ id, caseId }: Pick<SubjectRequest, 'id' | 'caseId'>): string => caseId ?? id

/**
 * Writes to a person about their requests: by mail, where they have an address and a mail server is set. In any case it is kept as
 * a message; one whose channel is `letter` has to be sent by hand. Returns the message's id.
 */
export async function tellPerson(
  tx: Transaction,
  context: WorkContext,
  requests: readonly [Told, ...Told[]],
  kind: NoticeKind,
  write: (words: Words) => MailContent,
): Promise<string> {
  const [first] = requests
  const { contactId } = first
  const contact = await presentContact(tx, contactId)
  const to = contact && (await addressOf(tx, contact))
  const page = to && context.mail ? `${context.publicUrl}/my` : undefined
  const words = wordsFor(context, contact?.language ?? '', requests.map(kindOf), page)
  const content = layOut(write(words))
  const mailed = Boolean(to && context.mail)
  if (to && context.mail) {
    await queueContactMail(tx, context, { contactId: contact.id, to, kind: `subject-request-${kind}`, ...content })
  }
  const id = uuidv7()
  const text = sealMessage(await openingKey(context.keys, contactId), { contactId, id }, content.text)
  await tx.subjectMessage.create({
    data: {
      ...{ contactId, id, caseId: caseOf(first), kind, incoming: false, text },
      ...{ channel: mailed ? 'mail' : 'letter', writtenAt: new Date(), authorId: userOf(context) },
    },
  })
  return id
}

/**
 * What a person is told before they are erased, and the address to which it goes by mail; without one, staff sends it as a letter. It is
 * kept nowhere with them: it has to outlive them.
 */
export async function lastWords(
  tx: Transaction | Database,
  context: WorkContext,
  contactId: string,
  write: (words: Words) => MailContent,
): Promise<{ to: string | undefined; subject: string; text: string; html: string }> {
  const contact = await presentContact(tx, contactId)
  const address = contact && (await addressOf(tx, contact))
  const to = context.mail ? (address ?? undefined) : undefined
  return { to, ...layOut(write(wordsFor(context, contact?.language ?? '', ['erasure'], undefined))) }
}

/** What notices are written with. */
export type Words = {
  language: MailLanguage
  texts: (typeof mailTexts)[MailLanguage]
  rights: string
  day: (at: Date) => string
  close: Close
}

const wordsFor = (
  context: WorkContext,
  wanted: string,
  kinds: readonly RequestKind[],
  page: string | undefined,
): Words => {
  const language = languageOf(context, wanted)
  const { timeZone } = context.workingDays ?? here
  return {
    ...{ language, texts: mailTexts[language], rights: rightsText(kinds, language) },
    day: (at) => dayText(at, language, timeZone),
    close: { page, controller: context.organisation?.controller },
  }
}

/** Writes to somebody who is no contact, or not yet known to be one. Nothing is kept of it but the mail, until it is sent. */
export async function tellUnknown(
  tx: Transaction,
  context: WorkContext,
  { to, language, kinds }: { to: string; language: string; kinds: readonly RequestKind[] },
  write: (words: Words) => MailContent,
): Promise<void> {
  if (!context.mail) return
  const content = layOut(write(wordsFor(context, language, kinds, undefined)))
  await queueMail(tx, context, { kind: 'subject-request-decision', to, ...content })
}

/** What those who answer are told. */
export type Alert = 'received' | 'assigned' | 'dueSoon' | 'overdue' | 'incoming'

/**
 * Tells who has to answer: the user whose task it is, or else the data-protection officer (LETHE_DPO, if an address stands in it).
 * Which right, and by when; not whose.
 */
export async function alert(
  tx: Transaction,
  context: WorkContext,
  kind: Alert,
  { kinds, dueAt, assigneeId }: { kinds: readonly RequestKind[]; dueAt: Date; assigneeId?: string | null },
): Promise<void> {
  if (!context.mail) return
  const user = assigneeId ? await tx.user.findFirst({ where: { id: assigneeId, disabledAt: null } }) : null
  const to = user?.email ?? officerOf(context)
  if (!to) return
  const language = user ? mailLanguage(user.language) : languageOf(context, '')
  const asked = {
    rights: rightsText(kinds, language),
    due: dayText(dueAt, language, (context.workingDays ?? here).timeZone),
  }
  const content = mailTexts[language][kind](asked, context.publicUrl)
  // In the officer's mailbox it is an anchor of the log.
  const checkpoint = to === officerOf(context) ? await checkpointFile({ ...context, database: tx }) : undefined
  const told = checkpoint ? { ...content, after: [...content.after, checkpointWords[language]] } : content
  const files = checkpoint ? { attachments: [{ ...checkpoint, content: checkpoint.content.toString('base64') }] } : {}
  await queueMail(tx, context, { kind: 'subject-request', to, ...layOut(told), ...files })
}

/** The address of the data-protection officer, if LETHE_DPO has one. */
export const officerOf = ({ organisation }: Pick<WorkContext, 'organisation'>): string | undefined =>
  /[^\s<>,;:"()]+@[^\s<>,;:"()]+\.[^\s<>,;:"()]+/.exec(organisation?.dataProtectionOfficer ?? '')?.[0]

/** The first e-mail address of the person's that mails arrive at. */
async function addressOf(tx: Transaction | Database, { id: contactId }: Contact): Promise<string | undefined> {
  const where = { contactId, kind: 'email' as const, undeliverableAt: null }
  const point = await tx.contactPoint.findFirst({ where, orderBy: [{ primary: 'desc' }, { id: 'asc' }] })
  return point?.value
}

const kindOf = ({ kind }: Pick<SubjectRequest, 'kind'>): RequestKind => known(isRequestKind, kind)

/** The user who acts, if it is one. */
export const userOf = ({ actor }: Pick<WorkContext, 'actor'>): string | null =>
  actor.kind === 'user' ? actor.id : null

/** The person's own; without one, that of the country that we are in. */
function languageOf({ country }: Pick<WorkContext, 'country'>, language: string): MailLanguage {
  const [base] = language.toLowerCase().split('-')
  if (base === 'de' || base === 'en') return base
  return base === '' && ['DE', 'AT', 'CH', 'LI'].includes(country) ? 'de' : 'en'
}
