import { defineModule } from '../module.ts'
import { describeAccepted, describeHandle, describeProtection, describeRecordKey } from './audited.ts'
import { addConsentInputs } from './graphql/inputs.ts'
import { addConsentMutations } from './graphql/mutations.ts'
import { addConsentQueries } from './graphql/queries.ts'
import { addConsentSettings } from './graphql/settings.ts'
import { addAnswerTypes, addConsentState } from './graphql/types.ts'
import { forgetExpired } from './housekeeping.ts'
import { consentData } from './personal-data.ts'
import { consentRights, everyPurpose, rightOfPurpose } from './rights.ts'
import { consentModuleRoutes } from './routes.ts'

import { startWishWorker, wishes } from './wish-worker.ts'

/**
 * Consent from partners' websites and apps, with proof. In parts:
 *
 * - what persons do: `acts/` (give, confirm, withdraw, refuse, own fields)
 * - what waits until they confirm it: `requests/`
 * - what keeps that safe: `guard/` (once a key, limits, honeypot, proof of work)
 * - the signed records: `record/`
 */
export const consent = defineModule({
  name: 'consent',
  needs: ['contacts', 'audit', 'lawfulness', 'fields', 'mails'],
  rights: consentRights,
  runTimeRights: async ({ database }) =>
    (await database.purpose.findMany({ select: { key: true } })).map(({ key }) => ({
      name: rightOfPurpose(key),
      // By its key: the name is for those who may read the register.
      description: `Asking for consent for the purpose "${key}", and recording it.`,
    })),
  publishable: ['consent.consents', everyPurpose],
  personalData: consentData,
  audited: {
    ConsentHandle: describeHandle,
    ClientProtection: describeProtection,
    AcceptedNotices: describeAccepted,
    RecordKey: describeRecordKey,
  },
  routes: consentModuleRoutes,
  housekeeping: forgetExpired,
  workers: [
    { name: 'links to withdraw', onlyWithMail: true, start: ({ work, ...means }) => startWishWorker(work, means) },
  ],
  queues: [wishes],
  schema(builder) {
    const state = addConsentState(builder)
    const inputs = addConsentInputs(builder)
    addConsentMutations(builder, inputs, addAnswerTypes(builder, state))
    addConsentQueries(builder, state)
    addConsentSettings(builder)
  },
})
