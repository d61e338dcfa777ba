import { type GraphQLFieldResolver, isObjectType } from 'graphql'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { forbiddenRead } from '../../src/graphql/errors.ts'
import type { Enough } from './enough.ts'
import { allows } from './grants.ts'
import { inputPass } from './input-pass.ts'
import type { Reading } from './reading.ts'
import { enoughReadingPass, findEnoughToRead, findReadings, readingPass } from './reading-pass.ts'
import { roleOf } from './roles.ts'
import { startWorld, type World } from './world.ts'

// The tests of the rights, tested: a server whose check is left out at one place has to be noticed.

let world: World
let readings: Reading[]
let enough: Enough[]

beforeAll(async () => {
  world = await startWorld()
  makeReplaceable()
  readings = await findReadings(world)
  const found = new Map<string, Enough>()
  findEnoughToRead(
    world,
    readings.filter(({ way }) => way.to === 'Contact'),
    found,
  )
  enough = [...found.values()].filter(({ role }) => allows(role.grants, 'read', 'contacts.tags'))
  await world.addRoles(enough.map(({ role }) => role))
}, 900_000)

afterAll(() => world?.close())

// biome-ignore lint/suspicious/noExplicitAny: resolvers of any type
type Resolver = GraphQLFieldResolver<any, any>

const replaced = new Map<object, Resolver>()

/** Operations are planned once, with the resolvers that there are then. */
function makeReplaceable() {
  for (const type of Object.values(world.app.app.schema.getTypeMap())) {
    for (const field of isObjectType(type) ? Object.values(type.getFields()) : []) {
      const { resolve } = field
      if (resolve) field.resolve = (...given) => (replaced.get(field) ?? resolve)(...given)
    }
  }
}

/** Runs with another resolver at one place of the schema. */
async function weakened<T>(
  type: string,
  name: string,
  weaken: (resolve: Resolver) => Resolver,
  run: () => Promise<T>,
): Promise<T> {
  const found = world.app.app.schema.getType(type)
  const field = isObjectType(found) ? found.getFields()[name] : undefined
  const resolve = field?.resolve
  if (!field || !resolve) throw new Error(`${type}.${name} has no resolver`)
  replaced.set(field, weaken(resolve))
  try {
    return await run()
  } finally {
    replaced.delete(field)
  }
}

const read = async (role: string, some = readings) =>
  (await readingPass(world, some, [roleOf(world, role)])).differences

/** What ends at contacts, where the fields are that are weakened here. */
const readContacts = (role: string) =>
  read(
    role,
    readings.filter(({ way }) => way.to === 'Contact'),
  )
const use = async (role: string) => (await inputPass(world, 'denied', [roleOf(world, role)])).differences

describe('noticed is', () => {
  test('nothing when nothing is wrong', async () => {
    expect(await use('all but contacts.name')).toEqual([])
    expect(await read('all but contacts.name')).toEqual([])
  })

  test('a field that shows its value', async () => {
    const found = await weakened(
      'Contact',
      'familyName',
      () => (contact) => contact.familyName,
      () => readContacts('all but contacts.name'),
    )
    expect(found.join('\n')).toContain('(Contact.familyName) is denied, but has the value "Zqfamily"')
    expect(found.join('\n')).toContain('zqfamily came without contacts.name')
  })

  test('a field that shows the value of another one', async () => {
    const role = world.roles.find(({ looksOut, grants }) => looksOut && !allows(grants, 'read', 'contacts.name'))
    const found = await weakened(
      'Contact',
      'jobTitle',
      () => (contact) => contact.familyName,
      () => readContacts(role?.key ?? ''),
    )
    expect(found.join('\n')).toContain('zqfamily came without contacts.name')
  })

  test('a field that is null without an error', async () => {
    const found = await weakened(
      'Contact',
      'emails',
      () => () => null,
      () => readContacts('all but contacts.email'),
    )
    expect(found.join('\n')).toContain('(Contact.emails) is denied, but has 0 errors')
  })

  test('a field that is refused to those who may read it', async () => {
    const refuse = () => () => {
      throw forbiddenRead('contacts.tags')
    }
    const read = async () => (await enoughReadingPass(world, enough)).differences
    const found = await weakened('Contact', 'tags', refuse, read)
    expect(found.join('\n')).toContain('(Contact.tags) is allowed, but says')
  })

  test('a filter and an ordering that anybody may use', async () => {
    const empty = { edges: [], pageInfo: { hasNextPage: false, hasPreviousPage: false } }
    const found = await weakened(
      'Query',
      'contacts',
      () => () => empty,
      () => use('all but contacts.phone'),
    )
    expect(found.join('\n')).toContain('(Query.contacts) is denied, but has the value {"__typename":')
  })

  test('an input that anybody may write', async () => {
    const found = await weakened(
      'Mutation',
      'updateContact',
      () => () => null,
      () => use('all but contacts.birthDate'),
    )
    expect(found.join('\n')).toContain('(Mutation.updateContact) is denied, but has 0 errors')
  })

  test('a refusal that names only the first of several inputs', async () => {
    const first =
      (resolve: Resolver): Resolver =>
      (...given) => {
        try {
          return resolve(...given)
        } catch (error) {
          const { extensions } = Object(error)
          throw Object.assign(Object(error), { extensions: { ...extensions, denied: extensions.denied.slice(0, 1) } })
        }
      }
    const found = await weakened('Mutation', 'createContact', first, () => use('all but contacts.name'))
    expect(found.join('\n')).toContain('(Mutation.createContact) says')
  })
})
