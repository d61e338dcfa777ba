import { defineModule } from '../module.ts'
import { describeErasure, describeFingerprint } from './audited.ts'
import { certificateRoutes } from './certificate/routes.ts'
import { readmission } from './fingerprints.ts'
import { addErasureContactFields } from './graphql/contact-fields.ts'
import { addFingerprints } from './graphql/fingerprints.ts'
import { addErasureInputs } from './graphql/inputs.ts'
import { addErasureMutations } from './graphql/mutations.ts'
import { addErasureQueries } from './graphql/queries.ts'
import { addErasureTypes } from './graphql/types.ts'
import { resumeErasures } from './held.ts'
import { tellLifted } from './lifted.ts'
import { erasureMerging } from './merging.ts'
import { erasureData } from './personal-data.ts'
import { erasures } from './queue.ts'
import { requestByRule } from './request.ts'
import { erasureRights } from './rights.ts'
import { erasureSamples } from './samples.ts'
import { withdrawErasures } from './withdraw.ts'
import { startErasing } from './worker.ts'

/**
 * Erasures (Art. 17 GDPR), from the request to the proof. In parts:
 *
 * - `request.ts`, `decide.ts`, `asked.ts`: asking for one, approving, refusing and calling it off; `state.ts`: which step leads where
 * - `queue.ts`, `worker.ts`, `perform.ts`, `perform-set.ts`: how it is executed in the background; `notice.ts`: the person is told before
 * - `engine`: what executing means: the ledger first, then everything at once; and again after a restore
 * - `register.ts`: what is left to prove it; `certificate`: for whoever wants to see that
 * - `fingerprints.ts`, `lifted.ts`: whoever objected is not entered again, until they want to be
 */
export const erasure = defineModule({
  name: 'erasure',
  needs: ['identity', 'contacts', 'audit', 'mails', 'consent', 'requests', 'recipients', 'disclosure', 'retention'],
  rights: erasureRights,
  personalData: erasureData,
  audited: { Erasure: describeErasure, ErasureFingerprint: describeFingerprint },
  merging: erasureMerging,
  readmission,
  requestErasure: requestByRule,
  resumeErasures,
  withdrawErasures,
  housekeeping: tellLifted,
  queues: [erasures],
  routes: certificateRoutes,
  mailSamples: erasureSamples,
  workers: [{ name: 'erasures', start: startErasing }],
  schema(builder, modules) {
    const types = addErasureTypes(builder, modules)
    const inputs = addErasureInputs(builder, types)
    const fingerprint = addFingerprints(builder)
    addErasureContactFields(builder, types)
    addErasureQueries(builder, types, inputs, modules)
    addErasureMutations(builder, types, inputs, { fingerprint, modules })
  },
})
