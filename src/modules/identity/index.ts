import { defineModule } from '../module.ts'
import { auditedIdentity } from './audited.ts'
import { addMe } from './me.ts'
import { addCreateUser, addSignIn } from './mutations.ts'
import { addUsersAndRoles } from './types.ts'

/** Who may sign in, and what they may do. */
export const identity = defineModule({
  name: 'identity',
  needs: [],
  rights: {
    'identity.users': 'Users: see who has an account, and make new ones with at most the rights that one has.',
    'identity.roles': 'Roles: see what each of them allows, and who holds them.',
  },
  personalData: 'none',
  audited: auditedIdentity,
  schema(builder) {
    const { grant } = addUsersAndRoles(builder)
    addSignIn(builder, addMe(builder, grant))
    addCreateUser(builder)
  },
})
