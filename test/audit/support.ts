import { v7 as uuidv7 } from 'uuid'
import { expect } from 'vitest'
import { PrismaClient } from '#prisma/client.ts'
import { adapterFor } from '../../src/database/client.ts'
import { transact } from '../../src/database/transact.ts'
import { asCaller, reading, run as runOnce, testContext } from '../support/context.ts'
import { freshDatabase } from '../support/database.ts'

/** The user who makes all changes. */
export const grace = { id: uuidv7(), name: 'Grace', email: 'grace@example.org' }

/** An entry with everything that needs no right of its own. */
export const entryFields = `
  action operation entity entityId requestId fields withheld
  actor { kind id name } changes { field old new }`

export type Installation = Awaited<ReturnType<typeof install>>

/** A database with one contact, Ada, who got other names, jobs and birthdays since. */
export async function install() {
  const url = await freshDatabase()
  const context = testContext(url)
  await transact(context, 'createUser', (tx) => tx.user.create({ data: { ...grace, passwordHash: 'secret' } }))
  context.actor = { kind: 'user', id: grace.id }

  async function newContact(input: object): Promise<string> {
    const creation = 'mutation ($input: CreateContactInput!) { createContact(input: $input) { id } }'
    const { data, errors } = await run(context, creation, { input })
    expect(errors).toEqual([])
    return data.createContact.id
  }
  async function update(id: string, input: object) {
    const change = 'mutation ($input: UpdateContactInput!) { updateContact(input: $input) { id } }'
    const { errors } = await run(context, change, { input: { id, ...input } })
    expect(errors).toEqual([])
  }

  /** Runs an operation and tells which statements PostgreSQL got. */
  async function counted(source: string) {
    const statements: string[] = []
    const adapter = adapterFor(url, { connections: 10, statementTimeout: 60_000 })
    const database = new PrismaClient({ adapter, log: [{ emit: 'event', level: 'query' }] })
    database.$on('query', ({ query }) => statements.push(query))
    const answer = await run({ ...context, database }, source)
    await database.$disconnect()
    return { ...answer, statements: statements.filter((statement) => /^\s*SELECT/.test(statement)) }
  }

  /** A caller who knows of contacts, and may read what these names say. */
  const seeing = (...rights: string[]) => asCaller(context, reading('contacts.contact', ...rights))

  const birthDates = ['1915-12-10', '1915-12-11']
  const emails = [{ address: 'ada@example.org' }]
  const contactId = await newContact({ givenName: 'Ada', birthDate: birthDates[0], emails })
  await update(contactId, { version: 1, givenName: 'Augusta', jobTitle: 'Countess', birthDate: birthDates[1] })
  await update(contactId, { version: 2, jobTitle: 'Programmer' })
  return { url, context, contactId, newContact, counted, seeing }
}

/** Runs an operation; connections in the answer have `nodes`, the nodes of their edges. */
export async function run(...args: Parameters<typeof runOnce>) {
  const answer = await runOnce(...args)
  return { ...answer, data: withNodes(answer.data) }
}

// biome-ignore lint/suspicious/noExplicitAny: answers of any shape
function withNodes(value: any): any {
  if (Array.isArray(value)) return value.map(withNodes)
  if (typeof value !== 'object' || value === null) return value
  const { edges, ...rest } = Object.fromEntries(Object.entries(value).map(([key, part]) => [key, withNodes(part)]))
  return edges ? { ...rest, nodes: edges.map(({ node }: { node: unknown }) => node) } : rest
}
