import { z } from 'zod'
import type { Context } from '../../graphql/context.ts'
import { LetheError, notFound } from '../../graphql/errors.ts'
import { seenAmong } from '../contacts/sight.ts'
import { hashToken, isToken, newToken } from '../identity/sign-in/sessions.ts'
import { limitOf } from './content/stage.ts'
import { personalKinds } from './personal.ts'
import { seenDocument } from './sight.ts'
import { checkDocument, type NewDocument } from './store.ts'

// An upload is announced by a mutation, whose inputs have their rights, and then sent to a path, as it is: no multipart, which would
// have to be taken apart, and no base64, which would have to fit into memory. The ticket is worth something for whoever got it alone,
// with their own credentials, once. So a page of another site can't upload in somebody's name, and a ticket in a proxy's log is
// worth nothing.

const lifetime = 15 * 60_000

/** What is to become of an upload: a new document, or a version of one. */
export type UploadOrder = (NewDocument | { documentId: string }) & { mediaType?: string | undefined }

const order = z.union([
  z.object({ documentId: z.string(), mediaType: z.string().optional() }),
  z.object({
    title: z.string(),
    typeKey: z.string(),
    personal: z.enum(personalKinds).optional(),
    contacts: z.array(z.string()),
    mediaType: z.string().optional(),
  }),
])

/** Where an upload goes, until when, and how much may come. */
export type Upload = { url: string; expiresAt: Date; maximumSize: number }

/** The path of uploads. */
export const uploadPath = '/documents/upload'

const placeOf = (tokenHash: string) => `document_ticket/${tokenHash}/upload`

/** Announces an upload. Throws at once what the upload would be refused for, as far as that can be known. */
export async function announceUpload(context: Context, upload: UploadOrder): Promise<Upload> {
  const { database, actor, secrets, publicUrl } = context
  if ('documentId' in upload) await seenDocument(database, context, upload.documentId)
  else {
    const { contacts } = await checkDocument(database, upload)
    if ((await seenAmong(database, context, contacts)).size !== contacts.length) throw notFound('Contact')
  }
  const token = newToken()
  const tokenHash = hashToken(token)
  const expiresAt = new Date(Date.now() + lifetime)
  await database.documentTicket.create({
    data: {
      ...{ tokenHash, actorKind: actor.kind, actorId: actor.id, expiresAt },
      order: secrets.seal(placeOf(tokenHash), JSON.stringify(upload)),
    },
  })
  return { url: `${publicUrl}${uploadPath}?ticket=${token}`, expiresAt, maximumSize: limitOf(context) }
}

/** What a ticket announced; it is used up then. Throws LINK_INVALID for one that is used, over, somebody else's, or was never made. */
export async function takeTicket(context: Context, token: string): Promise<UploadOrder> {
  const { database, actor, secrets } = context
  const tokenHash = isToken(token) ? hashToken(token) : ''
  const own = { tokenHash, actorKind: actor.kind, actorId: actor.id, expiresAt: { gt: new Date() } }
  const found = tokenHash ? await database.documentTicket.findFirst({ where: own }) : null
  // Of several at once, one removes it.
  const { count } = found ? await database.documentTicket.deleteMany({ where: own }) : { count: 0 }
  if (!found || count === 0) {
    throw new LetheError(
      'LINK_INVALID',
      'This ticket was used, is too old, or is not yours: announce the upload again.',
    )
  }
  return order.parse(JSON.parse(secrets.open(placeOf(tokenHash), found.order)))
}
