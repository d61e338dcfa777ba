import fc from 'fast-check'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { allows, type Grant } from '../rights/grants.ts'
import { globalId, type Person, type Stage, startStage } from './access-support.ts'

// Whatever somebody tries, in whatever order: nobody whom they give roles ends up with anything that they don't have.

let stage: Stage
beforeAll(async () => {
  stage = await startStage()
})
afterAll(() => stage.close())

/** A role as it is meant: what it grants, for contacts with a valid basis for one of its purposes, or for all. */
type Role = { grants: readonly Grant[]; purposes: readonly string[] }

const accesses = ['read', 'write'] as const
const purposes = ['a', 'b'] as const
/** Which purposes a contact can have a valid basis for. */
const bases: readonly (readonly string[])[] = [[], ['a'], ['b'], ['a', 'b']]
/** Rights that there are, and some that a module may declare one day. */
const concrete = [
  'contacts.name',
  'contacts.email',
  'contacts.shoeSize',
  'audit.log',
  'identity.roles',
  'calendar.events',
]

const admits = (role: Role, basis: readonly string[]) =>
  role.purposes.length === 0 || role.purposes.some((purpose) => basis.includes(purpose))

/** Whether somebody with these roles may do this with a contact that has these bases: what the design says, in other words. */
function may(roles: readonly Role[], access: 'read' | 'write', right: string, basis: readonly string[]): boolean {
  // They see a contact only if for each thing that is granted to them some role grants it there.
  const seen = roles.every(({ grants }) =>
    grants.every((grant) =>
      accesses.every(
        (kind) => !grant[kind] || roles.some((role) => admits(role, basis) && allows(role.grants, kind, grant.right)),
      ),
    ),
  )
  return seen && roles.some((role) => admits(role, basis) && allows(role.grants, access, right))
}

/** Everything that somebody may, as a list that can be compared. */
const sight = (roles: readonly Role[]) =>
  concrete.flatMap((right) =>
    accesses.flatMap((access) =>
      bases.filter((basis) => may(roles, access, right, basis)).map((basis) => `${access} ${right} of [${basis}]`),
    ),
  )

const aRight = fc.constantFrom('contacts.name', 'contacts.email', 'contacts.*', '*')
const access = fc.constantFrom({ read: true, write: false }, { read: false, write: true }, { read: true, write: true })
const somePurposes = fc.subarray([...purposes])
const aRole = fc.record({
  purposes: somePurposes,
  grants: fc.uniqueArray(
    fc.record({ right: aRight, access }).map(({ right, access: its }) => ({ right, ...its })),
    { selector: ({ right }) => right, minLength: 1, maxLength: 2 },
  ),
})
const someRole = fc.nat({ max: 1 })
const somebody = fc.nat({ max: 2 })
// Now and then something that the actor is likely to have: the grant of this number.
const tried = fc.oneof(aRight, fc.nat({ max: 3 }))
const granting = fc.record({ do: fc.constant('grant' as const), role: someRole, right: tried, access })
const assigning = fc.record({ do: fc.constant('assign' as const), role: someRole, to: somebody })
const binding = fc.record({ do: fc.constant('bind' as const), role: someRole, purposes: somePurposes })
// In this order roles are soon worth something; then anything may come.
const someSteps = fc
  .tuple(
    fc.array(granting, { minLength: 1, maxLength: 3 }),
    fc.array(assigning, { minLength: 1, maxLength: 2 }),
    fc.array(fc.oneof(granting, assigning, binding, binding), { minLength: 1, maxLength: 4 }),
  )
  .map((parts) => parts.flat())
type Step = typeof someSteps extends fc.Arbitrary<(infer T)[]> ? T : never

const counts = { done: 0, refused: 0 }

type Scene = { actor: Person; held: readonly Role[]; roles: readonly string[]; people: readonly Person[] }

async function attempt({ actor, held, roles, people }: Scene, step: Step) {
  const role = roles[step.role]
  const { codes } =
    step.do === 'grant'
      ? await stage.run(
          actor,
          'mutation ($role: ID!, $right: String!, $read: Boolean!, $write: Boolean!) { grantRight(role: $role, right: $right, read: $read, write: $write) { id } }',
          { role, right: nameOf(step.right, held), ...step.access },
        )
      : step.do === 'assign'
        ? await stage.run(actor, 'mutation ($user: ID!, $role: ID!) { assignRole(user: $user, role: $role) { id } }', {
            user: people[step.to]?.id,
            role,
          })
        : await stage.run(
            actor,
            'mutation ($id: ID!, $purposes: [String!]!) { updateRole(id: $id, input: { purposes: $purposes }) { id } }',
            { id: role, purposes: step.purposes },
          )
  expect(codes).toSatisfy(() => ['', 'FORBIDDEN', 'INVALID_INPUT'].includes(codes.join()))
  if (codes[0] === 'FORBIDDEN') counts.refused++
  else counts.done++
}

function nameOf(right: string | number, held: readonly Role[]) {
  const all = held.flatMap(({ grants }) => grants.map((grant) => grant.right))
  return typeof right === 'string' ? right : all[right % all.length]
}

const rolesOf = async ({ uuid }: Person): Promise<Role[]> => {
  const held = await stage.database.roleAssignment.findMany({
    where: { userId: uuid },
    select: { role: { select: { purposes: true, grants: true } } },
  })
  return held.map(({ role }) => role)
}

test('nobody ends up with more than who gave it has', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(aRole, { minLength: 1, maxLength: 2 }),
      somePurposes,
      someSteps,
      async (held, bound, steps) => {
        const [actor, ...others] = await stage.cast([[{ purposes: [], grants: managing }, ...held], [], []])
        if (!actor) throw new Error('nobody acts')
        const roles = await Promise.all(
          [held[0]?.purposes ?? [], bound].map(async (its) =>
            globalId('Role', await stage.role({}, { purposes: its })),
          ),
        )
        const before = sight(await rolesOf(actor))
        for (const step of steps) await attempt({ actor, held, roles, people: [actor, ...others] }, step)
        for (const person of [actor, ...others]) {
          const gained = sight(await rolesOf(person)).filter((one) => !before.includes(one))
          expect(gained).toEqual([])
        }
      },
    ),
    { numRuns: 30 },
  )
  // Both happened often enough to mean something.
  expect(counts.done).toBeGreaterThan(20)
  expect(counts.refused).toBeGreaterThan(20)
})

const managing: Grant[] = [
  { right: 'identity.roles', read: true, write: true },
  { right: 'identity.users', read: true, write: false },
]
