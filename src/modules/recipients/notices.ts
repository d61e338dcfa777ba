import { v7 as uuidv7 } from 'uuid'
import { Prisma } from '#prisma/client.ts'
import type { Transaction } from '../../database/transact.ts'
import type { WorkContext } from '../../graphql/context.ts'
import { typeOf } from './fields.ts'
import type { Occasion } from './rectified.ts'

/** A recipient of data of a contact; `clientId` null: one that the register names. `webhooks`: where it can be told. */
type Recipient = { clientId: string | null; recipient: string; fields: string[]; webhooks: string[] }

// So long a webhook is tried; then it is for staff.
const defaultHours = 72

/** Notes whom this is to be told to; to webhooks it is on its way. */
export async function addNotices(
  tx: Transaction,
  { webhooks: settings }: Pick<WorkContext, 'webhooks'>,
  occasions: readonly Occasion[],
): Promise<void> {
  const now = new Date()
  const patience = settings?.giveUpAfter ?? defaultHours * 3_600_000
  const found = []
  for (const one of occasions) {
    const { contactId, kind, record, changedAt } = one
    const dueAt = one.dueAt > now ? one.dueAt : now
    for (const { webhooks, ...recipient } of await recipientsOf(tx, one)) {
      const notice = { contactId, id: uuidv7(), kind, record, ...recipient, changedAt }
      const giveUpAt = new Date(dueAt.getTime() + patience)
      const sending = { contactId, noticeId: notice.id, dueAt, giveUpAt }
      found.push({ notice, sendings: webhooks.map((webhookId) => ({ ...sending, id: uuidv7(), webhookId })) })
    }
  }
  if (found.length === 0) return
  await tx.recipientNotice.createMany({ data: found.map(({ notice }) => notice) })
  await tx.recipientSending.createMany({ data: found.flatMap(({ sendings }) => sendings) })
}

/**
 * Who has it: partners that read such a field before, or brought one; and, of what is the contact's own, the recipients of the purposes
 * that the contact is processed for. Not whoever changed it. Of a restriction, who has anything.
 */
async function recipientsOf(tx: Transaction, occasion: Occasion): Promise<Recipient[]> {
  const readers = await readersOf(tx, occasion)
  if (occasion.record !== '') return readers
  const told = new Set(readers.map(({ recipient }) => recipient.toLowerCase()))
  const byHand = (await registeredFor(tx, occasion)).filter((recipient) => !told.has(recipient.toLowerCase()))
  const fields = [...occasion.fields].toSorted()
  return [...readers, ...byHand.map((recipient): Recipient => ({ clientId: null, recipient, fields, webhooks: [] }))]
}

/** Partners that have it. What is rectified is told of the fields that they have of it. */
function readersOf(tx: Transaction, occasion: Occasion): Promise<Recipient[]> {
  const { contactId, kind, record, actorKind, actorId, changedAt } = occasion
  const fields = [...occasion.fields]
  const changer = actorKind === 'client' ? actorId : null
  const readBefore = Prisma.sql`r.first_at <= ${changedAt}::timestamptz + interval '1 minute'`
  const broughtBefore = Prisma.sql`e.contact_id = ${contactId}::uuid AND e.actor_kind = 'client'
    AND e.action IN ('created', 'updated') AND e.recorded_at < ${changedAt}::timestamptz`
  const anything = Prisma.sql`
    SELECT r.client_id, NULL AS field FROM recipient_read r WHERE r.contact_id = ${contactId}::uuid AND ${readBefore}
    UNION ALL SELECT e.actor_id, NULL FROM audit_entry e WHERE ${broughtBefore}`
  const types = [...new Set(fields.map(typeOf))]
  const these = Prisma.sql`
    SELECT r.client_id, r.field FROM recipient_read r
    WHERE r.contact_id = ${contactId}::uuid AND r.field = ANY(${fields}) AND r.record = ${record} AND ${readBefore}
    UNION ALL
    SELECT e.actor_id, f.field FROM audit_entry e JOIN unnest(${fields}::text[], ${fields.map(typeOf)}::text[]) f (field, type)
      ON e.entity = f.type AND (f.type <> 'Contact' OR f.field = ANY(e.fields))
    WHERE ${broughtBefore} AND e.entity = ANY(${types}) AND (${record} = '' OR e.entity_id::text = ${record})`
  return tx.$queryRaw<Recipient[]>`
    SELECT c.id AS "clientId", c.name AS recipient,
      array_remove(array_agg(DISTINCT got.field ORDER BY got.field), NULL) AS fields,
      ARRAY(SELECT w.id FROM webhook w WHERE w.client_id = c.id AND w.deleted_at IS NULL AND w.disabled_at IS NULL ORDER BY w.id)
        AS webhooks
    FROM client c JOIN (${kind === 'rectified' ? these : anything}) got ON got.client_id = c.id
    WHERE c.kind = 'partner' AND c.disabled_at IS NULL AND c.id IS DISTINCT FROM ${changer}::uuid
    GROUP BY c.id ORDER BY c.id`
}

/** The recipients that the register names for what the contact was processed for when it was changed. */
async function registeredFor(tx: Transaction, { contactId, changedAt }: Occasion): Promise<string[]> {
  const found = await tx.$queryRaw<{ recipient: string }[]>`
    SELECT DISTINCT recipient FROM lawful_basis_period p JOIN purpose u ON u.key = p.purpose_key, unnest(u.recipients) recipient
    WHERE p.contact_id = ${contactId}::uuid AND p.is_valid AND p.valid_from <= ${changedAt}::timestamptz
      AND (p.valid_until IS NULL OR p.valid_until > ${changedAt}::timestamptz) ORDER BY recipient`
  return found.map(({ recipient }) => recipient)
}
