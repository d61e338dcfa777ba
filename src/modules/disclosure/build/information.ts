import type { Transaction } from '../../../database/transact.ts'
import type { WorkContext } from '../../../graphql/context.ts'
import { textIn, textsIn } from '../../lawfulness/texts.ts'
import type { Module } from '../../module.ts'
import { here } from '../../requests/deadline.ts'
import { knownZone } from '../report/wording.ts'

export type Language = 'de' | 'en'

/** What Art. 15(1) and (2) GDPR wants besides the data themselves. */
export type Information = Awaited<ReturnType<typeof informationOf>>

type Asked = {
  contactId: string
  /** Contacts that were merged into it. */
  merged: readonly string[]
  language: Language
  modules: readonly Module[]
}

/** Reads it, of the purposes that the contact's data has been processed for. Texts are in one language. */
export async function informationOf(
  tx: Transaction,
  context: WorkContext,
  { contactId, merged, language, modules }: Asked,
) {
  const { organisation = { controller: undefined, dataProtectionOfficer: undefined } } = context
  const whose = { contactId: { in: [contactId, ...merged] } }
  const contacts = await tx.contact.findMany({ where: { id: whose.contactId }, orderBy: { id: 'asc' } })
  // A merge takes grounds over: what holds is what holds of the contact that stays.
  const periods = await tx.lawfulBasisPeriod.findMany({ where: { contactId }, orderBy: { validFrom: 'asc' } })
  const events = await tx.lawfulBasisEvent.findMany({
    where: whose,
    distinct: ['purposeKey', 'source'],
    select: { purposeKey: true, source: true },
  })
  const fields = await tx.fieldDefinition.findMany({
    where: { key: { in: contacts.flatMap(({ customFields }) => Object.keys(Object(customFields))) } },
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
    where: { ...whose, state: 'done' },
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
    recipients: await recipientsOf(tx, whose, purposes),
    retention: classes.map((one) => retentionOf(one, language)),
    sources: [...new Set([...contacts, ...events].map(({ source }) => source))].filter(Boolean),
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

/** In which time zone the contact is told times: their own, or else the controller's. */
export async function zoneOf(tx: Transaction, context: WorkContext, contactId: string): Promise<string> {
  const contact = await tx.contact.findUnique({ where: { id: contactId }, select: { timeZone: true } })
  return knownZone(contact?.timeZone, context.workingDays?.timeZone, here.timeZone)
}

const purposeOf = ({ purpose }: { purpose: string }) => purpose

type Retention = { key: string; names: unknown; period: string; start: string; citation: string; action: string }

const retentionOf = ({ key, names, period, start, citation, action }: Retention, language: Language) => ({
  ...{ key, period, start, citation, action },
  name: textIn(textsIn(names), language),
})

/**
 * Who got the data, by name: those that the purposes name, and programs of partners that read it or were told of it. Who only wrote
 * got nothing.
 */
async function recipientsOf(
  tx: Transaction,
  whose: { contactId: { in: string[] } },
  purposes: readonly { name: string; recipients: string[] }[],
) {
  const [told, readers, notified] = [
    await tx.webhookDelivery.findMany({
      where: { ...whose, state: 'delivered' },
      distinct: ['webhookId'],
      select: { webhook: { select: { clientId: true } } },
    }),
    await tx.recipientRead.findMany({ where: whose, distinct: ['clientId'], select: { clientId: true } }),
    await tx.recipientNotice.findMany({
      where: whose,
      distinct: ['clientId', 'recipient'],
      select: { clientId: true, recipient: true },
    }),
  ]
  const ids = [told.map(({ webhook }) => webhook), readers, notified].flat().flatMap(({ clientId }) => clientId ?? [])
  const clients = await tx.client.findMany({ where: { id: { in: ids } }, orderBy: { name: 'asc' } })
  const named = purposes.flatMap(({ name: purpose, recipients }) => recipients.map((name) => ({ name, purpose })))
  // Of a client that is gone, or a recipient whom the register named then, the notice has the name.
  const known = new Set([...clients, ...named].map(({ name }) => name))
  const former = notified.flatMap(({ clientId, recipient }) =>
    known.has(recipient) || clients.some(({ id }) => id === clientId) ? [] : [recipient],
  )
  return [
    ...[...clients.map(({ name }) => name), ...new Set(former)].map((name) => ({ name, purpose: null })),
    ...named,
  ]
}
