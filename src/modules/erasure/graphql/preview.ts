import { randomUUID } from 'node:crypto'
import { encodeGlobalID } from '@pothos/plugin-relay'
import type { Builder } from '../../../graphql/builder.ts'
import type { Context } from '../../../graphql/context.ts'
import { invalidInput } from '../../../graphql/errors.ts'
import { logReads } from '../../audit/log-reads.ts'
import { type ContactSelection, countContacts, selectedContacts } from '../../contacts/list/list.ts'
import type { Module } from '../../module.ts'
import { undecided } from '../../requests/status.ts'
import { retainedIn } from '../ahead.ts'
import { type Preview, previewErasure } from '../engine/preview.ts'
import { addOutcomes, type RetainedCount } from '../register.ts'
import { fingerprintsFor, isSelective, type Wish } from '../request.ts'
import { countsOf, type ModelCount } from './counts.ts'
import type { ErasureTypes } from './types.ts'

const auth = { read: 'erasure.erasures' }

/** Of a set, so many contacts are looked at. */
const mostPreviewed = 200

type Told = {
  contacts: number
  previewed: number
  counts: ModelCount[]
  retained: RetainedCount[]
  held: Preview['held']
  openRequests: number
}

/** Adds the type of previews. */
export function addPreview(builder: Builder, { count, retained }: ErasureTypes) {
  const hold = builder.objectRef<Preview['held'][number]>('ErasureHold').implement({
    description: 'A legal hold, which keeps a contact from being erased for now.',
    auth,
    about: ({ contactId }) => contactId,
    fields: (t) => ({
      contactId: t.id({
        nullable: false,
        description: 'The contact, or one that had been merged into it.',
        resolve: ({ contactId }) => encodeGlobalID('Contact', contactId),
      }),
      reason: t.exposeString('reason', { nullable: true, auth: { read: 'retention.holds' }, description: 'Why.' }),
      since: t.expose('since', { type: 'DateTime', nullable: false, description: 'Since when.' }),
    }),
  })
  return builder.objectRef<Told>('ErasurePreview').implement({
    description: 'What an erasure would come to.',
    auth,
    fields: (t) => ({
      contacts: t.exposeInt('contacts', { nullable: false, description: 'How many contacts are asked for.' }),
      previewed: t.exposeInt('previewed', {
        nullable: false,
        description: `For how many of them it was found out: of a set, the first ${mostPreviewed}; with those that had been merged into them.`,
      }),
      counts: t.field({
        type: [count],
        nullable: false,
        description: 'What would become of which records.',
        resolve: ({ counts }) => counts,
      }),
      retained: t.field({
        type: [retained],
        nullable: false,
        description: 'What would be kept for a law, restricted, until when.',
        resolve: ({ retained: kept }) => kept,
      }),
      openRequests: t.exposeInt('openRequests', {
        nullable: true,
        auth: { read: 'requests.requests' },
        description:
          'Requests of these persons other than for erasure that nobody answered: for access, say. They end with the contact, so answer them before.',
      }),
      held: t.field({
        type: [hold],
        nullable: false,
        description: 'Legal holds: while there is one, the contact is not erased.',
        resolve: ({ held }) => [...held],
      }),
    }),
  })
}

/** Finds out what an erasure would come to; of a selection that is empty: nothing. Throws NOT_FOUND; INVALID_INPUT for neither a contact nor a selection. */
export async function previewFor(
  context: Context,
  modules: readonly Module[],
  wish: Wish,
  { contactId, selection }: { contactId: string | null; selection: ContactSelection },
): Promise<Told> {
  if ((contactId !== null) === isSelective(selection)) {
    throw invalidInput([{ field: 'input.contactId', message: 'Name one contact, or those of a filter.' }])
  }
  const ids = contactId === null ? await firstOf(context, selection) : [contactId]
  if (ids.length === 0) return { contacts: 0, previewed: 0, counts: [], retained: [], held: [], openRequests: 0 }
  const { ground, categories, related } = wish
  const decision = {
    erasureId: randomUUID(),
    ground,
    categories,
    related,
    fingerprints: fingerprintsFor(wish),
    at: new Date(),
  }
  if (contactId !== null) {
    const read = { contactId, entity: 'Contact', entityId: contactId, field: 'erasures' }
    await logReads(context, 'previewErasure', [read])
  }
  const preview = await previewErasure(context, ids, decision)
  return {
    contacts: contactId === null ? await countContacts(context, selection) : 1,
    previewed: preview.contactIds.length,
    counts: countsOf(addOutcomes(preview.modules), modules),
    retained: retainedIn(preview),
    held: preview.held,
    openRequests: categories === null ? await openRequestsOf(context, preview.contactIds) : 0,
  }
}

const openRequestsOf = ({ database }: Context, contactIds: readonly string[]) =>
  database.subjectRequest.count({
    where: { contactId: { in: [...contactIds] }, kind: { not: 'erasure' }, status: { in: [...undecided] } },
  })

async function firstOf(context: Context, selection: ContactSelection): Promise<string[]> {
  const chosen = await selectedContacts(context, selection)
  const rows = await context.database.$queryRaw<{ id: string }[]>`
    SELECT chosen.contact_id AS id FROM (${chosen}) chosen ORDER BY chosen.contact_id LIMIT ${mostPreviewed}`
  return rows.map(({ id }) => id)
}
