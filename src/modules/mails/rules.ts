import { randomUUID } from 'node:crypto'
import { type Transaction, transact } from '../../database/transact.ts'
import type { WorkContext } from '../../graphql/context.ts'
import { LetheError } from '../../graphql/errors.ts'
import { openContactMessage } from '../../mail/outbox.ts'
import type { ClaimedMail } from '../../mail/queue.ts'
import type { ContactMailRules } from '../../mail/sender.ts'
import { writeEntries } from '../audit/write.ts'
import { readEvents, readPurposes } from '../lawfulness/basis/project.ts'
import { decide } from '../lawfulness/law/decide.ts'
import { readRestrictions } from '../lawfulness/law/restriction.ts'
import { stateEntry } from './queue.ts'
import { noteUndeliverable } from './undeliverable.ts'

/** Why a mail is not sent any more. Names nobody. */
export type Obstacle = 'erased' | 'merged' | 'not_allowed' | 'address_gone' | 'undeliverable' | 'request_closed'

// They ask whether an address is the contact's, or tell that it is theirs no longer.
const toOtherAddresses: ReadonlySet<string> = new Set(['self-service-address'])

// Somebody has just said that they read mails there, and is to prove it.
const proving: ReadonlySet<string> = new Set(['self-service-code'])

type Work = Omit<WorkContext, 'requestId'>

/** What decides over mails to contacts right before they are sent. */
export const contactMailRules = (work: Work): ContactMailRules => ({
  obstacle: (mail) => {
    const context = { ...work, requestId: randomUUID() }
    return transact(context, 'checkMail', (tx) => obstacleTo(tx, context, mail)) // As at one moment; it writes nothing.
  },
  settle: async (mail, state, note) => {
    const { contactId, id } = mail
    const context = { ...work, requestId: randomUUID() }
    const entries = contactId ? [stateEntry(contactId, id, 'queued', state)] : []
    try {
      await transact(context, 'sendMail', async (tx) => {
        await note(tx)
        await writeEntries(tx, context, entries)
      })
    } catch (error) {
      // Who was erased has no log that could be told.
      if (!(error instanceof LetheError && ['NOT_FOUND', 'UNREADABLE'].includes(error.code))) throw error
      await note(work.database)
    }
  },
  undeliverable: ({ id }, status) => noteUndeliverable({ ...work, requestId: randomUUID() }, id, status),
})

async function obstacleTo(tx: Transaction, work: Work, mail: ClaimedMail): Promise<Obstacle | undefined> {
  const { keys } = work
  const { contactId, aboutRequest } = mail
  if (aboutRequest) {
    const open = { requestId: aboutRequest, usedAt: null, expiresAt: { gt: new Date() } }
    return (await tx.requestLink.findFirst({ where: open })) ? undefined : 'request_closed'
  }
  if (!contactId) return undefined
  const contact = await tx.contact.findUnique({
    where: { id: contactId },
    select: { birthDate: true, mergedIntoId: true },
  })
  if (!contact || (await keys.find([contactId])).get(contactId) === 'destroyed') return 'erased'
  if (contact.mergedIntoId) return 'merged'
  const allowed = await allowedPurposes(tx, work, { id: contactId, birthDate: contact.birthDate }, mail.purposes)
  if (allowed.length < mail.purposes.length) return 'not_allowed'
  if (toOtherAddresses.has(mail.kind)) return undefined
  const { to } = await openContactMessage(keys, { ...mail, contactId })
  const points = await tx.contactPoint.findMany({
    where: { contactId, kind: 'email', value: { equals: to, mode: 'insensitive' } },
  })
  if (points.length === 0) return 'address_gone'
  const arrives = proving.has(mail.kind) || points.some(({ undeliverableAt }) => undeliverableAt === null)
  return arrives ? undefined : 'undeliverable'
}

/** For which of these purposes a contact may be processed now. */
export async function allowedPurposes(
  tx: Transaction,
  work: Pick<WorkContext, 'restrictions'>,
  { id, birthDate }: { id: string; birthDate: Date | null },
  asked: readonly string[],
): Promise<string[]> {
  if (asked.length === 0) return []
  const [register, events] = [await readPurposes(tx), (await readEvents(tx, [id])).get(id) ?? []]
  const restrictions = (await readRestrictions(tx, work, [id])).get(id) ?? []
  const at = new Date()
  return asked.filter((purpose) => decide(events, register, { purpose, at, birthDate, restrictions }).allowed)
}
