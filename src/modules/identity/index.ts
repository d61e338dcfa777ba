import { defineModule } from '../module.ts'
import { addAccess } from './access/add-access.ts'
import { declaredRights } from './access/right-names.ts'
import { addMe } from './account/me.ts'
import { addOwnPassword } from './account/password.ts'
import { addOwnSessions } from './account/sessions.ts'
import { auditedIdentity } from './audited.ts'
import { addClients } from './clients/add-clients.ts'
import { addSecondFactors } from './factors/mutations.ts'
import { addLinks } from './links/mutations.ts'
import { linkSamples } from './links/samples.ts'
import { keepHouse } from './sign-in/housekeeping.ts'
import { addSignIn } from './sign-in/mutations.ts'

/**
 * Who may sign in, and what they may do. Its parts, each in a folder of its own:
 *
 * - `sign-in`: who calls (`authenticate.ts`); passwords, sessions, the steps of a sign-in, and what limits guessing
 * - `factors`: what proves besides a password who somebody is
 * - `account`: what people see and change of themselves
 * - `links`: invitations and new passwords by mail
 * - `access`: users, roles and grants, and who may change them
 * - `clients`: programs with keys of their own
 * - `provider`: signing in elsewhere, by OpenID Connect; routes and bearer tokens, nothing in the schema
 */
export const identity = defineModule({
  name: 'identity',
  needs: [],
  rights: {
    'identity.users': 'Users: see who has an account, make new ones, and change those who may do no more than oneself.',
    'identity.roles': 'Roles: see what each of them allows and who holds them, and give at most what one has.',
    'identity.clients':
      'Clients: see which programs call on their own behalf, and let them do what one may do oneself.',
  },
  personalData: 'none',
  audited: auditedIdentity,
  housekeeping: keepHouse,
  mailSamples: linkSamples,
  schema(builder, modules) {
    const declared = declaredRights(modules)
    const { grant } = addAccess(builder, declared)
    const me = addMe(builder, grant)
    const { payload } = addSignIn(builder, me)
    addLinks(builder, payload)
    addOwnSessions(builder)
    addOwnPassword(builder, payload)
    addSecondFactors(builder)
    addClients(builder, declared)
  },
})
