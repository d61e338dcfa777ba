import type { Builder } from '../../../graphql/builder.ts'
import { uuidOf } from '../../../graphql/ids.ts'
import { recordSigner, rotateRecordKey } from '../record/keys.ts'
import { acceptNoticesSince, protectClient } from '../settings.ts'

const right = 'consent.settings'

/** How clients’ pages are protected, which older notices count, and the keys of consent records. */
export function addConsentSettings(builder: Builder): void {
  const auth = { read: right }
  builder.prismaObjectFields('Client', (t) => ({
    proofOfWork: t.int({
      nullable: true,
      auth,
      description:
        'How many zero bits the work of its pages has to come to before they may ask for consent; 0: none is asked for.',
      select: { id: true },
      resolve: async ({ id }, _args, { database }) =>
        (await database.clientProtection.findUnique({ where: { clientId: id } }))?.proofOfWork ?? 0,
    }),
    trappedForms: t.int({
      nullable: true,
      auth,
      description: 'How many forms of its pages programs filled in, as the honeypot tells.',
      select: { id: true },
      resolve: async ({ id }, _args, { database }) =>
        Number((await database.trappedForms.findUnique({ where: { clientId: id } }))?.count ?? 0),
    }),
  }))
  builder.mutationFields((t) => ({
    protectClient: t.prismaField({
      type: 'Client',
      nullable: true,
      auth: { read: 'identity.clients', write: right },
      description: 'Asks the pages of a client for a proof of work before they may ask for consent, against form spam.',
      args: {
        client: t.arg.id({ required: true, description: 'The client.' }),
        proofOfWork: t.arg.int({
          required: true,
          description:
            'Zero bits: 0 (none) to 20. With 16 a desktop works for a fifth of a second; each bit more doubles that.',
        }),
      },
      resolve: async (query, _root, { client, proofOfWork }, context) => {
        const id = uuidOf('Client', client)
        await protectClient(context, id, proofOfWork)
        return context.database.client.findUniqueOrThrow({ ...query, where: { id } })
      },
    }),
    acceptNoticesSince: t.int({
      nullable: true,
      auth: { read: right, write: right },
      description:
        'Lets consent count that was given on older versions of a purpose’s notice, from this one on; without a version, on the current one alone. ' +
        'Answers the oldest that counts.',
      args: {
        purpose: t.arg.string({ required: true, description: 'The key of the purpose.' }),
        version: t.arg.int({ description: 'The oldest version that counts.' }),
      },
      resolve: (_root, { purpose, version }, context) => acceptNoticesSince(context, purpose, version ?? null),
    }),
    rotateConsentKey: t.string({
      nullable: true,
      auth: { read: right, write: right },
      description:
        'Signs consent records with a new key from now on; older records stay verifiable. Answers its `kid`.',
      resolve: async (_root, _args, context) => {
        await recordSigner(context) // So that there is one to be followed.
        return (await rotateRecordKey(context)).kid
      },
    }),
  }))
}
