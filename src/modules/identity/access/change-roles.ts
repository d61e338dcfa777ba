import { v7 as uuidv7 } from 'uuid'
import type { Transaction } from '../../../database/transact.ts'
import type { WorkContext } from '../../../graphql/context.ts'
import { type Fault, invalidInput, notFound } from '../../../graphql/errors.ts'
import { checkText } from '../../check-text.ts'
import { unlessTaken } from '../../unless-taken.ts'
import { changeAccess } from './change-access.ts'
import { requireUser } from './users.ts'

/** What one may say about a role. Absent: as it is. */
export type RoleDraft = {
  name?: string | null | undefined
  description?: string | null | undefined
  purposes?: readonly string[] | null | undefined
}

const right = 'identity.roles'

const mostPurposes = 100

/** Makes a role that allows nothing yet. Returns its id. Throws INVALID_INPUT with every fault. */
export async function createRole(context: WorkContext, key: string, draft: RoleDraft): Promise<string> {
  const id = uuidv7()
  const faults: Fault[] = []
  if (!isKey(key)) faults.push({ field: 'key', message: howKeysAre })
  const data = { id, key, name: '', ...checked({ name: '', ...draft }, faults) }
  await unlessTaken({ field: 'key', message: 'Another role has this key already.' }, () =>
    changeAccess(context, 'createRole', right, (tx) => tx.role.create({ data })),
  )
  return id
}

/** Changes what a role is called, or which contacts it is about. Throws FORBIDDEN where it would show more of them than the caller sees. */
export async function updateRole(context: WorkContext, id: string, draft: RoleDraft): Promise<void> {
  const data = checked(draft, [])
  await changeAccess(context, 'updateRole', right, async (tx, caller) => {
    const role = await requireRole(tx, id)
    const purposes = data.purposes && comingIntoSight(role.purposes, data.purposes)
    if (purposes)
      caller.mustHold(
        role.grants.map((grant) => ({ ...grant, purposes })),
        'input.purposes',
      )
    await tx.role.update({ where: { id }, data })
  })
}

/** Takes a role away from everybody, and removes it. Throws INVALID_INPUT for a built-in one: the next start would make it again. */
export async function deleteRole(context: WorkContext, id: string): Promise<void> {
  await changeAccess(context, 'deleteRole', right, async (tx) => {
    const { builtIn } = await requireRole(tx, id)
    if (builtIn) {
      const message = 'Every installation has this role. Take its grants away, or take it from its users.'
      throw invalidInput([{ field: 'id', message }])
    }
    await tx.roleAssignment.deleteMany({ where: { roleId: id } })
    await tx.grant.deleteMany({ where: { roleId: id } })
    await tx.grantUse.deleteMany({ where: { roleId: id } })
    await tx.role.delete({ where: { id } })
  })
}

/** Gives a user a role, to stay whatever an identity provider says. Throws FORBIDDEN unless the caller holds all that it allows. */
export async function assignRole(context: WorkContext, userId: string, roleId: string): Promise<void> {
  await changeAccess(context, 'assignRole', right, async (tx, caller) => {
    await requireUser(tx, userId)
    const { grants, purposes } = await requireRole(tx, roleId)
    caller.mustHold(
      grants.map((grant) => ({ ...grant, purposes })),
      'role',
    )
    const which = { userId_roleId: { userId, roleId } }
    const present = await tx.roleAssignment.findUnique({ where: which })
    if (!present) await tx.roleAssignment.create({ data: { userId, roleId } })
    else if (present.external) await tx.roleAssignment.update({ where: which, data: { external: false } })
  })
}

/** Takes a role from a user. */
export async function unassignRole(context: WorkContext, userId: string, roleId: string): Promise<void> {
  await changeAccess(context, 'unassignRole', right, async (tx) => {
    await requireUser(tx, userId)
    await requireRole(tx, roleId)
    await tx.roleAssignment.deleteMany({ where: { userId, roleId } })
  })
}

/** The role with its grants. Throws NOT_FOUND. */
export async function requireRole(tx: Transaction, id: string) {
  const role = await tx.role.findUnique({ where: { id }, include: { grants: true } })
  if (!role) throw notFound('Role')
  return role
}

/** The purposes whose contacts a role newly shows; none of them: all contacts. Undefined where there are no such contacts. */
function comingIntoSight(before: readonly string[], after: readonly string[]): string[] | undefined {
  if (before.length === 0) return undefined
  if (after.length === 0) return []
  const added = after.filter((purpose) => !before.includes(purpose))
  return added.length > 0 ? added : undefined
}

const isKey = (text: string) => /^[a-z0-9](?:[a-z0-9._-]{0,62}[a-z0-9])?$/.test(text)

const howKeysAre = 'Use 1 to 64 small letters, digits, dots, dashes and underscores, such as `call-centre`.'

/** What was said, as it is stored. Throws INVALID_INPUT with every fault, those included that were found before. */
function checked({ name, description, purposes }: RoleDraft, faults: Fault[]) {
  const keys = [...new Set(purposes ?? [])].sort()
  const data = {
    ...(name !== undefined && { name: checkText(name, 'name', { max: 200 }, faults) }),
    ...(description !== undefined && {
      description: checkText(description, 'description', { max: 2000, multiline: true }, faults),
    }),
    ...(purposes !== undefined && { purposes: keys }),
  }
  if (data.name === '' && !faults.some(({ field }) => field === 'name'))
    faults.push({ field: 'name', message: 'Give it a name: people choose roles by it.' })
  for (const [index, purpose] of (purposes ?? []).entries())
    if (!isKey(purpose)) faults.push({ field: `purposes.${index}`, message: howKeysAre })
  if (keys.length > mostPurposes) faults.push({ field: 'purposes', message: `Name at most ${mostPurposes}.` })
  if (faults.length > 0) throw invalidInput(faults)
  return data
}
