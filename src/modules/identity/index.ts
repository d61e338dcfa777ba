import { defineModule } from '../module.ts'
import { addCreateUser } from './access/create-user.ts'
import { addUsersAndRoles } from './access/user-types.ts'
import { addMe } from './account/me.ts'
import { auditedIdentity } from './audited.ts'
import { addSignIn } from './sign-in/mutations.ts'

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
