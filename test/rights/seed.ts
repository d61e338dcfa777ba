import { v7 as uuidv7 } from 'uuid'
import type { Database } from '../../src/database/client.ts'
import type { Ids } from './reading.ts'
import { calendarSecrets, seedCalendar } from './seed-calendar.ts'
import { seedConsents } from './seed-consents.ts'
import { seedWebhooks, webhookSecrets } from './seed-deliveries.ts'
import { fieldSecrets, seedFields } from './seed-fields.ts'
import { purposeKey, seedBases, seedRegister } from './seed-lawfulness.ts'
import { orderSecrets } from './seed-orders.ts'
import { reportSecrets } from './seed-reports.ts'
import { retentionSecrets } from './seed-retention.ts'
import { ruleSecrets, seedRules } from './seed-rules.ts'
import { scheduleSecrets } from './seed-schedules.ts'
import { statisticsSecrets } from './seed-statistics.ts'

/** Texts by the right that is needed to read them; each is found at no other place. */
export type Secrets = Readonly<Record<string, readonly string[]>>

/** What was put into the database for the tests. */
export type Seed = { ids: Ids; secrets: Secrets; links: Links; logged: Logged }

/** Entries of the log, about a role and about a contact, and the request that made the contact. */
export type Logged = { entries: readonly [string, string]; requestId: string }

/** The token of a link that nobody uses, the id of a user who can be invited again, and the token of somebody who consented. */
export type Links = { token: string; invited: string; consent: string }

/** Sends an operation as somebody who may do everything; fails the test if that has errors. */
export type Act = (query: string, variables?: object) => Promise<Record<string, Record<string, string>>>

const recognisable = {
  title: 'Zqtitle',
  givenName: 'Zqgiven',
  familyName: 'Zqfamily',
  organisation: 'Zqorganisation',
  jobTitle: 'Zqjobtitle',
  birthDate: '1931-03-17',
  language: 'cy-GB',
  timeZone: 'Pacific/Chatham',
  tags: ['zqtagged'],
  source: 'Zqsource',
  sourceAt: '1999-12-24T01:02:03.000Z',
  emails: [{ address: 'zqmailbox@example.org', label: 'zqmailboxlabel' }],
  phones: [{ number: '+4930987654', label: 'zqphonelabel' }],
  addresses: [
    {
      street: 'Zqstreet 1',
      postalCode: 'ZQ 24680',
      city: 'Zqcityname',
      region: 'Zqregion',
      country: 'DE',
      label: 'zqaddresslabel',
    },
  ],
  websites: [{ url: 'https://zqhomepage.example.org/', label: 'zqhomepagelabel' }],
  messengers: [{ service: 'matrix', handle: '@zqhandle:example.org', label: 'zqhandlelabel' }],
}

const secrets: Secrets = {
  'contacts.name': ['zqtitle', 'zqgiven', 'zqfamily'],
  'contacts.organisation': ['zqorganisation', 'zqjobtitle'],
  'contacts.birthDate': ['1931-03-17'],
  'contacts.preferences': ['cy-gb', 'pacific/chatham'],
  'contacts.tags': ['zqtagged'],
  'contacts.source': ['zqsource', '1999-12-24'],
  'contacts.email': ['zqmailbox'],
  'contacts.phone': ['30987654', 'zqphonelabel'],
  'contacts.address': ['zqstreet', 'zq 24680', 'zqcityname', 'zqregion', 'zqaddresslabel'],
  'contacts.website': ['zqhomepage'],
  'contacts.messenger': ['zqhandle'],
  'contacts.import': ['zqbookname', 'zqground'],
  'identity.users': ['ada@example.org', 'zqabsent@example.org'],
  'identity.roles': ['grants rights to others'],
  'identity.clients': ['zqprogram', 'zqpurpose', 'zqorigin', '2999-12-31'],
  'lawfulness.purposes': [
    ...['zqregistered', 'zqretained', 'zqstatute', 'zqnotice'],
    ...['zqsubjects', 'zqcategories', 'zqrecipient', 'zqtransfer'],
  ],
  'lawfulness.basis': ['zqbasis'],
  'documents.documents': ['zqpaper'],
  'mails.mail': ['zqmailkind', 'zqserved'],
  'requests.requests': ['zqstatement', 'zqunknown'],
  'requests.correspondence': ['zqmessage'],
  'selfservice.corrections': ['zqrejected'],
  'lawfulness.evidence': ['zqevidence'],
  'security.review': ['zqrestored'],
}

/**
 * Puts objects of every type there, through the API itself, so that there is a history, too.
 *
 * @param settle Lets rules take their turns.
 */
export async function seed(database: Database, act: Act, settle: () => Promise<unknown>): Promise<Seed> {
  const create = (input: object) =>
    act('mutation ($input: CreateContactInput!) { createContact(input: $input) { id version } }', { input }).then(
      (data) => data['createContact']?.['id'] ?? '',
    )
  const noticeId = await seedRegister(database, act)
  await act('mutation ($input: ImportContactsInput!) { importContacts(input: $input) { created } }', {
    input: {
      fileName: 'zqbookname.jsonl',
      format: 'JSONL',
      content: '{"givenName":"Zqgiven","familyName":"Imported"}\n',
      source: 'a fair',
      ground: 'CONSENT',
      groundNote: 'zqground',
      purpose: purposeKey,
    },
  })
  const main = await create(recognisable)
  const twin = await create({ ...recognisable, sourceAt: null })
  const merged = await create({
    givenName: 'Zqgiven',
    familyName: 'Zqfamily',
    emails: [{ address: 'zqmailbox2@example.org' }],
  })
  const restored = await create({ givenName: 'Zqgiven', emails: [{ address: 'zqmailbox3@example.org' }] })
  const merge = (source: string, version: number) =>
    act('mutation ($input: MergeContactsInput!) { mergeContacts(input: $input) { merges { id } } }', {
      input: { targetId: main, version, sourceIds: [source] },
    })
  await merge(restored, 1)
  const undone = await database.contactMerge.findFirstOrThrow()
  await act('mutation ($targetId: ID!, $mergeId: ID!) { undoMerge(targetId: $targetId, mergeId: $mergeId) { id } }', {
    targetId: main,
    mergeId: undone.id,
  })
  await merge(merged, 3)
  const { id: imported } = await database.contact.findFirstOrThrow({ where: { familyName: 'Imported' } })
  await merge(btoa(`Contact:${imported}`), 4)
  await seedBases(act, main, noticeId)
  const contactId = uuidIn(main)
  const mail = {
    id: uuidv7(),
    contactId,
    kind: 'zqmailkind',
    purposes: ['zqserved'],
    state: 'sent',
    sentAt: new Date(),
  }
  await database.outgoingMail.create({ data: mail })
  const points = await database.contactPoint.findMany({ where: { contactId, primary: true } })
  const confirmed = (kind: string) =>
    points.filter((point) => point.kind === kind).map(({ id }) => ({ id, verifiedAt: new Date() }))
  await act('mutation ($input: UpdateContactInput!) { updateContact(input: $input) { id } }', {
    input: {
      id: main,
      version: 5,
      title: 'Zqtitle II',
      updateEmails: confirmed('email'),
      updatePhones: confirmed('phone'),
      updateAddresses: confirmed('address'),
      updateWebsites: confirmed('website'),
      updateMessengers: confirmed('messenger'),
    },
  })
  const clients = await seedClients(database, act)
  const withFields = await seedFields(act)
  const appointment = await seedCalendar(database, act, main)
  const ruled = await seedRules(act, settle)
  await act('mutation { recordSecurityCheck(measure: BACKUPS, note: "Zqrestored") { id } }')
  const webhooks = await seedWebhooks(database, act, clients['Client']?.[1] ?? '')
  const links = { ...(await seedLinks(database, act)), consent: await seedConsents(act) }
  const { id: user } = await database.user.findFirstOrThrow({ where: { disabledAt: { not: null } } })
  const { id: role } = await database.role.findFirstOrThrow({ where: { key: 'administrator' } })
  const globalId = (type: string, id: string) => Buffer.from(`${type}:${id}`).toString('base64')
  return {
    ids: {
      Contact: [main, merged, twin, ...withFields, ...ruled.contacts],
      Rule: [ruled.rule],
      User: [globalId('User', user)],
      Role: [globalId('Role', role)],
      Webhook: webhooks,
      Appointment: [appointment],
      ...clients,
    },
    secrets: {
      ...secrets,
      ...fieldSecrets,
      ...calendarSecrets,
      ...ruleSecrets,
      ...webhookSecrets,
      ...orderSecrets,
      ...retentionSecrets,
      ...reportSecrets,
      ...statisticsSecrets,
      ...scheduleSecrets,
      'contacts.contact': [main.toLowerCase(), contactId, uuidIn(merged)],
    },
    links,
    logged: await findLogged(database, role, contactId),
  }
}

async function findLogged(database: Database, roleId: string, contactId: string): Promise<Logged> {
  const where = { action: 'created' }
  const ofRole = await database.systemAuditEntry.findFirstOrThrow({ where: { ...where, entityId: roleId } })
  const ofContact = await database.auditEntry.findFirstOrThrow({ where: { ...where, entityId: contactId } })
  return { entries: [ofRole.id, ofContact.id], requestId: ofContact.requestId }
}

/** A client with everything that one can have, and so one that is over; and another, with no scopes, that can call. */
async function seedClients(database: Database, act: Act): Promise<Ids> {
  const newClient = async (input: object) => {
    const creation = 'mutation ($input: CreateClientInput!) { createClient(input: $input) { id } }'
    return (await act(creation, { input: { name: 'Zqprogram', kind: 'PARTNER', ...input } }))['createClient']?.['id']
  }
  const over = (await newClient({ description: 'Zqpurpose', origins: ['https://zqorigin.example'] })) ?? ''
  const calling = (await newClient({})) ?? ''
  await act('mutation ($c: ID!) { grantScope(client: $c, right: "contacts.tags", read: true) { id } }', { c: over })
  const newKey =
    'mutation ($c: ID!, $e: DateTime) { createClientKey(client: $c, kind: SECRET, expiresAt: $e) { clientKey { id } } }'
  for (const input of [{ c: over, e: '2999-12-31T00:00:00Z' }, { c: calling }]) await act(newKey, input)
  await database.$executeRaw`UPDATE client_key SET last_used_at = now()`
  const rows = await database.clientKey.findMany({ orderBy: { id: 'asc' } })
  const keys = rows.map(({ id }) => Buffer.from(`ClientKey:${id}`).toString('base64'))
  await act('mutation ($id: ID!) { revokeClientKey(id: $id) { id } }', { id: keys[0] })
  await act('mutation ($id: ID!) { disableClient(id: $id) { id } }', { id: over })
  return { Client: [over, calling], ClientKey: keys }
}

async function seedLinks(database: Database, act: Act): Promise<Omit<Links, 'consent'>> {
  const invite = async (email: string) =>
    act('mutation ($email: String!) { inviteUser(input: { email: $email }) { link } }', { email })
  const { inviteUser } = await invite('linked@example.org')
  await invite('invited@example.org')
  const { id } = await database.user.findUniqueOrThrow({ where: { email: 'invited@example.org' } })
  return {
    token: inviteUser?.['link']?.split('#')[1] ?? '',
    invited: Buffer.from(`User:${id}`).toString('base64'),
  }
}

/** The UUID in a global id. */
const uuidIn = (globalId: string): string => Buffer.from(globalId, 'base64').toString().split(':')[1] ?? ''
