import { defineModule } from '../module.ts'
import { describeDefinition, describeFile } from './audited.ts'
import { fieldActions, fieldFacts } from './automation.ts'

import { fieldChanges, startFieldChanges } from './change-worker.ts'
import { addContactFields } from './contact-fields.ts'
import { addDefinitionTypes } from './definition-types.ts'
import { definitionsOf } from './definitions.ts'
import { startIndexMaker } from './make-indexes.ts'
import { addFieldMutations } from './mutations.ts'
import { fieldData } from './personal-data.ts'
import { addFieldQueries } from './queries.ts'
import { fieldRights, rightOfField } from './rights.ts'
import { addValueTypes } from './value-types.ts'

/**
 * What else is kept of contacts, as administrators define it at run time. In parts:
 *
 * - what values are: `kinds.ts`, `values.ts`, and how they are checked: `check-value.ts`, `written.ts`
 * - definitions: `definition.ts`, `draft.ts`; how they change: `define.ts`, `change.ts`; as known: `definitions.ts`
 * - how values follow a change: `fit.ts` says which fit, `convert.ts` rewrites them, `change-worker.ts` where they are many
 * - writing values: `plan.ts` checks, `store.ts` and `claims.ts` write, `carry.ts` takes them along when contacts are merged
 * - reading them: `read.ts`, for users, partners and the contact themselves, as `rights.ts` tells them apart
 * - finding by values: `filter.ts`, `ordering.ts`, `sql.ts`, and the indexes: `make-indexes.ts`
 */
export const fields = defineModule({
  name: 'fields',
  needs: ['contacts', 'audit', 'lawfulness'],
  rights: fieldRights,
  runTimeRights: async (context) =>
    (await definitionsOf(context)).all.map(({ key, labels }) => ({
      name: rightOfField(key),
      description: `The custom field "${labels['en'] ?? Object.values(labels)[0] ?? key}".`,
    })),
  publishable: ['fields.*'], // What a page may fill in; of what becomes of it, it reads nothing.
  personalData: fieldData,
  audited: { FieldDefinition: describeDefinition, FieldFile: describeFile },
  facts: fieldFacts,
  actions: fieldActions,
  workers: [
    {
      name: 'indexes',
      start: ({ ownerUrl, notifications, work: { log } }) =>
        ownerUrl === undefined ? undefined : startIndexMaker({ ownerUrl, notifications, log }),
    },
    { name: 'changes of fields', start: ({ work, ...means }) => startFieldChanges(work, means) },
  ],
  queues: [fieldChanges],
  schema(builder) {
    const value = addValueTypes(builder)
    const types = addDefinitionTypes(builder, value)
    const update = addFieldMutations(builder, types)
    addFieldQueries(builder, types, update)
    addContactFields(builder, value)
  },
})
