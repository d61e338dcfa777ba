import { randomUUID } from 'node:crypto'
import pg from 'pg'
import { v7 as uuidv7 } from 'uuid'
import { expect } from 'vitest'
import type { Config } from '../../src/config.ts'
import { transact } from '../../src/database/transact.ts'
import type { GrantedRight } from '../../src/graphql/auth/rights.ts'
import type { WorkContext } from '../../src/graphql/context.ts'
import { createLog } from '../../src/log.ts'
import { auditedModels } from '../../src/modules/audited.ts'
import type { CheckedContact } from '../../src/modules/contacts/draft.ts'
import { contactRows, insertContacts } from '../../src/modules/contacts/store.ts'
import { signBearer } from '../../src/modules/identity/sign-in/bearer.ts'
import { startSession } from '../../src/modules/identity/sign-in/sessions.ts'
import { modules } from '../../src/modules/index.ts'
import { createSecrets, installationSecret } from '../../src/secrets.ts'
import { startTestApp, type TestApp } from '../support/app.ts'
import { installation } from '../support/installation.ts'

// biome-ignore lint/suspicious/noExplicitAny: the shape depends on the operation
type Data = any

/** Somebody who sends operations. */
export type Caller = {
  /** Sends an operation that has to succeed, and returns its data. */
  ask: (query: string, variables?: object) => Promise<Data>
  /** Sends an operation that has to fail, and returns the first error's extensions. */
  fail: (query: string, variables?: object) => Promise<Data>
  /** Sends an operation, and returns its data, and by each name on the way to a field that failed that error's extensions. */
  look: (query: string, variables?: object) => Promise<{ data: Data; errors: Record<string, Data> }>
}

export type Office = Awaited<ReturnType<typeof openOffice>>

/** Everything of a contact that can be read, points and merges included. */
export const everything = `
  id title givenName familyName displayName organisation jobTitle birthDate language timeZone tags source sourceAt version
  emails { id address label primary verifiedAt } phones { id number label primary verifiedAt }
  addresses { id street postalCode city region country label primary verifiedAt }
  websites { id url label primary verifiedAt } messengers { id service handle label primary verifiedAt }
  mergedInto { id } merges { id undoneAt source { id } }`

/** An app with an administrator signed in, and short ways to do what these tests do all the time. */
export async function openOffice(config: Partial<Config> = {}) {
  const app = await startTestApp({ config })
  const admin = callerOf(app, await app.signIn())
  const { ask, fail, look } = admin

  const create = async (input: object): Promise<Data> =>
    (await ask(`mutation ($input: CreateContactInput!) { createContact(input: $input) { ${everything} } }`, { input }))
      .createContact
  const updateMutation = `mutation ($input: UpdateContactInput!) { updateContact(input: $input) { ${everything} } }`
  const mergeMutation = `mutation ($input: MergeContactsInput!) { mergeContacts(input: $input) { ${everything} } }`
  const undoMutation = `mutation ($targetId: ID!, $mergeId: ID!) { undoMerge(targetId: $targetId, mergeId: $mergeId) { ${everything} } }`

  return {
    ...app,
    ask,
    fail,
    look,
    create,
    /** Closes the app, in whose log nothing may have broken. */
    close: async () => {
      await app.close()
      expect(app.logged.filter(({ level }) => Number(level) >= 50)).toEqual([])
    },
    update: async (input: object): Promise<Data> => (await ask(updateMutation, { input })).updateContact,
    failUpdate: (input: object) => fail(updateMutation, { input }),
    failCreate: (input: object) =>
      fail('mutation ($input: CreateContactInput!) { createContact(input: $input) { id } }', { input }),
    contact: async (id: string): Promise<Data> =>
      (await ask(`query ($id: ID!) { contact(id: $id) { ${everything} } }`, { id })).contact,
    merge: async (input: object): Promise<Data> => (await ask(mergeMutation, { input })).mergeContacts,
    failMerge: (input: object) => fail(mergeMutation, { input }),
    undo: async (targetId: string, mergeId: string): Promise<Data> =>
      (await ask(undoMutation, { targetId, mergeId })).undoMerge,
    failUndo: (targetId: string, mergeId: string) => fail(undoMutation, { targetId, mergeId }),
    /** The entries about a contact, oldest first: `updateContact updated EmailAddress label`. */
    log: async (id: string): Promise<string[]> => {
      const entries = await app.database.auditEntry.findMany({ where: { contactId: uuid(id) }, orderBy: { id: 'asc' } })
      return entries.map(({ operation, action, entity, fields }) =>
        [operation, action, entity, ...fields.toSorted()].join(' '),
      )
    },
    /** Somebody with these rights only; for contacts alone that may be processed for these purposes, if there are any. */
    signInWith: async (grants: readonly GrantedRight[], purposes: string[] = []): Promise<SignedIn> => {
      const [userId, roleId] = [uuidv7(), uuidv7()]
      const key = `role-${roleId}`
      // Without a password: hashing one takes longer than most of these tests.
      const session = await transact(workContext(app), 'test', async (tx) => {
        await tx.role.create({ data: { id: roleId, key, name: key, purposes } })
        await tx.grant.createMany({ data: grants.map((grant) => ({ ...grant, roleId })) })
        await tx.user.create({ data: { id: userId, email: `${key}@example.org`, name: 'Somebody' } })
        await tx.roleAssignment.create({ data: { userId, roleId } })
        return startSession(tx, { userId, address: '192.0.2.7', userAgent: '', methods: ['password'] }, 3_600_000)
      })
      const signingKey = createSecrets(await installationSecret(app.config)).signingKey('session')
      return callerOf(app, await signBearer(signingKey, { userId, sessionId: session.id }, session.expiresAt))
    },
  }
}

/** With their bearer token. */
type SignedIn = Caller & { token: string }

function callerOf(app: TestApp, token: string): SignedIn {
  return {
    token,
    ask: async (query, variables) => {
      const { data, errors } = await app.graphql(query, variables, token)
      expect(errors).toBeUndefined()
      return data
    },
    fail: async (query, variables) => {
      const { errors } = await app.graphql(query, variables, token)
      return errors?.[0]?.extensions
    },
    look: async (query, variables) => {
      const { data, errors = [] } = await app.graphql(query, variables, token)
      const named = errors.flatMap(({ path = [], extensions }: Data) => path.map((name: string) => [name, extensions]))
      return { data, errors: Object.fromEntries(named) }
    },
  }
}

/** What a test writes with when it goes past GraphQL. */
export const workContext = ({ database }: Pick<TestApp, 'database'>): WorkContext => ({
  database,
  audited: auditedModels(modules),
  actor: { kind: 'system', id: null },
  requestId: randomUUID(),
  log: createLog('silent', false),
  ...installation,
})

/** Writes many contacts at once, as they are; returns their ids. */
export async function plant(
  app: Pick<TestApp, 'database'>,
  contacts: readonly (Partial<CheckedContact> & { row?: object })[],
): Promise<string[]> {
  const rows = contacts.map(({ columns = {}, points = [], row: more }) => {
    const { row, points: pointRows } = contactRows({ columns, points }, { source: '', sourceAt: null })
    return { row: { ...row, ...columns, ...more }, points: pointRows }
  })
  await transact(workContext(app), 'plant', (tx) => insertContacts(tx, rows))
  return rows.map(({ row }) => globalId(row.id))
}

/** The UUID in a global id. */
export const uuid = (id: string): string => Buffer.from(id, 'base64').toString().replace(/^\w+:/, '')

/** The global id of a contact. */
export const globalId = (id: string, type = 'Contact'): string => Buffer.from(`${type}:${id}`).toString('base64')

/** The paths of the faults. */
export const fieldsOf = (extensions: Data): string[] =>
  (extensions?.faults ?? []).map(({ field }: { field: string }) => field)

/** A statement as it reached PostgreSQL. */
export type Statement = { text: string; values: readonly unknown[] }

/**
 * The statements of requests that reach PostgreSQL while something runs, but for those about sessions, and those with which a
 * connection begins.
 */
export async function statementsOf(run: () => Promise<unknown>): Promise<Statement[]> {
  const seen: Statement[] = []
  const { query } = pg.Client.prototype
  pg.Client.prototype.query = function (this: pg.Client, ...given: unknown[]) {
    const [first] = given
    const { application_name: from } = Object(Reflect.get(this, 'connectionParameters'))
    if (from !== 'lethe') return Reflect.apply(query, this, given) // Of what goes on in the background.
    if (typeof first === 'string') seen.push({ text: first, values: [] })
    else if (isStatement(first)) seen.push({ text: first.text, values: first.values ?? [] })
    return Reflect.apply(query, this, given)
  }
  try {
    await run()
  } finally {
    pg.Client.prototype.query = query
  }
  return seen.filter(({ text }) => !/session|synchronous_commit/.test(text))
}

const isStatement = (value: unknown): value is Statement =>
  typeof value === 'object' && value !== null && 'text' in value && typeof value.text === 'string'
