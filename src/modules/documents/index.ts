import { defineModule } from '../module.ts'
import { describeDocument, describeLink, describeType, describeVersion } from './audited.ts'
import { documentEvents } from './automation.ts'
import { addMissingTypes } from './document-types.ts'
import { addMutations } from './graphql/mutations.ts'
import { addQueries } from './graphql/queries.ts'
import { addTypeMutations } from './graphql/type-mutations.ts'
import { addTypes } from './graphql/types.ts'
import { keepDocuments } from './housekeeping.ts'
import { documentMerging } from './merging.ts'
import { documentOverview } from './overview.ts'
import { documentData } from './personal-data.ts'
import { documentRights } from './rights.ts'
import { documentRoutes } from './routes.ts'
import { documentTelling } from './told.ts'

/**
 * Documents: files with what is said of them, and whose they are. In parts:
 *
 * - what they hold: `content/`; a file is checked, sealed and put away by `stage.ts`, opened by `open.ts`, by keys of `keys.ts`
 * - what is said of them: `store.ts`, `change.ts`, `document-types.ts`; who sees them: `sight.ts`, `list.ts`
 * - how files come and go: `tickets.ts`, `upload.ts`, `download.ts`, `routes.ts`; many at once: `import/`
 * - how they are forgotten: `personal-data.ts`, `content/removal.ts`, `housekeeping.ts`
 */
export const documents = defineModule({
  name: 'documents',
  needs: ['contacts', 'audit', 'lawfulness', 'fields'],
  rights: documentRights,
  personalData: documentData,
  overview: documentOverview,
  audited: {
    DocumentType: describeType,
    Document: describeDocument,
    DocumentVersion: describeVersion,
    DocumentContact: describeLink,
  },
  merging: documentMerging,
  events: documentEvents,
  tellings: [documentTelling],
  routes: documentRoutes,
  begin: addMissingTypes,
  housekeeping: keepDocuments,
  schema(builder) {
    const types = addTypes(builder)
    addQueries(builder, types)
    addMutations(builder, types)
    addTypeMutations(builder, types)
  },
})
