import { defineModule } from '../module.ts'
import {
  describeHold,
  describeProposal,
  describeRestriction,
  describeRetained,
  describeRetainedHold,
  describeRule,
} from './audited.ts'
import { addHolds } from './graphql/holds.ts'
import { addProposals } from './graphql/proposals.ts'
import { addRetained } from './graphql/retained.ts'
import { addRules } from './graphql/rules.ts'
import { erasureHold } from './holds/in-force.ts'
import { keepRetention } from './housekeeping.ts'
import { retainedRoutes } from './kept/download.ts'
import { endedRecords } from './kept/end.ts'
import { retentionData } from './personal-data.ts'
import { retentionRights } from './rights.ts'
import { addMissingRules } from './rules/defaults.ts'
import { ruledRestriction } from './rules/restriction.ts'
import { onBasis } from './rules/watch.ts'

/**
 * How long contacts are kept, and what then (DIN 66398, ISO/IEC 27555). In parts:
 *
 * - rules: whose period is over, by one statement; trying a rule out; applying them
 * - holds: who must not be erased; proposals: who should be
 * - kept: what a law keeps of those who were erased, until its period ends
 */
export const retention = defineModule({
  name: 'retention',
  needs: ['contacts', 'audit', 'lawfulness', 'documents', 'requests'],
  rights: retentionRights,
  personalData: retentionData,
  audited: {
    RetentionRule: describeRule,
    LegalHold: describeHold,
    ErasureProposal: describeProposal,
    RetentionRestriction: describeRestriction,
    RetainedRecord: describeRetained,
    RetainedHold: describeRetainedHold,
  },
  erasureHold,
  restriction: ruledRestriction,
  basisListener: onBasis,
  begin: addMissingRules,
  housekeeping: keepRetention,
  routes: retainedRoutes,
  queues: [endedRecords],
  schema(builder, modules) {
    addRules(builder, modules)
    addHolds(builder)
    addProposals(builder)
    addRetained(builder)
  },
})
