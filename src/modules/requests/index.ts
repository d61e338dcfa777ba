import { defineModule } from '../module.ts'
import { describeAnswered, describeIncoming, describeMessage, describeRequest } from './audited.ts'
import { requestActions, requestEvents } from './automation.ts'
import { renameFormer } from './former-names.ts'
import { addContactFields } from './graphql/contact-fields.ts'
import { addDecisions } from './graphql/decisions.ts'
import { addQueries } from './graphql/queries.ts'
import { addReceiving } from './graphql/receiving.ts'
import { addTypes } from './graphql/types.ts'
import { requestMerging } from './merging.ts'
import { requestOverview } from './overview.ts'
import { requestData } from './personal-data.ts'
import { requestedRestriction } from './restriction.ts'
import { requestRights } from './rights.ts'
import { requestSamples } from './samples.ts'
import { restrictionTelling } from './told.ts'
import { watchRequests } from './watch.ts'

/**
 * Requests of persons who make use of their rights (Art. 15 to 22 GDPR). In parts:
 *
 * - `steps.ts`: receiving, producing, delivering, for other modules, too; `incoming.ts`: of whom nobody knows yet who they are
 * - `identity.ts`, `decide.ts`, `messages.ts`: what staff does; `own.ts`: what the person sees
 * - `status.ts`: which step leads where; `deadline.ts`, `pause.ts`: until when
 * - `restriction.ts`: what a restriction that was granted means for the law; `told.ts`: and for recipients
 * - `watch.ts`: what happens by itself
 */
export const requests = defineModule({
  name: 'requests',
  needs: ['identity', 'contacts', 'audit', 'lawfulness', 'fields', 'mails'],
  rights: requestRights,
  personalData: requestData,
  overview: requestOverview,
  audited: {
    SubjectRequest: describeRequest,
    SubjectMessage: describeMessage,
    IncomingRequest: describeIncoming,
    AnsweredRequest: describeAnswered,
  },
  restriction: requestedRestriction,
  tellings: [restrictionTelling],
  merging: requestMerging,
  begin: renameFormer,
  housekeeping: watchRequests,
  events: requestEvents,
  actions: requestActions,
  mailSamples: requestSamples,
  schema(builder) {
    const types = addTypes(builder)
    addContactFields(builder, types)
    addQueries(builder, types)
    addReceiving(builder, types)
    addDecisions(builder, types)
  },
})
