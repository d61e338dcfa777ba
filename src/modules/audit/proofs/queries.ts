import type { GraphQLSchema } from 'graphql'
import type { Builder } from '../../../graphql/builder.ts'
import type { Context } from '../../../graphql/context.ts'
import { invalidInput } from '../../../graphql/errors.ts'
import { uuidOrNobody } from '../../../graphql/ids.ts'
import { sightOf } from '../sight.ts'
import type { Hash } from '../tree/hashing.ts'
import { checkpointFrom, headAt, newestCheckpoint, type TreeHead } from './checkpoints.ts'
import { entryById } from './entries.ts'
import { leavesOf, proveIn } from './proof.ts'
import { consistencyProof } from './tree.ts'
import type { ProofTypes } from './types.ts'

/** `auditCheckpoint`, `auditProof` and `auditConsistency`. */
export function addProofQueries(builder: Builder, { checkpoint, proof }: ProofTypes): void {
  builder.queryField('auditCheckpoint', (t) =>
    t.field({
      type: checkpoint,
      nullable: true,
      auth: { read: 'audit.checkpoints' },
      description: 'The newest signed checkpoint of the audit log. Null in a log without entries.',
      args: {
        size: t.arg({ type: 'SafeInt', description: 'The first one that covers so many entries, instead.' }),
      },
      resolve: async (_root, { size }, context) => {
        const newest = await newestCheckpoint(context)
        if (size === null || size === undefined) return newest ?? null
        refuseSize('size', size, newest)
        return (await checkpointFrom(context, size)) ?? null
      },
    }),
  )

  builder.queryField('auditProof', (t) =>
    t.field({
      type: proof,
      nullable: true,
      auth: { read: 'audit.log' },
      description:
        'The proof that an entry is in the log. Null if there is no such entry that you see; and for one about a contact unless ' +
        'you may read `contacts.contact`, since the proof names it.',
      args: {
        entryId: t.arg.id({ required: true, description: 'The `id` of the entry.' }),
        size: t.arg({
          type: 'SafeInt',
          description:
            'In the tree of this size, such as that of a checkpoint that you kept; by default, in the newest.',
        }),
      },
      readLog: async (_root, { entryId }, context, { schema }) => {
        const entry = await visibleEntry(context, schema, entryId)
        return entry && { contactId: entry.contactId ?? undefined, what: { entry: entry.id } }
      },
      resolve: async (_root, { entryId, size }, context, { schema }) => {
        const entry = await visibleEntry(context, schema, entryId)
        if (!entry) return null
        const newest = await newestCheckpoint(context)
        if (size === null || size === undefined) return (await proveIn(context, [entry], newest))[0] ?? null
        refuseSize('size', size, newest)
        const index = (await leavesOf(context, [entry])).get(entry.id)?.index
        if (index !== undefined && size <= index) {
          throw invalidInput([{ field: 'size', message: `The entry is in the tree from a size of ${index + 1} on.` }])
        }
        return (await proveIn(context, [entry], await headAt(context, size)))[0] ?? null
      },
    }),
  )

  const consistency = builder
    .objectRef<{ from: TreeHead; to: TreeHead; hashes: Hash[] }>('AuditConsistency')
    .implement({
      description:
        'That the log only grew between two sizes (RFC 9162, section 2.1.4): nothing was changed or removed.',
      auth: 'public',
      fields: (t) => ({
        hashes: t.stringList({
          nullable: false,
          description: 'The hashes that prove it, in base64.',
          resolve: ({ hashes }) => hashes.map((hash) => hash.toString('base64')),
        }),
        from: t.field({
          type: checkpoint,
          nullable: false,
          description: 'The earlier tree.',
          resolve: ({ from }) => from,
        }),
        to: t.field({ type: checkpoint, nullable: false, description: 'The later tree.', resolve: ({ to }) => to }),
      }),
    })
  builder.queryField('auditConsistency', (t) =>
    t.field({
      type: consistency,
      nullable: true,
      auth: { read: 'audit.checkpoints' },
      description:
        'The proof that the log of a later checkpoint holds the one of an earlier, to the last byte. Keep checkpoints, and ask ' +
        'for this between each and the next.',
      args: {
        from: t.arg({ type: 'SafeInt', required: true, description: 'The size of the earlier tree.' }),
        to: t.arg({
          type: 'SafeInt',
          description: 'The size of the later one; by default, that of the newest checkpoint.',
        }),
      },
      resolve: async (_root, { from, to: given }, context) => {
        const newest = await newestCheckpoint(context)
        const to = given ?? newest?.size ?? 0
        refuseSize('to', to, newest)
        refuseSize('from', from, { size: to })
        const [earlier, later, hashes] = await Promise.all([
          headAt(context, from),
          headAt(context, to),
          consistencyProof(context.database, from, to),
        ])
        return { from: earlier, to: later, hashes }
      },
    }),
  )
}

/** The entry, if the caller may know of it: of one about a contact the proof names that. */
async function visibleEntry(context: Context, schema: GraphQLSchema, entryId: string) {
  const entry = await entryById(context, sightOf(schema, context), uuidOrNobody(entryId))
  return entry && (entry.contactId === null || context.rights.canRead('contacts.contact')) ? entry : undefined
}

/** Throws INVALID_INPUT for a size that the tree never had, saying which it had. */
function refuseSize(field: string, size: number, newest: Pick<TreeHead, 'size'> | undefined) {
  if (!newest) throw invalidInput([{ field, message: 'The log has no checkpoint yet.' }])
  if (size >= 1 && size <= newest.size) return
  throw invalidInput([{ field, message: `Must be a size from 1 to ${newest.size}.` }])
}
