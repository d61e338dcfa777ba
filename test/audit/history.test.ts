import { encodeGlobalID } from '@pothos/plugin-relay'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { TestContext } from '../support/context.ts'
import { entryFields, grace, type Installation, install, run } from './support.ts'

let context: TestContext
let contactId: string
let newContact: Installation['newContact']
let counted: Installation['counted']
let seeing: Installation['seeing']

beforeAll(async () => {
  ;({ context, contactId, newContact, counted, seeing } = await install())
})

afterAll(() => context.close())

const history = (caller: TestContext, args = '') =>
  run(caller, `query ($id: ID!) { contact(id: $id) { history${args} { edges { node { ${entryFields} } } } } }`, {
    id: contactId,
  })

describe('Contact.history', () => {
  test('tells what happened to the contact and what belongs to it, the newest first', async () => {
    const { data, errors } = await history(context)
    expect(errors).toEqual([])
    const { nodes } = data.contact.history
    expect(nodes.map((node: { action: string; entity: string }) => [node.action, node.entity])).toEqual([
      ['UPDATED', 'Contact'],
      ['UPDATED', 'Contact'],
      ['CREATED', 'EmailAddress'],
      ['CREATED', 'Contact'],
    ])
    expect(nodes[0]).toMatchObject({
      operation: 'updateContact',
      entityId: contactId,
      actor: { kind: 'USER', id: encodeGlobalID('User', grace.id), name: 'Grace' },
      fields: ['jobTitle'],
      changes: [{ field: 'jobTitle', old: 'Countess', new: 'Programmer' }],
      withheld: 0,
    })
    expect(nodes[2].changes).toContainEqual({ field: 'address', old: null, new: 'ada@example.org' })
  })

  test('leaves out that somebody looked, unless asked for', async () => {
    const actions = ({ data }: Awaited<ReturnType<typeof history>>) =>
      data.contact.history.nodes.map(
        ({ action, fields }: { action: string; fields: string[] }) => `${action} ${fields}`,
      )
    await history(context)
    expect(actions(await history(context)).filter((action: string) => action.startsWith('READ'))).toEqual([])
    expect(actions(await history(context, '(reads: true)'))).toContain('READ history')
  })

  test('numbers the entries, so that none can be missing', async () => {
    const query =
      'query ($id: ID!) { contact(id: $id) { history(reads: true) { edges { node { sequence action } } } } }'
    const { data } = await run(context, query, { id: contactId })
    const { nodes } = data.contact.history
    const sequences = nodes.map(({ sequence }: { sequence: number }) => sequence)
    expect(sequences.length).toBeGreaterThan(4)
    expect(sequences).toEqual(sequences.map((_: number, index: number) => sequences.length - index))
  })

  test('needs its right', async () => {
    const { data, codes } = await history(seeing('contacts.name'))
    expect(data.contact.history).toBeNull()
    expect(codes).toEqual(['FORBIDDEN'])
  })

  test('leaves out the fields that one may not read, and entries without any other', async () => {
    const { data } = await history(seeing('audit.history', 'contacts.name'))
    const { nodes } = data.contact.history
    expect(nodes).toHaveLength(2)
    expect(nodes[0]).toMatchObject({
      fields: ['givenName', 'displayName'],
      changes: [
        { field: 'givenName', old: 'Ada', new: 'Augusta' },
        { field: 'displayName', old: 'Ada', new: 'Augusta' },
      ],
      withheld: 2,
    })
    expect(JSON.stringify(nodes)).not.toMatch(/1915|Countess|Programmer|example\.org|jobTitle|birthDate/)
  })

  test('can be asked about one field, or about one list', async () => {
    const { data } = await history(context, '(field: "givenName")')
    expect(data.contact.history.nodes.map((node: { action: string }) => node.action)).toEqual(['UPDATED', 'CREATED'])
    const { data: emails } = await history(context, '(field: "emails")')
    expect(emails.contact.history.nodes.map((node: { entity: string }) => node.entity)).toEqual(['EmailAddress'])
  })

  test.each(['birthDate', 'emails', 'noSuchField'])(
    'can not be asked about %s without the right to read it',
    async (field) => {
      const { data, codes, errors } = await history(seeing('audit.history', 'contacts.name'), `(field: "${field}")`)
      expect(data.contact.history).toBeNull()
      expect(codes).toEqual(['FORBIDDEN'])
      expect(errors[0]?.extensions['denied']).toMatchObject([{ path: 'field', access: 'read' }])
    },
  )

  test('tells of merges', async () => {
    const target = await newContact({ givenName: 'Target' })
    const source = await newContact({ givenName: 'Source', phones: [{ number: '+49301234567' }] })
    const merging = 'mutation ($input: MergeContactsInput!) { mergeContacts(input: $input) { id } }'
    await run(context, merging, { input: { targetId: target, version: 1, sourceIds: [source] } })
    const query = 'query ($id: ID!) { contact(id: $id) { history { edges { node { operation entity action } } } } }'
    const of = async (id: string) => (await run(context, query, { id })).data.contact.history.nodes
    expect(await of(target)).toContainEqual({ operation: 'mergeContacts', entity: 'ContactMerge', action: 'CREATED' })
    expect(await of(target)).toContainEqual({ operation: 'mergeContacts', entity: 'PhoneNumber', action: 'CREATED' })
    expect(await of(source)).toContainEqual({ operation: 'mergeContacts', entity: 'Contact', action: 'UPDATED' })
  })

  test('pages both ways, without gaps', async () => {
    const page = async (args: string) => {
      const query = `query ($id: ID!) { contact(id: $id) { history(${args}) { edges { node { id } } pageInfo { hasNextPage hasPreviousPage startCursor endCursor } } } }`
      return (await run(context, query, { id: contactId })).data.contact.history
    }
    const ids = (found: { nodes: { id: string }[] }) => found.nodes.map(({ id }) => id)
    const all = ids(await page('first: 10'))
    const one = await page('first: 3')
    expect([ids(one), one.pageInfo.hasNextPage]).toEqual([all.slice(0, 3), true])
    const two = await page(`first: 3, after: "${one.pageInfo.endCursor}"`)
    expect([ids(two), two.pageInfo.hasNextPage]).toEqual([all.slice(3), false])
    const back = await page(`last: 2, before: "${two.pageInfo.startCursor}"`)
    expect([ids(back), back.pageInfo.hasPreviousPage]).toEqual([all.slice(1, 3), true])
  })

  test('of a page of contacts takes one statement, and their actors another', async () => {
    const query = '{ contacts { edges { node { id history(first: 2) { edges { node { actor { name } } } } } } } }'
    const { data, statements } = await counted(query)
    expect(data.contacts.nodes.length).toBeGreaterThan(1)
    for (const node of data.contacts.nodes) expect(node.history.nodes.length).toBeGreaterThan(0)
    expect(statements).toHaveLength(3)
  })
})
