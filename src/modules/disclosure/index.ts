import { defineModule } from '../module.ts'
import { describePackage } from './audited.ts'
import { disclosureRoutes } from './delivery/routes.ts'
import { packageSamples } from './delivery/samples.ts'
import { addPackageMutations } from './graphql/mutations.ts'
import { addPackageQueries } from './graphql/queries.ts'
import { addPackageTypes } from './graphql/types.ts'
import { eraseExpiredPackages } from './housekeeping.ts'
import { packageMerging } from './merging.ts'
import { disclosureData } from './personal-data.ts'
import { packages } from './queue.ts'
import { startPackaging } from './worker.ts'

/**
 * What persons get when they ask what is kept about them (Art. 15, 20 GDPR). In parts:
 *
 * - build: reads what all modules hold, in one snapshot, and writes the ZIP; report: its PDF
 * - queue, worker, produce: how it is made in the background, and kept
 * - delivery: the link by which the person gets it, and where staff does
 * - import: takes such a package in again
 */
export const disclosure = defineModule({
  name: 'disclosure',
  needs: [
    'contacts',
    'audit',
    'lawfulness',
    'mails',
    'fields',
    'documents',
    'calendar',
    'orders',
    'consent',
    'requests',
  ],
  rights: {
    'disclosure.packages':
      'Access packages: everything that is held about a contact, whatever else one may read. Make, download and hand them over.',
  },
  personalData: disclosureData,
  audited: { AccessPackage: describePackage },
  merging: packageMerging,
  housekeeping: eraseExpiredPackages,
  queues: [packages],
  routes: disclosureRoutes,
  mailSamples: packageSamples,
  workers: [{ name: 'packages', start: startPackaging }],
  schema(builder) {
    const types = addPackageTypes(builder)
    addPackageQueries(builder, types)
    addPackageMutations(builder, types)
  },
})
