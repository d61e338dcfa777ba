import type { Transaction } from '../../../database/transact.ts'
import type { WorkContext } from '../../../graphql/context.ts'
import { textIn, textsIn } from '../../lawfulness/texts.ts'
import type { Module } from '../../module.ts'

export type Language = 'de' | 'en'

/** What Art. 15(1) and (2) GDPR wants besides the data themselves. */
export type Information = Awaited<ReturnType<typeof informationOf>>

type Asked = { contactId: string; language: Language; modules: readonly Module[] }

/** Reads it, of the purposes that the contact's data has been processed for. Texts are in one language. */
export async function informationOf(tx: Transaction, context: WorkContext, { contactId, language, modules }: Asked) {
  const { organisation = { controller: undefined, dataProtectionOfficer: undefined } } = context
  const contact = await tx.contact.findUnique({ where: { id: contactId } })
  const periods = await tx.lawfulBasisPeriod.findMany({ where: { contactId }, orderBy: { validFrom: 'asc' } })
  const events = await tx.lawfulBasisEvent.findMany({
    where: { contactId },
    distinct: ['purposeKey', 'source'],
    select: { purposeKey: true, source: true },
  })
  const fields = await tx.fieldDefinition.findMany({
    where: { key: { in: Object.keys(Object(contact?.customFields)) } },
  })
  const keys = [...new Set([...events, ...periods].map(({ purposeKey }) => purposeKey).concat(fields.map(purposeOf)))]
  const rows = await tx.purpose.findMany({
    where: { key: { in: keys } },
    include: { retention: true },
    orderBy: { key: 'asc' },
  })
  const now = new Date()
  const purposes = rows.map((row) => ({
    key: row.key,
    name: textIn(textsIn(row.names), language) || row.key,
    description: textIn(textsIn(row.descriptions), language),
    grounds: periods
      .filter(({ purposeKey }) => purposeKey === row.key)
      .map(({ ground, specialGround, valid, validFrom, validUntil }) => ({
        ...{ ground, specialGround },
        validFrom: validFrom.toISOString(),
        validUntil: validUntil?.toISOString() ?? null,
        holdsNow: valid && validFrom <= now && (validUntil === null || validUntil > now),
      })),
    dataCategories: row.dataCategories,
    recipients: row.recipients,
    transfers: row.transfers,
    retention: row.retention && retentionOf(row.retention, language),
  }))
  const classes = await tx.retentionClass.findMany({ where: { key: { in: fields.map((one) => one.retentionClass) } } })
  const rules = await tx.automationRun.findMany({
    where: { contactId, state: 'done' },
    distinct: ['ruleId'],
    select: { rule: { select: { name: true, description: true } } },
  })
  return {
    controller: organisation.controller ?? null,
    dataProtectionOfficer: organisation.dataProtectionOfficer ?? null,
    supervisoryAuthority: organisation.authority ?? null,
    purposes,
    categories: modules
      .flatMap(({ personalData }) => (personalData === 'none' ? [] : personalData.categories))
      .toSorted(),
    recipients: await recipientsOf(tx, contactId, purposes),
    retention: classes.map((one) => retentionOf(one, language)),
    sources: [...new Set([contact?.source ?? '', ...events.map(({ source }) => source)])].filter(Boolean),
    transfers: [...new Set(purposes.flatMap(({ transfers }) => transfers))],
    automatedDecisions: organisation.automatedDecisions ?? null,
    rules: rules.map(({ rule }) => rule),
    rights: [
      ...['access (Art. 15 GDPR)', 'rectification (Art. 16 GDPR)', 'erasure (Art. 17 GDPR)'],
      ...['restriction of processing (Art. 18 GDPR)', 'data portability (Art. 20 GDPR)', 'objection (Art. 21 GDPR)'],
      ...['withdrawal of consent (Art. 7(3) GDPR)', 'complaint to a supervisory authority (Art. 77 GDPR)'],
    ],
  }
}

const purposeOf = ({ purpose }: { purpose: string }) => purpose

type Retention = { key: string; names: unknown; period: string; start: string; citation: string; action: string }

const retentionOf = ({ key, names, period, start, citation, action }: Retention, language: Language) => ({
  ...{ key, period, start, citation, action },
  name: textIn(textsIn(names), language),
})

/** Who got the data, by name: those that the purposes name, and programs of others that read it or were told of it. */
async function recipientsOf(
  tx: Transaction,
  contactId: string,
  purposes: readonly { name: string; recipients: string[] }[],
) {
  const [told, readers] = [
    await tx.webhookDelivery.findMany({
      where: { contactId, state: 'delivered' },
      distinct: ['webhookId'],
      select: { webhook: { select: { clientId: true } } },
    }),
    await tx.auditEntry.findMany({
      where: { contactId, actorKind: 'client', actorId: { not: null } },
      distinct: ['actorId'],
      select: { actorId: true },
    }),
  ]
  const ids = [...told.map(({ webhook }) => webhook.clientId), ...readers.flatMap(({ actorId }) => actorId ?? [])]
  const clients = await tx.client.findMany({ where: { id: { in: ids } }, orderBy: { name: 'asc' } })
  return [
    ...clients.map(({ name }) => ({ name, purpose: null })),
    ...purposes.flatMap(({ name: purpose, recipients }) => recipients.map((name) => ({ name, purpose }))),
  ]
}
