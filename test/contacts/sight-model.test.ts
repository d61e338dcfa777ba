import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type HeldGrant, rightsOf } from '../../src/graphql/auth/rights.ts'
import { asCaller } from '../support/context.ts'
import { plant } from './lists-support.ts'
import { openRegistry, type Registry, seenBy } from './sight-support.ts'

// Who sees which contact, written down a second time and simply: right by right, role by role.

type Role = { purposes: readonly string[]; grants: readonly { right: string; read: boolean; write: boolean }[] }

const purposes = ['newsletter', 'sales', 'support']
const rights = ['contacts.contact', 'contacts.name', 'contacts.email', 'loyalty.points', 'identity.users']
const patterns = ['*', 'contacts.*', 'loyalty.*', ...rights]

const anyGrant = fc.record({ right: fc.constantFrom(...patterns), read: fc.boolean(), write: fc.boolean() })
const anyRole: fc.Arbitrary<Role> = fc.record({
  purposes: fc.subarray(purposes),
  grants: fc.array(anyGrant, { minLength: 1, maxLength: 3 }),
})
const anyRoles = fc.array(anyRole, { maxLength: 4 })

const heldBy = (roles: readonly Role[]): HeldGrant[] =>
  roles.flatMap((role, index) =>
    role.grants.map((grant) => ({ ...grant, roleId: `${index}`, purposes: role.purposes })),
  )

const within = (pattern: string, right: string) =>
  pattern === '*' || pattern === right || (pattern.endsWith('.*') && right.startsWith(`${pattern.slice(0, -2)}.`))
const isValid = (role: Role, bases: readonly string[]) =>
  role.purposes.length === 0 || role.purposes.some((purpose) => bases.includes(purpose))
const rolesWith = (roles: readonly Role[], access: 'read' | 'write', right: string) =>
  roles.filter(({ grants }) => grants.some((grant) => grant[access] && within(grant.right, right)))

/** What the product says about a contact with these bases. */
const isSeen = (sets: readonly (readonly string[])[], bases: readonly string[]) =>
  sets.every((set) => set.some((purpose) => bases.includes(purpose)))

/** Every right, and what only a pattern names, such as fields that a module will add. */
const everyRight = [...rights, ...patterns.map((pattern) => pattern.replace('*', 'something'))]
const everyAccess = (['read', 'write'] as const).flatMap((access) => everyRight.map((right) => ({ access, right })))
const everyBases = [0, 1, 2, 3, 4, 5, 6, 7].map((bits) => purposes.filter((_purpose, index) => bits & (1 << index)))

describe('whatever roles somebody has', () => {
  test('of a contact that they see, they have each right by a role that is valid for it', () => {
    fc.assert(
      fc.property(anyRoles, (roles) => {
        const held = rightsOf(heldBy(roles))
        for (const bases of everyBases.filter((each) => isSeen(held.purposes, each))) {
          for (const { access, right } of everyAccess) {
            const may = access === 'read' ? held.canRead(right) : held.canWrite(right)
            const valid = rolesWith(roles, access, right).some((role) => isValid(role, bases))
            expect(may && !valid).toBe(false)
          }
        }
      }),
      { numRuns: 2000 },
    )
  })

  test('they see each contact for which each grant has a valid role that gives all of it, and no other', () => {
    fc.assert(
      fc.property(anyRoles, (roles) => {
        const held = rightsOf(heldBy(roles))
        for (const bases of everyBases) {
          const expected = (['read', 'write'] as const).every((access) =>
            roles
              .flatMap(({ grants }) => grants.filter((grant) => grant[access]))
              .every(({ right }) => rolesWith(roles, access, right).some((role) => isValid(role, bases))),
          )
          expect(isSeen(held.purposes, bases)).toBe(expected)
        }
      }),
      { numRuns: 2000 },
    )
  })

  test('one role for several purposes is the same as one role for each', () => {
    fc.assert(
      fc.property(anyRole, (role) => {
        const apart = role.purposes.map((purpose) => ({ ...role, purposes: [purpose] }))
        const [one, several] = [[role], apart.length > 0 ? apart : [role]].map((roles) => rightsOf(heldBy(roles)))
        for (const bases of everyBases) {
          expect(isSeen(one?.purposes ?? [], bases)).toBe(isSeen(several?.purposes ?? [], bases))
        }
      }),
    )
  })
})

describe('in the database', () => {
  let registry: Registry
  let people: { id: string; name: string; bases: string[] }[]
  beforeAll(async () => {
    registry = await openRegistry()
    people = everyBases.map((bases) => ({ id: '', name: bases.join(' ') || 'none', bases }))
    const ids = await plant(
      registry.context,
      people.map(({ name }) => ({ columns: { givenName: name } })),
    )
    for (const [index, person] of people.entries()) {
      person.id = ids[index] ?? ''
      for (const purpose of person.bases) await registry.give(purpose, person.id)
    }
  })
  afterAll(() => registry.close())

  const reader = { right: 'contacts.*', read: true, write: false }

  test('lists, counts, contact and node agree with it, while bases come and go', async () => {
    const step = fc.record({
      roles: anyRoles,
      person: fc.nat(7),
      purpose: fc.constantFrom(...purposes),
      gives: fc.boolean(),
    })
    const sizes = new Set<number>()
    await fc.assert(
      fc.asyncProperty(step, async ({ roles, person, purpose, gives }) => {
        const changed = people[person]
        if (!changed) throw new Error('there are eight')
        await (gives ? registry.give : registry.take)(purpose, changed.id)
        changed.bases = [...changed.bases.filter((one) => one !== purpose), ...(gives ? [purpose] : [])]
        // So that they may look at all; it is bound to what the roles are bound to.
        const bound = [...new Set(roles.flatMap((role) => role.purposes))]
        const held = heldBy([...roles, { purposes: bound, grants: [reader] }])
        const expected = people.filter(({ bases }) => isSeen(rightsOf(held).purposes, bases)).map(({ name }) => name)
        sizes.add(expected.length)
        const caller = asCaller(registry.context, held)
        expect(
          await seenBy(
            caller,
            people.map(({ id }) => id),
          ),
        ).toEqual(expected.toSorted())
      }),
      { numRuns: 60 },
    )
    expect(sizes.size).toBeGreaterThan(3)
  })
})
