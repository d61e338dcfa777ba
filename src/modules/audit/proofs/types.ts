import type { Builder } from '../../../graphql/builder.ts'
import type { TreeHead } from './checkpoints.ts'
import type { EntryProof, Inclusion } from './proof.ts'

/** The types of proofs, for the fields that lead to them. */
export type ProofTypes = ReturnType<typeof addProofTypes>

/** `AuditProof`, `AuditCheckpoint` and what belongs to them. What leads there has its own right. */
export function addProofTypes(builder: Builder) {
  const checkpoint = builder.objectRef<TreeHead>('AuditCheckpoint').implement({
    description:
      'What the log was when it had a certain size. All its entries are leaves of a Merkle tree (RFC 9162, SHA-256), and a ' +
      'checkpoint signs its root (C2SP tlog-checkpoint, Ed25519): who keeps it notices if any entry is changed or removed later.',
    auth: 'public',
    fields: (t) => ({
      size: t.field({
        type: 'SafeInt',
        nullable: false,
        description: 'How many entries the tree had.',
        resolve: ({ size }) => size,
      }),
      root: t.string({
        nullable: false,
        description: 'The root of the tree, in base64.',
        resolve: ({ root }) => base64(root),
      }),
      note: t.string({
        nullable: true,
        description:
          'The signed checkpoint, to keep and to check. Null where none was signed at this very size, as about one a second ' +
          'is; `root` is then what the log says by itself.',
        resolve: ({ signed }) => signed?.note ?? null,
      }),
      origin: t.string({
        nullable: true,
        description:
          'The name of the log, which stands in the note. It changes (`…/epoch-2`) if the log had to begin anew after entries ' +
          'were lost. Null without a note.',
        resolve: ({ signed }) => signed?.origin ?? null,
      }),
      signedAt: t.field({
        type: 'DateTime',
        nullable: true,
        description: 'When it was signed, as the database says: the signature does not cover it. Null without a note.',
        resolve: ({ signed }) => signed?.signedAt ?? null,
      }),
      verifier: t.string({
        nullable: true,
        description:
          'The key that checks the note, as `<name>+<id>+<base64>`. Get it once on another way, and compare: who could forge ' +
          'notes could forge this, too. Null without a note, or if a former key signed it.',
        resolve: ({ signed }) => signed?.verifier ?? null,
      }),
    }),
  })
  const inclusion = builder.objectRef<Inclusion>('AuditInclusion').implement({
    description: 'Where an entry is in the tree, and what proves it (RFC 9162, section 2.1.3).',
    auth: 'public',
    fields: (t) => ({
      index: t.field({
        type: 'SafeInt',
        nullable: false,
        description: 'The place of its leaf, from 0.',
        resolve: ({ index }) => index,
      }),
      hashes: t.stringList({
        nullable: false,
        description: 'The hashes from the leaf to the root, the nearest first, in base64.',
        resolve: ({ hashes }) => hashes.map(base64),
      }),
      checkpoint: t.field({
        type: checkpoint,
        nullable: false,
        description: 'The tree that it is in.',
        resolve: ({ head }) => head,
      }),
    }),
  })
  const proof = builder.objectRef<EntryProof>('AuditProof').implement({
    description:
      'That an entry is in the log, provable to anybody who has a checkpoint. It stays so when the contact is erased.',
    auth: 'public',
    about: ({ contactId }) => contactId,
    fields: (t) => ({
      entryId: t.exposeID('entryId', { nullable: false, description: 'The `id` of the entry.' }),
      leaf: t.string({
        nullable: true,
        description:
          'What the tree holds of the entry: JSON (RFC 8785), to the byte in UTF-8. It tells when it was, by whom, and about ' +
          'which contact; what happened only as the SHA-256 `what`. Null for an entry about a contact unless you may read ' +
          '`contacts.contact`.',
        resolve: ({ leaf, contactId }, _args, { rights }) =>
          contactId === null || rights.canRead('contacts.contact') ? leaf : null,
      }),
      leafHash: t.string({
        nullable: false,
        description: 'SHA-256 of a zero byte and the leaf, in base64.',
        resolve: ({ leafHash }) => base64(leafHash),
      }),
      inclusion: t.field({
        type: inclusion,
        nullable: true,
        description:
          'That it is in the tree. Null if it is not yet: that takes about a second. Null also if the tree is asked for as it ' +
          'was before.',
        resolve: (found) => found.inclusion ?? null,
      }),
    }),
  })
  return { checkpoint, proof }
}

const base64 = (bytes: Uint8Array) => Buffer.from(bytes).toString('base64')
