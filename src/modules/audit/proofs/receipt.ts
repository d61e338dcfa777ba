import { comparable } from '../../../database/text.ts'
import type { Builder } from '../../../graphql/builder.ts'
import { pageSize } from '../../../graphql/builder.ts'
import type { Context } from '../../../graphql/context.ts'
import { invalidInput, LetheError, unauthenticated } from '../../../graphql/errors.ts'
import { uuidOrNobody } from '../../../graphql/ids.ts'
import { sharedType } from '../../../graphql/shared-type.ts'
import { wordsOnly } from '../log-reads.ts'
import { type Sight, sightOf } from '../sight.ts'
import { newestCheckpoint, type TreeHead } from './checkpoints.ts'
import { countOfRequest, entriesOfRequest, type OfRequest } from './entries.ts'
import { type EntryProof, proveIn } from './proof.ts'
import type { ProofTypes } from './types.ts'

export type Receipt = { requestId: string; count: number; proofs: EntryProof[]; checkpoint: TreeHead | undefined }
type Page = { first?: number | null | undefined; after?: string | null | undefined }

/** `AuditReceipt`, for what other modules answer, too. */
export const receiptType = sharedType((builder) => builder.objectRef<Receipt>('AuditReceipt'))

/** The receipt for what an actor did in a request, as far as the caller sees it; waits until it is in the tree, at most 10 seconds. */
export const receiptFor = (context: Context, sight: Sight, request: OfRequest): Promise<Receipt> =>
  receiptOf(context, sight, request, {}, true)

/** `Mutation.receipt`, and `auditReceipt` for later. */
export function addReceipts(builder: Builder, { checkpoint, proof }: ProofTypes): void {
  const receipt = receiptType(builder)
  receipt.implement({
    description:
      'What a request wrote into the audit log, with the proof: keep it, and nobody can deny that it happened.',
    auth: 'public',
    fields: (t) => ({
      requestId: t.exposeString('requestId', {
        nullable: false,
        description: 'The request, as its answer says in the header `x-request-id`.',
      }),
      count: t.exposeInt('count', {
        nullable: false,
        description: 'How many entries it wrote, of those that you see.',
      }),
      proofs: t.field({
        type: [proof],
        nullable: false,
        description: 'The proofs of these entries, the oldest first: a page of them, of `first`.',
        resolve: ({ proofs }) => proofs,
      }),
      checkpoint: t.field({
        type: checkpoint,
        nullable: true,
        description: 'The signed checkpoint that the proofs lead to. Null if there is none yet.',
        resolve: (found) => found.checkpoint ?? null,
      }),
      complete: t.boolean({
        nullable: false,
        description:
          'Whether all these proofs are complete. If not, because it took longer than 10 seconds, ask `auditReceipt` later.',
        resolve: ({ proofs }) => proofs.every(({ inclusion }) => inclusion !== undefined),
      }),
    }),
  })

  builder.mutationField('receipt', (t) =>
    t.field({
      type: receipt,
      nullable: true,
      auth: 'public',
      clients: true,
      description:
        'The receipt for what the mutations before it in the same operation did, so select it last: ' +
        '`mutation { assignRole(…) { id } receipt { complete checkpoint { note } proofs { leaf inclusion { index hashes } } } }`. ' +
        'It waits until their entries are in the tree of the log, at most 10 seconds. It changes nothing by itself.',
      args: {
        first: t.arg.int({ description: 'How many proofs; 50 by default, 500 at most.' }),
        after: t.arg.id({ description: 'Those after this entry.' }),
      },
      resolve: async (_root, page, context, { schema }) => {
        refuseNobody(context)
        const { requestId, actor } = context
        return receiptOf(context, sightOf(schema, context), { requestId, actor }, page, true)
      },
    }),
  )

  builder.queryField('auditReceipt', (t) =>
    t.field({
      type: receipt,
      nullable: true,
      auth: 'public',
      description:
        'The receipt for an earlier request: of what you did in it yourself, or, if you may read `audit.log` and ' +
        '`contacts.contact`, of all that it did.',
      args: {
        requestId: t.arg.string({ required: true, description: 'The header `x-request-id` of its answer.' }),
        first: t.arg.int({ description: 'How many proofs; 50 by default, 500 at most.' }),
        after: t.arg.id({ description: 'Those after this entry.' }),
      },
      // What one did oneself is no news.
      readLog: (_root, { requestId }, context) => {
        refuseNobody(context)
        return seesAll(context) ? { what: { request: wordsOnly(requestId) } } : undefined
      },
      resolve: async (_root, { requestId: given, ...page }, context, { schema }) => {
        refuseNobody(context)
        const requestId = comparable(given)
        const actor = seesAll(context) ? undefined : context.actor
        return receiptOf(context, sightOf(schema, context), { requestId, actor }, page, false)
      },
    }),
  )
}

const seesAll = ({ rights }: Context) => rights.canRead('audit.log') && rights.canRead('contacts.contact')

/** @param patient Waits until all of the page is in the tree. */
async function receiptOf(
  context: Context,
  sight: Sight,
  request: OfRequest,
  page: Page,
  patient: boolean,
): Promise<Receipt> {
  const [entries, count] = await Promise.all([
    entriesOfRequest(context, sight, request, pageOf(page)),
    countOfRequest(context, sight, request),
  ])
  if (patient) await context.integration?.integrated(entries.map(({ id }) => id))
  const checkpoint = await newestCheckpoint(context)
  return { requestId: request.requestId, count, checkpoint, proofs: await proveIn(context, entries, checkpoint) }
}

function pageOf({ first, after }: Page) {
  const size = first ?? pageSize.default
  if (size < 0) throw invalidInput([{ field: 'first', message: 'Must not be negative.' }])
  return { first: Math.min(size, pageSize.maximum), after: after ? uuidOrNobody(after) : undefined }
}

/** Whoever calls with a publishable key may be anybody: what it did is nobody's in particular. */
function refuseNobody({ actor, publishable }: Context) {
  if (actor.kind === 'anonymous') throw unauthenticated()
  if (publishable) throw new LetheError('FORBIDDEN', 'A publishable key gets no receipts: anybody may have it.')
}
