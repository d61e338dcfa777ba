import type { Builder } from '../../../graphql/builder.ts'
import { addCreateUser } from './create-user.ts'
import { addGrantMutations } from './grant-mutations.ts'
import type { DeclaredRights } from './right-names.ts'
import { addRights } from './right-types.ts'
import { addRoleMutations } from './role-mutations.ts'
import { addRoles, type GrantType } from './role-types.ts'
import { addUserMutations } from './user-mutations.ts'
import { addUsers } from './user-types.ts'

/** Adds users, roles and grants, for those who manage them. */
export function addAccess(builder: Builder, declared: DeclaredRights): { grant: GrantType } {
  const { grant, role } = addRoles(builder)
  const user = addUsers(builder)
  addRights(builder, role, declared)
  addRoleMutations(builder, { role, user })
  addGrantMutations(builder, role, declared)
  addCreateUser(builder)
  addUserMutations(builder, user)
  return { grant }
}
