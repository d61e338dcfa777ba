import { v7 as uuidv7 } from 'uuid'
import type { SubjectRequest } from '#prisma/client.ts'
import type { Database } from '../../database/client.ts'
import { type Transaction, transact } from '../../database/transact.ts'
import type { WorkContext } from '../../graphql/context.ts'
import { type Fault, invalidInput, notFound } from '../../graphql/errors.ts'
import type { ContactKey } from '../../keys/keys.ts'
import { checkText } from '../check-text.ts'
import { addDuration } from '../lawfulness/duration.ts'
import { mailOfficer } from './mails.ts'
import { contactKey, openText, sealText } from './seal.ts'

/** The rights that a contact can make use of by asking, each by a request of its own. What is at once done isn't one. */
export const requestKinds = ['access', 'rectification', 'erasure', 'restriction', 'portability'] as const

export type RequestKind = (typeof requestKinds)[number]

/** On which way a request comes: by the contact's own hand, or by a rule. */
type RequestChannel = 'self_service' | 'rule'

export const isRequestKind = (text: string): text is RequestKind => requestKinds.some((kind) => kind === text)

/** Without undue delay, and at the latest so long after receipt (Art. 12(3) GDPR: one month). */
export const timeForRequests = 'P1M'

/** What only words can tell: what is to be corrected, and why nobody may work with the data (Art. 16, 18 GDPR). */
const needsWords: readonly RequestKind[] = ['rectification', 'restriction']

const longest = 4000

/**
 * Takes down that a contact makes use of a right. Who asks again for what is still open gets that: one request a right. The
 * data-protection officer is told by mail. Throws INVALID_INPUT where words are missing or too many.
 */
export async function askFor(
  context: WorkContext,
  contactId: string,
  { kind, statement, channel }: { kind: RequestKind; statement: string; channel: RequestChannel },
): Promise<SubjectRequest> {
  const faults: Fault[] = []
  const text = checkText(statement, 'statement', { max: longest, multiline: true }, faults)
  if (needsWords.includes(kind) && !text && faults.length === 0) {
    faults.push({ field: 'statement', message: 'Say what it is about.', rule: 'missing' })
  }
  if (faults.length > 0) throw invalidInput(faults)
  const key = await contactKey(context.keys, contactId)
  return transact(
    context,
    'requestOwnRight',
    async (tx) => {
      const contact = await tx.contact.findUnique({ where: { id: contactId } })
      if (!contact) throw notFound('Contact')
      const open = await tx.subjectRequest.findFirst({ where: { contactId, kind, status: 'open' } })
      if (open) return open
      const id = uuidv7()
      const receivedAt = new Date()
      const row = {
        ...{ contactId, id, kind, receivedAt, channel, status: 'open' },
        dueAt: addDuration(receivedAt, timeForRequests),
        statement: text ? sealText(key, { ...statementPlace, contactId, id }, text) : null,
      }
      await tx.subjectRequest.create({ data: row })
      await mailOfficer(tx, context, row)
      return row
    },
    // Two at once: the second one finds the first. As a part of something else, it is refused by PostgreSQL.
    context.within ? {} : { isolation: 'Serializable' },
  )
}

/** What a contact asked for, the newest first. */
export const requestsOf = (tx: Database | Transaction, contactId: string): PromiseLike<SubjectRequest[]> =>
  tx.subjectRequest.findMany({ where: { contactId }, orderBy: { id: 'desc' }, take: 100 })

const statementPlace = { table: 'subject_request', column: 'statement' } as const

/** What the contact wrote; null if nothing. */
export const statementOf = (key: ContactKey, { contactId, id, statement }: SubjectRequest): string | null =>
  statement && openText(key, { ...statementPlace, contactId, id }, statement)
