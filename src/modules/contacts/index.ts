import { defineModule } from '../module.ts'
import { describeContact, describeImport, describeMerge, describePoint } from './audited.ts'
import { contactActions, contactEvents, contactFacts } from './automation.ts'
import { addDuplicateQuery } from './duplicate-query.ts'
import { addImport } from './import/types.ts'
import { addMerging } from './merge-types.ts'
import { addContactMutations } from './mutations.ts'
import { addOverview } from './overview/types.ts'
import { contactData } from './personal-data.ts'
import { addContactQueries } from './queries.ts'
import { contactRights } from './rights.ts'
import { addContactType } from './types.ts'

/** The persons and organisations whose data is kept, and the ways to reach them. */
export const contacts = defineModule({
  name: 'contacts',
  needs: ['identity'],
  rights: contactRights,
  personalData: contactData,
  audited: {
    Contact: describeContact,
    ContactPoint: describePoint,
    ContactMerge: describeMerge,
    Import: describeImport,
  },
  events: contactEvents,
  facts: contactFacts,
  actions: contactActions,
  schema(builder, modules) {
    const contact = addContactType(builder)
    addContactQueries(builder, contact)
    addDuplicateQuery(builder, contact)
    addContactMutations(builder, contact)
    addMerging(builder)
    addImport(builder)
    addOverview(builder, modules)
  },
})
