import { validate as isUuid } from 'uuid'
import type { Builder } from '../../../graphql/builder.ts'
import { notFound } from '../../../graphql/errors.ts'
import { uuidOf } from '../../../graphql/ids.ts'
import { findContact } from '../../contacts/sight.ts'
import { createSelfServiceLink, type MadeLink, withdrawSelfServiceLinks } from '../access/links.ts'
import { acceptCorrection, rejectCorrection } from '../corrections/decide.ts'
import { listModes, setMode } from '../corrections/modes.ts'
import type { SelfServiceTypes } from './types.ts'

/** What staff does: links to the page, decisions over corrections, and how fields are corrected. */
export function addMutations(builder: Builder, types: SelfServiceTypes): void {
  addLinks(builder)
  const auth = { write: 'selfservice.corrections' }
  const named = (contactId: string, id: string) => {
    if (!isUuid(id)) throw notFound('correction')
    return { contactId: uuidOf('Contact', contactId), id: id.toLowerCase() }
  }
  builder.mutationFields((t) => {
    const contactId = t.arg.id({ required: true, description: 'Whose correction it is.' })
    const id = t.arg.id({ required: true, description: 'The `id` of the correction.' })
    return {
      acceptCorrection: t.prismaField({
        type: types.correction,
        nullable: true,
        description:
          'Makes what a contact proposed hold, with the checks of any update, and tells them by mail. Takes the right to write the field, ' +
          'too. `CONFLICT` if it was decided already, `INVALID_INPUT` where it does not fit any more.',
        auth,
        args: { contactId, id },
        resolve: (_query, _root, args, context) => acceptCorrection(context, named(args.contactId, args.id)),
      }),
      rejectCorrection: t.prismaField({
        type: types.correction,
        nullable: true,
        description:
          'Leaves the data as it is. The contact is told by mail, and reads the reason on their page. Takes the right to write the field, too.',
        auth,
        args: { contactId, id, reason: t.arg.string({ required: true, description: 'Why, for the contact.' }) },
        resolve: (_query, _root, { reason, ...args }, context) =>
          rejectCorrection(context, { ...named(args.contactId, args.id), reason }),
      }),
      setCorrectionMode: t.field({
        type: [types.fieldMode],
        nullable: true,
        description: 'Says how contacts correct a field. Returns the modes of all fields.',
        auth: { write: 'selfservice.settings' },
        args: {
          field: t.arg.string({ required: true, description: '`givenName`, `emails`, `customFields.size`.' }),
          mode: t.arg({ type: types.mode, required: true, description: 'How.' }),
        },
        resolve: async (_root, { field, mode }, context) => {
          await setMode(context, field, mode)
          return listModes(context)
        },
      }),
    }
  })
}

function addLinks(builder: Builder) {
  const auth = { write: 'selfservice.links' }
  const link = builder.objectRef<MadeLink>('SelfServiceLink').implement({
    description: 'A link by which a contact comes to the page about themself, once.',
    auth: { read: 'selfservice.links' },
    about: ({ contactId }) => contactId,
    fields: (t) => ({
      contact: t.prismaField({
        type: 'Contact',
        nullable: true,
        auth: { read: 'contacts.contact' },
        description: 'Whose it is.',
        resolve: (query, { contactId }, _args, context) => findContact(context, query, contactId),
      }),
      expiresAt: t.expose('expiresAt', { type: 'DateTime', nullable: false, description: 'Until when it works.' }),
      url: t.string({
        nullable: true,
        auth: { read: 'selfservice.handOver' },
        description: 'Only if it is to be handed over: shown only this once. Null if it was mailed.',
        resolve: ({ url }) => url ?? null,
      }),
    }),
  })
  const input = builder.inputType('CreateSelfServiceLinkInput', {
    description: 'For whom.',
    auth,
    fields: (t) => ({
      contactId: t.id({ required: true, description: 'The contact.' }),
      handOver: t.boolean({
        auth: { write: 'selfservice.handOver' },
        description:
          'True: the link is told to you, to hand it over on paper or the like. Whoever comes with it can neither consent nor change ' +
          'anything without staff, since it may be you. Otherwise it is mailed to the contact’s first e-mail address.',
      }),
    }),
  })
  builder.mutationFields((t) => ({
    createSelfServiceLink: t.field({
      type: link,
      nullable: true,
      description:
        'Makes a link to the page where a contact looks after their own data, for one visit within a week. Links made before are worth nothing any more.',
      auth,
      args: { input: t.arg({ type: input, required: true, description: 'For whom.' }) },
      resolve: (_root, { input: { contactId, handOver } }, context) =>
        createSelfServiceLink(context, { contactId: uuidOf('Contact', contactId), handOver: handOver ?? false }),
    }),
    withdrawSelfServiceLinks: t.prismaField({
      type: 'Contact',
      nullable: true,
      description: 'Makes the links of a contact worth nothing, and ends their visits to the page.',
      auth,
      args: { contactId: t.arg.id({ required: true, description: 'The contact.' }) },
      resolve: async (query, _root, { contactId }, context) =>
        findContact(context, query, await withdrawSelfServiceLinks(context, uuidOf('Contact', contactId))),
    }),
  }))
}
