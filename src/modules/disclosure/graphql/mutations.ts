import { encodeGlobalID } from '@pothos/plugin-relay'
import type { Builder } from '../../../graphql/builder.ts'
import { uuidOf, uuidOrNobody } from '../../../graphql/ids.ts'
import { createPackageLink, type MadeLink } from '../delivery/link.ts'
import { discloseContact, erasePackage, markDelivered, packagesRight } from '../packages.ts'
import type { PackageTypes } from './types.ts'

const auth = { read: packagesRight, write: packagesRight }

/** Adds making packages, and handing them over. */
export function addPackageMutations(builder: Builder, { accessPackage, kind, language, delivery }: PackageTypes): void {
  const input = builder.inputType('DiscloseContactInput', {
    description: 'What is to be put together.',
    auth,
    fields: (t) => ({
      contactId: t.id({ required: true, description: 'The contact.' }),
      requestId: t.id({ description: 'The request that it answers: it is told what is produced and delivered.' }),
      kind: t.field({ type: kind, description: 'What it is for. Default: `ACCESS`.' }),
      language: t.field({
        type: language,
        description: 'The language of the report; by default the contact’s, or else that of the country.',
      }),
    }),
  })
  const link = builder.objectRef<MadeLink>('AccessPackageLink').implement({
    description: 'The link by which a person gets a package, once.',
    auth,
    about: ({ contactId }) => contactId,
    fields: (t) => ({
      packageId: t.id({
        nullable: false,
        description: 'The package.',
        resolve: ({ packageId }) => encodeGlobalID('AccessPackage', packageId),
      }),
      url: t.string({
        nullable: true,
        description: 'The link, where it is to be handed over; null: it was mailed. It can’t be seen again.',
        resolve: ({ url }) => url ?? null,
      }),
      expiresAt: t.expose('expiresAt', { type: 'DateTime', nullable: false, description: 'Until when it works.' }),
    }),
  })
  builder.mutationFields((t) => ({
    discloseContact: t.field({
      type: accessPackage,
      nullable: true,
      description:
        'Puts together what is held about a contact. It is made in the background: `accessPackageProgress` tells how far it is. Nobody gets it by that: ' +
        'see `createAccessPackageLink`, and `AccessPackage.url`.',
      auth,
      args: { input: t.arg({ type: input, required: true, description: 'What.' }) },
      resolve: (_root, { input: given }, context) =>
        discloseContact(context, {
          contactId: uuidOf('Contact', given.contactId),
          requestId: given.requestId ? uuidOrNobody(given.requestId) : null,
          kind: given.kind ?? 'access',
          language: given.language ?? null,
        }),
    }),
    createAccessPackageLink: t.field({
      type: link,
      nullable: true,
      description:
        'Mails the contact the link by which they download a package: it works once, for a week. A link that was made before works no more. Whoever has ' +
        'the link gets the data: with `handOver`, you get it, to hand it over to the person.',
      auth,
      args: {
        id: t.arg.id({ required: true, description: 'The package.' }),
        handOver: t.arg.boolean({ description: 'Tell me the link, and mail nothing.' }),
      },
      resolve: (_root, { id, handOver }, context) =>
        createPackageLink(context, uuidOf('AccessPackage', id), { handOver: handOver ?? false }),
    }),
    markAccessPackageDelivered: t.field({
      type: accessPackage,
      nullable: true,
      description: 'Notes that you handed a package over. The request that it answers is told.',
      auth,
      args: {
        id: t.arg.id({ required: true, description: 'The package.' }),
        how: t.arg({ type: delivery, required: true, description: 'How.' }),
      },
      resolve: (_root, { id, how }, context) => markDelivered(context, uuidOf('AccessPackage', id), how),
    }),
    eraseAccessPackage: t.field({
      type: accessPackage,
      nullable: true,
      description: 'Erases the file of a package now, or stops its making. That there was one stays.',
      auth,
      args: { id: t.arg.id({ required: true, description: 'The package.' }) },
      resolve: (_root, { id }, context) => erasePackage(context, uuidOf('AccessPackage', id)),
    }),
  }))
}
