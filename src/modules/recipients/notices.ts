import { v7 as uuidv7 } from 'uuid'
import type { Transaction } from '../../database/transact.ts'
import type { WorkContext } from '../../graphql/context.ts'
import { typeOf } from './fields.ts'
import type { Rectification } from './rectified.ts'

/** A recipient of fields of a contact; `clientId` null: one that the register names. */
type Recipient = { clientId: string | null; recipient: string; fields: string[]; hasWebhook: boolean }

// So long a webhook is tried; then it is for staff.
const defaultHours = 72

/** Notes whom these rectifications are to be told to; to webhooks they are on their way. */
export async function addNotices(
  tx: Transaction,
  { webhooks }: Pick<WorkContext, 'webhooks'>,
  rectifications: readonly Rectification[],
): Promise<void> {
  const now = new Date()
  const giveUpAt = new Date(now.getTime() + (webhooks?.giveUpAfter ?? defaultHours * 3_600_000))
  const found = []
  for (const one of rectifications) {
    const { contactId, changedAt } = one
    for (const { hasWebhook, ...recipient } of await recipientsOf(tx, one)) {
      found.push({ notice: { contactId, id: uuidv7(), kind: 'rectified', ...recipient, changedAt }, hasWebhook })
    }
  }
  if (found.length === 0) return
  await tx.recipientNotice.createMany({ data: found.map(({ notice }) => notice) })
  const sendings = found.filter(({ hasWebhook }) => hasWebhook)
  await tx.recipientSending.createMany({
    data: sendings.map(({ notice: { contactId, id } }) => ({ contactId, id, dueAt: now, giveUpAt })),
  })
}

/**
 * Who has the old value: partners that read such a field before, or brought one; and the recipients of the purposes that the contact is
 * processed for. Not whoever changed it.
 */
async function recipientsOf(tx: Transaction, { contactId, actorKind, actorId, changedAt, fields: all }: Rectification) {
  const fields = [...all]
  const changer = actorKind === 'client' ? actorId : null
  const types = [...new Set(fields.map(typeOf))].filter((type) => type !== 'Contact')
  const readers = await tx.$queryRaw<Recipient[]>`
    SELECT c.id AS "clientId", c.name AS recipient, array_agg(DISTINCT got.field ORDER BY got.field) AS fields,
      EXISTS (SELECT FROM webhook w WHERE w.client_id = c.id AND w.deleted_at IS NULL AND w.disabled_at IS NULL) AS "hasWebhook"
    FROM client c JOIN (
      SELECT r.client_id, r.field FROM recipient_read r
      WHERE r.contact_id = ${contactId}::uuid AND r.field = ANY(${fields}) AND r.first_at <= ${changedAt}::timestamptz + interval '1 minute'
      UNION ALL
      SELECT e.actor_id, f.field FROM audit_entry e JOIN unnest(${fields}::text[], ${fields.map(typeOf)}::text[]) f (field, type)
        ON e.entity = f.type AND (f.type <> 'Contact' OR f.field = ANY(e.fields))
      WHERE e.contact_id = ${contactId}::uuid AND e.actor_kind = 'client' AND e.action IN ('created', 'updated')
        AND e.recorded_at < ${changedAt}::timestamptz AND (e.entity = 'Contact' OR e.entity = ANY(${types}))
    ) got ON got.client_id = c.id
    WHERE c.kind = 'partner' AND c.disabled_at IS NULL AND c.id IS DISTINCT FROM ${changer}::uuid
    GROUP BY c.id ORDER BY c.id`
  const registered = await tx.$queryRaw<{ recipient: string }[]>`
    SELECT DISTINCT recipient FROM lawful_basis_period p JOIN purpose u ON u.key = p.purpose_key, unnest(u.recipients) recipient
    WHERE p.contact_id = ${contactId}::uuid AND p.is_valid AND p.valid_from <= ${changedAt}::timestamptz
      AND (p.valid_until IS NULL OR p.valid_until > ${changedAt}::timestamptz) ORDER BY recipient`
  const told = new Set(readers.map(({ recipient }) => recipient.toLowerCase()))
  const byHand = registered.filter(({ recipient }) => !told.has(recipient.toLowerCase()))
  return [
    ...readers,
    ...byHand.map(
      ({ recipient }): Recipient => ({ clientId: null, recipient, fields: fields.toSorted(), hasWebhook: false }),
    ),
  ]
}
