import { defineModule } from '../module.ts'
import { describeLink, describeMode, describeProposal, describeSession } from './audited.ts'
import { proposeFields } from './corrections/propose-fields.ts'
import { addMutations } from './graphql/mutations.ts'
import { addQueries } from './graphql/queries.ts'
import { addRequestField } from './graphql/request-field.ts'
import { addTypes } from './graphql/types.ts'
import { forgetWhatIsOver } from './housekeeping.ts'
import { selfServiceMerging } from './merging.ts'
import { correctionOverview } from './overview.ts'
import { selfServiceRoutes } from './pages/routes.ts'
import { selfServiceData } from './personal-data.ts'
import { selfServiceRights } from './rights.ts'
import { selfServiceSamples } from './samples.ts'

/**
 * The page where contacts look after their own data, and what staff sees of it. In parts:
 *
 * - `access/`: how contacts come in: links, codes by mail, sessions
 * - `corrections/`: what they correct, directly or by a proposal that staff decides over
 * - `consents.ts`: what they agree to, withdraw, object to
 * - `pages/`: what they see
 */
export const selfservice = defineModule({
  name: 'selfservice',
  needs: ['contacts', 'audit', 'lawfulness', 'fields', 'mails', 'consent', 'requests', 'disclosure'],
  rights: selfServiceRights,
  personalData: selfServiceData,
  overview: correctionOverview,
  audited: {
    SelfServiceLink: describeLink,
    SelfServiceSession: describeSession,
    CorrectionProposal: describeProposal,
    CorrectionMode: describeMode,
  },
  fieldProposals: proposeFields,
  routes: selfServiceRoutes,
  housekeeping: forgetWhatIsOver,
  merging: selfServiceMerging,
  mailSamples: selfServiceSamples,
  schema(builder) {
    const types = addTypes(builder)
    addRequestField(builder, types)
    addQueries(builder, types)
    addMutations(builder, types)
  },
})
