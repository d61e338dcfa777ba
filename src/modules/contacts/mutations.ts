import type { Builder } from '../../graphql/builder.ts'
import { uuidOf } from '../../graphql/ids.ts'
import { draftOf } from '../fields/inputs.ts'
import type { PointDrafts } from './check-points.ts'
import { createContact } from './create.ts'
import type { PointKind } from './draft.ts'
import { addContactInputs } from './inputs.ts'
import type { PointChanges } from './point-changes.ts'
import { readContact } from './read-one.ts'
import type { ContactRef } from './types.ts'
import { updateContact } from './update.ts'

/** `createContact` and `updateContact`. */
export function addContactMutations(builder: Builder, contactRef: ContactRef): void {
  const inputs = addContactInputs(builder)

  builder.mutationField('createContact', (t) =>
    t.field({
      type: contactRef,
      nullable: true,
      auth: { write: 'contacts.contact' },
      description:
        'Enters a contact. Faults come as `INVALID_INPUT`, each with its field. Null, without an error, when you are bound to ' +
        'purposes for which it has no valid basis yet: then it was entered, and you do not see it.',
      args: { input: t.arg({ type: inputs.create, required: true }) },
      resolve: async (_root, { input }, context, info) => {
        const { source, sourceAt, customFields, ...draft } = input
        const fields = (customFields ?? []).map(draftOf)
        const id = await createContact(context, { ...withIsoDate(draft), customFields: fields }, { source, sourceAt })
        return readContact(context, id, info)
      },
    }),
  )

  builder.mutationField('updateContact', (t) =>
    t.field({
      type: contactRef,
      nullable: true,
      auth: { write: 'contacts.contact' },
      description: 'Changes a contact. All of it happens, or nothing.',
      args: { input: t.arg({ type: inputs.update, required: true }) },
      resolve: async (_root, { input }, context, info) => {
        const id = uuidOf('Contact', input.id)
        const { source, sourceAt, version, customFields, ...columns } = input
        await updateContact(context, {
          id,
          version,
          columns: withIsoDate(columns),
          customFields: (customFields ?? []).map(draftOf),
          source,
          sourceAt,
          points: [
            pointChanges('email', input.addEmails, input.updateEmails, input.removeEmails),
            pointChanges('phone', input.addPhones, input.updatePhones, input.removePhones),
            pointChanges('address', input.addAddresses, input.updateAddresses, input.removeAddresses),
            pointChanges('website', input.addWebsites, input.updateWebsites, input.removeWebsites),
            pointChanges('messenger', input.addMessengers, input.updateMessengers, input.removeMessengers),
          ],
        })
        return readContact(context, id, info)
      },
    }),
  )
}

const withIsoDate = <T extends { birthDate?: Date | null | undefined }>({ birthDate, ...rest }: T) => ({
  ...rest,
  ...(birthDate !== undefined && { birthDate: birthDate === null ? null : birthDate.toISOString().slice(0, 10) }),
})

type Maybe<T> = T | null | undefined

const pointChanges = <K extends PointKind>(
  kind: K,
  add: Maybe<readonly PointDrafts[K][]>,
  change: Maybe<PointChanges<K>['change']>,
  remove: Maybe<readonly string[]>,
): PointChanges<K> => ({ kind, add: add ?? [], change: change ?? [], remove: remove ?? [] })
