import type { HeldGrant } from '../../src/graphql/auth/rights.ts'
import type { Basis } from '../../src/modules/contacts/sight.ts'
import { giveBasis, loyaltyBases, prepareBases, takeBasis, tellingBases } from '../support/basis.ts'
import { asCaller, run, type TestContext, testContext } from '../support/context.ts'
import { freshDatabase, pastTheGuards } from '../support/database.ts'
import { uuid } from './lists-support.ts'

/** A role: what it grants to read and write, and the purposes that it is bound to. */
export type Bound = { rights?: readonly string[]; purposes?: readonly string[] }

export type Registry = Awaited<ReturnType<typeof openRegistry>>

/** A database of contacts whose bases the test gives and takes, and short ways to look at it as somebody. */
export async function openRegistry(bases: readonly Basis[] = [tellingBases.basis, loyaltyBases.basis]) {
  const url = await freshDatabase()
  const context: TestContext = { ...testContext(url), bases }
  const { database } = context
  await prepareBases(url)

  /** Whoever holds these roles. */
  const holding = (...roles: readonly Bound[]) =>
    asCaller(
      context,
      roles.flatMap(({ rights = ['*'], purposes = [] }, index) =>
        rights.map((right): HeldGrant => ({ right, read: true, write: true, roleId: String(index), purposes })),
      ),
    )
  const act = async (source: string, variables?: Record<string, unknown>) => {
    const { data, errors } = await run(context, source, variables)
    if (errors.length > 0) throw errors[0]
    return data
  }
  const create = async (input: object, ...purposes: string[]): Promise<string> => {
    const mutation = 'mutation ($input: CreateContactInput!) { createContact(input: $input) { id } }'
    const { id } = (await act(mutation, { input })).createContact
    for (const purpose of purposes) await giveBasis(database, purpose, uuid(id))
    return id
  }
  const version = async (id: string) =>
    (await act('query ($id: ID!) { contact(id: $id) { version } }', { id })).contact.version
  return {
    context,
    database,
    holding,
    act,
    create,
    version,
    /** Merges contacts, as somebody who may; returns the merge's id. */
    merge: async (targetId: string, ...sourceIds: string[]): Promise<string> => {
      const mutation = 'mutation ($input: MergeContactsInput!) { mergeContacts(input: $input) { merges { id } } }'
      const input = { targetId, sourceIds, version: await version(targetId) }
      return (await act(mutation, { input })).mergeContacts.merges[0].id
    },
    give: (purpose: string, ...ids: string[]) => giveBasis(database, purpose, ...ids.map(uuid)),
    take: (purpose: string, ...ids: string[]) => takeBasis(database, purpose, ...ids.map(uuid)),
    /** Removes contacts as if they had never been there, past all guards. */
    forget: (...ids: string[]) => forget(url, ids.map(uuid)),
    close: () => context.close(),
  }
}

/** The names that somebody finds, by lists and one by one. */
export async function seenBy(caller: TestContext, ids: readonly string[] = []) {
  const { data, errors } = await run(caller, '{ contacts(first: 500) { totalCount edges { node { givenName } } } }')
  if (errors.length > 0) throw errors[0]
  const names = data.contacts.edges.map(({ node }: { node: { givenName: string } }) => node.givenName).toSorted()
  if (data.contacts.totalCount !== names.length) throw new Error(`${data.contacts.totalCount} counted`)
  for (const id of ids) {
    const query = 'query ($id: ID!) { contact(id: $id) { givenName } node(id: $id) { ... on Contact { givenName } } }'
    const one = await run(caller, query, { id })
    if (one.errors.length > 0) throw one.errors[0]
    const name: string | undefined = one.data.contact?.givenName
    if (name !== one.data.node?.givenName) throw new Error(`contact and node differ about ${name}`)
    if (name !== undefined && !names.includes(name)) throw new Error(`${name} is in no list`)
  }
  return names
}

const forget = (url: string, ids: readonly string[]) =>
  pastTheGuards(
    url,
    `WITH points AS (DELETE FROM contact_point WHERE contact_id = ANY($1::uuid[]))
     DELETE FROM contact WHERE contact_id = ANY($1::uuid[])`,
    [ids],
  )
