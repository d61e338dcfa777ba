import { randomUUID } from 'node:crypto'
import { expect } from 'vitest'
import { listenToDatabase } from '../../src/database/listen.ts'
import { type Transaction, transact } from '../../src/database/transact.ts'
import type { WorkContext } from '../../src/graphql/context.ts'
import { type MailSender, startMailSender } from '../../src/mail/sender.ts'
import type { MailSettings } from '../../src/mail/settings.ts'
import { executeErasure } from '../../src/modules/erasure/engine/execute.ts'
import { hooksOf } from '../../src/modules/hooks.ts'
import { modules } from '../../src/modules/index.ts'
import { type NewContactMail, queueContactMail } from '../../src/modules/mails/queue.ts'
import { contactMailRules } from '../../src/modules/mails/rules.ts'
import { unsubscribeLink } from '../../src/modules/mails/unsubscribe-link.ts'
import { reportMailWriters } from '../../src/modules/reports/schedules/mail/write.ts'
import { startMailServer } from '../mail/mail-server.ts'
import { type GraphqlAnswer, startTestApp } from '../support/app.ts'
import { facts, wholeContact } from '../support/erasure.ts'

// biome-ignore lint/suspicious/noExplicitAny: the shape depends on the operation
type Data = any

export type Mailroom = Awaited<ReturnType<typeof openMailroom>>

export const controller = 'Musterfirma GmbH\nHauptstraße 1\n12345 Musterstadt'

const texts = (text: string, other: string) => [
  { language: 'de', text },
  { language: 'en', text: other },
]

const purposes = [
  { key: 'marketing', directMarketing: true, names: texts('Werbung', 'Advertising') },
  { key: 'newsletter', parent: 'marketing', names: texts('Rundbrief', 'Newsletter') },
  { key: 'events', parent: 'newsletter', names: texts('Einladungen zu Veranstaltungen', 'Invitations to events') },
  { key: 'surveys', names: texts('Umfragen', 'Surveys') },
  { key: 'orders', names: texts('Bestellungen', 'Orders') },
]

/** An app that can send mails, a mail server, and a register of purposes. Senders are started by the test. */
export async function openMailroom(settings: Pick<MailSettings, 'bounces'> = {}) {
  const server = await startMailServer()
  const mail = { smtpUrl: server.url, from: 'Lethe <lethe@crm.example>', ...settings }
  const organisation = { controller, dataProtectionOfficer: undefined }
  const app = await startTestApp({ config: { mail, organisation } })
  const token = await app.signIn()
  const ask = async (query: string, variables: object = {}): Promise<Data> => {
    const { data, errors } = await app.graphql(query, variables, token)
    expect(errors).toBeUndefined()
    return data
  }
  for (const input of purposes) {
    const grounds = ['CONSENT', 'LEGITIMATE_INTERESTS', 'CONTRACT']
    await ask('mutation ($input: CreatePurposeInput!) { createPurpose(input: $input) { key } }', {
      input: { grounds, ...input },
    })
  }
  const notice = {
    p: 'newsletter',
    t: texts('Wir schreiben Ihnen <einmal> im Monat.', 'We write <once> a month.'),
  }
  await ask(
    'mutation ($p: String!, $t: [LocalizedTextInput!]!) { publishNotice(purpose: $p, texts: $t) { version } }',
    notice,
  )
  const work = (): WorkContext => ({
    ...app.work,
    ...hooksOf(modules),
    requestId: randomUUID(),
    mail: true,
    publicUrl: app.url,
    organisation,
  })
  const notifications = await listenToDatabase(app.config.databaseUrl ?? '', app.work.log)
  const senders: MailSender[] = []
  const inTurn = <T>(run: (tx: Transaction, context: WorkContext) => Promise<T>): Promise<T> => {
    const context = work()
    return transact(context, 'test', (tx) => run(tx, context))
  }
  const mutation = (name: string, type: string) => async (input: object) =>
    (await ask(`mutation ($input: ${type}!) { ${name}(input: $input) { id } }`, { input }))[name].id

  let count = 0
  return {
    ...app,
    server,
    ask,
    work,
    inTurn,
    /** As a caller who may fail. */
    tell: (query: string, variables: object, key = token): Promise<GraphqlAnswer> => app.graphql(query, variables, key),
    /** A contact with an address. */
    person: async (): Promise<{ id: string; address: string }> => {
      const address = `person${++count}@example.org`
      const create = mutation('createContact', 'CreateContactInput')
      const id = await create({ givenName: 'Ida', emails: [{ address }] })
      return { id: Buffer.from(id, 'base64').toString().replace('Contact:', ''), address }
    },
    /** A ground that holds from now on. */
    ground: (contactId: string, purpose: string, ground = 'CONSENT') =>
      mutation('recordLawfulBasis', 'RecordLawfulBasisInput')({ contactId: globalId(contactId), purpose, ground }),
    mayProcess: async (id: string, purpose: string): Promise<boolean> => {
      const query = 'query ($id: ID!, $p: String!) { contact(id: $id) { mayProcess(purpose: $p) { allowed } } }'
      return (await ask(query, { id: globalId(id), p: purpose })).contact.mayProcess.allowed
    },
    /** Staff record that somebody has withdrawn their consent. */
    withdraw: (contactId: string, purpose: string) =>
      ask('mutation ($input: WithdrawConsentInput!) { withdrawConsent(input: $input) { outcomes { state } } }', {
        input: { idempotencyKey: randomUUID(), person: { contactId: globalId(contactId) }, purposes: [purpose] },
      }),
    /** What happened to a contact's grounds, in order. */
    events: async (contactId: string) => {
      const rows = await app.database.lawfulBasisEvent.findMany({ where: { contactId }, orderBy: { id: 'asc' } })
      return rows.map(({ kind, purposeKey, actorKind, actorId, source }) => ({
        ...{ kind, purpose: purposeKey, actorKind, actorId, source },
      }))
    },
    /** Queues a mail for a purpose. */
    newsletter: (to: { id: string; address: string }, purpose = 'newsletter', changes: Partial<NewContactMail> = {}) =>
      inTurn(async (tx, context) => {
        const unsubscribe = await unsubscribeLink(tx, context, { contactId: to.id, purpose })
        const content = { kind: 'newsletter', to: to.address, subject: 'News', text: 'Zqtext', html: '<p>Zqtext</p>' }
        await queueContactMail(tx, context, { ...content, contactId: to.id, purpose, unsubscribe, ...changes })
        return unsubscribe.url
      }),
    mailsTo: (contactId: string) =>
      app.database.outgoingMail.findMany({ where: { contactId }, orderBy: { id: 'asc' } }),
    /** What the log tells of mails to a contact: actions and values. */
    logged: async (id: string): Promise<Data[]> => {
      const query = `query ($id: ID!) { auditLog(filter: { contactId: $id }, first: 100) {
        edges { node { entity action operation changes { field old new } } } } }`
      const { auditLog } = await ask(query, { id: globalId(id) })
      return auditLog.edges.map(({ node }: Data) => node).filter(({ entity }: Data) => entity === 'ContactMail')
    },
    /** Erases a contact by the book. */
    erase: async (id: string): Promise<void> => {
      const decision = wholeContact()
      await executeErasure(work(), { erasureId: decision.erasureId, contactIds: [id], decision, facts: facts() })
    },
    start: (changes: Partial<WorkContext> = {}): MailSender => {
      const { database } = app
      const { secrets, keys, log } = app.work
      const rules = contactMailRules(work())
      const writers = reportMailWriters({ ...work(), ...changes })
      const dependencies = { database, secrets, keys, log, mail, grace: 2000, rules, writers, notifications }
      const sender = startMailSender(dependencies)
      senders.push(sender)
      return sender
    },
    /** The whole database, but for what the tree of the log does by itself. */
    snapshot: async (): Promise<Record<string, string>> => {
      const tables = await app.database.$queryRaw<{ name: string }[]>`
        SELECT table_name AS name FROM information_schema.tables WHERE table_schema = 'public' AND table_type = 'BASE TABLE'
          AND table_name NOT IN ('grant_use', 'audit_leaf', 'audit_node', 'audit_checkpoint', 'audit_sequencer')`
      const sums: Record<string, string> = {}
      for (const { name } of tables) {
        const [row] = await app.database.$queryRawUnsafe<{ sum: string }[]>(
          `SELECT count(*) || ' ' || coalesce(md5(string_agg(row, ' ' ORDER BY row)), '') AS sum
           FROM (SELECT (to_jsonb(t) - 'last_seen_at')::text AS row FROM "${name}" t) rows`,
        )
        sums[name] = row?.sum ?? ''
      }
      return sums
    },
    /** Sends a request without a network in between. */
    http: (url: string, init: RequestInit = {}) => app.app.fetch(new Request(new URL(url, app.url), init)),
    close: async () => {
      await Promise.all(senders.map((sender) => sender.close()))
      await notifications.close()
      await app.close()
      await server.close()
      expect(app.logged.filter(({ level }) => Number(level) >= 50)).toEqual([])
    },
  }
}

/** A contact's id as GraphQL has it. */
export const globalId = (id: string): string => Buffer.from(`Contact:${id}`).toString('base64')

/** The body of a form as browsers send it. */
export const formBody = (fields: Record<string, string> | string[][]) => ({
  method: 'POST',
  headers: { 'content-type': 'application/x-www-form-urlencoded' },
  body: new URLSearchParams(fields).toString(),
})
