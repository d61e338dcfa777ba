import { encodeGlobalID } from '@pothos/plugin-relay'
import type { ErasureFingerprint } from '#prisma/client.ts'
import type { Builder } from '../../../graphql/builder.ts'
import { findFingerprint } from '../fingerprints.ts'
import { listFingerprints } from '../list.ts'

const auth = { read: 'erasure.fingerprints' }

/** The type of fingerprints. */
export type FingerprintRef = ReturnType<typeof addFingerprints>

/** Adds fingerprints of erased addresses, their list, and the question whether an address has one. */
export function addFingerprints(builder: Builder) {
  const fingerprint = builder.objectRef<ErasureFingerprint>('ErasureFingerprint').implement({
    description:
      'That an address is of somebody who objected and was erased: createContact, updateContact, imports and attested consents refuse it. It ' +
      'can’t be read back: only whoever has the address finds out.',
    auth,
    fields: (t) => ({
      id: t.id({
        nullable: false,
        description: 'Its identity.',
        resolve: ({ id }) => encodeGlobalID('ErasureFingerprint', id),
      }),
      kind: t.exposeString('kind', { nullable: false, description: '`email` or `phone`.' }),
      createdAt: t.expose('createdAt', {
        type: 'DateTime',
        nullable: false,
        description: 'When the person was erased.',
      }),
    }),
  })
  builder.queryFields((t) => ({
    erasureFingerprint: t.field({
      type: fingerprint,
      nullable: true,
      auth,
      description: 'Whether somebody with this address objected and was erased; null: nobody is known.',
      args: {
        email: t.arg.string({ description: 'An e-mail address.' }),
        phone: t.arg.string({ description: 'Or a phone number.' }),
      },
      resolve: (_root, address, context) => findFingerprint(context, address),
    }),
    erasureFingerprints: t.connection(
      {
        type: fingerprint,
        nullable: true,
        auth,
        description: 'All fingerprints, the newest first.',
        resolve: (_root, page, context) => listFingerprints(context, page),
      },
      { name: 'ErasureFingerprintConnection' },
      { name: 'ErasureFingerprintEdge' },
    ),
  }))
  return fingerprint
}
