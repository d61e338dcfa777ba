import type { Builder } from '../../../graphql/builder.ts'
import { erasuresOfContact, mostOfContact } from './loaders.ts'
import type { ErasureTypes } from './types.ts'

/** `Contact.erasures`. */
export function addErasureContactFields(builder: Builder, { erasure }: ErasureTypes): void {
  builder.prismaObjectField('Contact', 'erasures', (t) =>
    t.field({
      type: [erasure],
      nullable: true,
      auth: { read: 'erasure.erasures' },
      description: `Erasures of the contact that were asked for, the newest first; at most ${mostOfContact}.`,
      resolve: ({ id }, _args, context) => erasuresOfContact(context, id),
    }),
  )
}
