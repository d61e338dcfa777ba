import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Answer } from './checking.ts'
import { allows } from './grants.ts'
import { leaks } from './report.ts'
import { type Role, roleOf } from './roles.ts'
import { nameOf } from './schema-text.ts'
import { startWorld, type World } from './world.ts'

// What may not be read must not be found out on a detour, either.

let world: World

beforeAll(async () => {
  world = await startWorld()
}, 900_000)

afterAll(() => world?.close())

const allBut = (right: string) => roleOf(world, `all but ${right}`)
const send = (role: Role, query: string, variables?: object) =>
  world.connection.send(world.tokenOf(role), { query, variables })
const codes = ({ errors = [] }: Answer) => errors.map(({ extensions }) => extensions.code)
const withoutRequestId = ({ text }: Answer) => text.replaceAll(/"requestId":"[^"]*"/g, '')

/** Another id of the same type that no object has. */
const idOfNothing = (type: string) => Buffer.from(`${type}:01a00000-0000-7000-8000-000000000000`).toString('base64')

describe('whether an object exists', () => {
  test('is not told by node or contact to those who may not know', async () => {
    for (const [type, [id]] of Object.entries(world.ids)) {
      if (!world.schema.objects.get(type)?.interfaces.includes('Node')) continue
      const right = world.schema.objects.get(type)?.access.read ?? ''
      const unable = world.roles.filter(({ grants }) => !allows(grants, 'read', right))
      expect(unable.length).toBeGreaterThan(4)
      for (const role of unable) {
        for (const field of type === 'Contact' ? ['node', 'contact'] : ['node']) {
          const query = `query ($id: ID!) { ${field}(id: $id) { __typename id } }`
          const [there, absent] = [await send(role, query, { id }), await send(role, query, { id: idOfNothing(type) })]
          expect(withoutRequestId(there)).toBe(withoutRequestId(absent))
          expect(there.data).toEqual({ [field]: null })
        }
      }
    }
  })

  test('is not told by mutations to those who may not make them', async () => {
    const [id] = world.ids['Contact'] ?? []
    const mutations = [
      'mutation ($id: ID!) { updateContact(input: { id: $id, version: 1, title: "x" }) { __typename } }',
      'mutation ($id: ID!) { mergeContacts(input: { targetId: $id, version: 1, sourceIds: [$id] }) { __typename } }',
      'mutation ($id: ID!) { undoMerge(targetId: $id, mergeId: "x") { __typename } }',
    ]
    for (const role of ['analyst', 'data-protection-officer', 'nothing', 'anonymous'].map((key) =>
      roleOf(world, key),
    )) {
      for (const mutation of mutations) {
        const [there, absent] = [
          await send(role, mutation, { id }),
          await send(role, mutation, { id: idOfNothing('Contact') }),
        ]
        expect(withoutRequestId(there)).toBe(withoutRequestId(absent))
      }
    }
  })

  test('and how many there are is not told by a list', async () => {
    const query = '{ contacts { totalCount pageInfo { hasNextPage endCursor } edges { cursor } } }'
    expect((await send(allBut('contacts.contact'), query)).data).toEqual({ contacts: null })
  })
})

describe('aliases and repetition', () => {
  test('open nothing', async () => {
    const [id] = world.ids['Contact'] ?? []
    for (const field of world.schema.objects.get('Contact')?.fields ?? []) {
      const { read } = field.access
      if (!field.own || !read) continue
      const inside = world.schema.objects.has(nameOf(field.type)) ? ' { __typename }' : ''
      // Below the limits of aliases, and of cost.
      const names = Array.from({ length: inside ? 9 : 90 }, (_, index) => `a${index}`)
      const required = field.inputs.filter((input) => input.required).map(({ name }) => `${name}: "zqnone"`)
      const asked = `${field.name}${required.length > 0 ? `(${required.join(', ')})` : ''}${inside}`
      const aliases = names.map((alias) => `${alias}: ${asked}`).join(' ')
      const query = `query ($id: ID!) { contact(id: $id) { ${asked} version ${aliases} ${asked} } }`
      const { data, errors = [] } = await send(allBut(read), query, { id })
      const contact = Object(data?.['contact'])
      const all = [field.name, ...names]
      expect(
        all.map((name) => contact[name]),
        field.name,
      ).toEqual(all.map(() => null))
      expect(errors.map(({ path }) => path?.at(-1)).sort()).toEqual(all.sort())
      expect(contact.version).toBeGreaterThan(0)
    }
  })
})

describe('what is listed', () => {
  const searched = ['name', 'organisation', 'email', 'phone', 'address', 'website', 'messenger'].map(
    (name) => `contacts.${name}`,
  )

  test('is not found by what may not be read', async () => {
    const query = 'query ($search: String!) { contacts(search: $search) { totalCount edges { node { id } } } }'
    for (const right of searched) {
      const [search] = world.secrets[right] ?? []
      const word = right === 'contacts.name' ? 'zqgiven' : search
      expect((await send(roleOf(world, 'administrator'), query, { search: word })).text).not.toContain('"totalCount":0')
      expect((await send(allBut(right), query, { search: word })).data).toEqual({
        contacts: { totalCount: 0, edges: [] },
      })
    }
  })

  test('has no cursors with what may not be read', async () => {
    for (const role of world.roles) {
      const { data } = await send(role, '{ contacts { edges { cursor } pageInfo { startCursor endCursor } } }')
      const cursors = JSON.stringify(data ?? null).match(/(?<=")[\w-]{20,}(?=")/g) ?? []
      const text = cursors.map((cursor) => Buffer.from(cursor, 'base64url').toString()).join(' ')
      expect(leaks(world, role, { text })).toEqual([])
    }
  })

  test('does not show as a name what is something else', async () => {
    const create = 'mutation ($input: CreateContactInput!) { createContact(input: $input) { id } }'
    const inputs = {
      'contacts.organisation': { organisation: 'Zqorganisation alone' },
      'contacts.email': { emails: [{ address: 'zqmailbox-alone@example.org' }] },
      'contacts.phone': { phones: [{ number: '+4930987654' }] },
    }
    for (const input of Object.values(inputs)) await world.act(create, { input })
    const names = '{ contacts { edges { node { displayName } } } }'
    const found = await Promise.all(
      Object.keys(inputs).map(async (right) => leaks(world, allBut(right), await send(allBut(right), names))),
    )
    expect(found.flat()).toEqual([])
  })
})

describe('findDuplicates', () => {
  const query = 'query ($id: ID!) { findDuplicates(contactId: $id) { score reasons second { id } } }'
  const rightsOf: Record<string, string> = {
    SAME_EMAIL: 'contacts.email',
    SAME_PHONE: 'contacts.phone',
    SAME_NAME: 'contacts.name',
    SIMILAR_NAME: 'contacts.name',
    SAME_BIRTH_DATE: 'contacts.birthDate',
  }
  type Pair = { score: number; reasons: string[] }
  const pairs = async (role: Role, id: string) =>
    JSON.parse(JSON.stringify(await send(role, query, { id }))).data.findDuplicates as Pair[]

  test('gives no reason that may not be read, and no points for it', async () => {
    const [id = ''] = world.ids['Contact'] ?? []
    const best = (found: Pair[]) => Math.max(...found.map(({ score }) => score))
    const all = best(await pairs(roleOf(world, 'administrator'), id))
    for (const right of new Set(Object.values(rightsOf))) {
      const found = await pairs(allBut(right), id)
      expect(found.length).toBeGreaterThan(0)
      expect(found.flatMap(({ reasons }) => reasons).filter((reason) => rightsOf[reason] === right)).toEqual([])
      expect(best(found)).toBeLessThan(all)
    }
  })

  test('does not find those that share nothing else', async () => {
    const make = async (givenName: string) => {
      const input = { givenName, emails: [{ address: 'zqmailbox-shared@example.org' }] }
      const made = await world.act('mutation ($input: CreateContactInput!) { createContact(input: $input) { id } }', {
        input,
      })
      return made['createContact']?.['id'] ?? ''
    }
    const [id] = [await make('Ann'), await make('Zoltán')]
    expect(await pairs(roleOf(world, 'administrator'), id)).toHaveLength(1)
    expect(await pairs(allBut('contacts.email'), id)).toEqual([])
  })
})

describe('what is written', () => {
  test('is not read back by those who may only write', async () => {
    const writer = roleOf(world, 'writes *')
    const mutation = 'mutation { createContact(input: { givenName: "Zqgiven written" }) { givenName displayName id } }'
    const answer = await send(writer, mutation)
    expect(answer.data).toEqual({ createContact: null })
    expect([...new Set(codes(answer))]).toEqual(['FORBIDDEN'])
    expect(leaks(world, writer, answer)).toEqual([])
  })
})
