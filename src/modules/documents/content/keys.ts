import type { Document } from '#prisma/client.ts'
import type { Database } from '../../../database/client.ts'
import type { Transaction } from '../../../database/transact.ts'
import type { WorkContext } from '../../../graphql/context.ts'
import { LetheError, notFound } from '../../../graphql/errors.ts'
import type { ContactKey } from '../../../keys/keys.ts'
import type { Secrets } from '../../../secrets.ts'

// One random key seals all files of a document. It lies beside each linked contact, sealed under that contact's key: when the
// last of these is destroyed, nothing opens the files any more. Without personal data there is nothing to forget: then the
// installation's secret seals it.

type Link = { contactId: string; id: string }

const placeOf = ({ contactId, id }: Link) => `document_contact/${contactId}/${id}/content_key/1`

/** The key of a document's files, as it lies beside a contact. */
export const sealForContact = (key: ContactKey, link: Link, contentKey: Uint8Array) =>
  key.seal(placeOf(link), contentKey)

/** The same for a document without personal data. */
export const sealForInstallation = (secrets: Secrets, documentId: string, contentKey: Uint8Array) =>
  secrets.seal(`document/${documentId}/content_key/1`, Buffer.from(contentKey).toString('base64'))

/** The keys of contacts, to seal something under them. Throws NOT_FOUND for one that was erased. */
export async function usableKeys({ keys }: Pick<WorkContext, 'keys'>, contactIds: readonly string[]) {
  const found = await keys.find([...contactIds])
  return (contactId: string): ContactKey => {
    const key = found.get(contactId)
    if (!key || key === 'destroyed') throw notFound('Contact')
    return key
  }
}

/** The key of a document's files, as one contact's key opens it. Throws UNREADABLE, as when that was destroyed. */
export async function linkedKey({ keys }: Pick<WorkContext, 'keys'>, link: Link & { contentKey: Uint8Array | null }) {
  const key = (await keys.find([link.contactId])).get(link.contactId)
  const { contentKey } = link
  if (!key || key === 'destroyed' || !contentKey) throw unreadable()
  return opened(() => key.open(placeOf(link), contentKey))
}

type Reader = Database | Transaction

/**
 * The key of a document's files. Throws UNREADABLE when no contact's key opens it any more, or it was altered.
 */
export async function contentKeyOf(
  tx: Reader,
  { keys, secrets }: Pick<WorkContext, 'keys' | 'secrets'>,
  document: Pick<Document, 'id' | 'contentKey'>,
): Promise<Uint8Array> {
  const { id } = document
  const { contentKey } = document
  if (contentKey) return opened(() => Buffer.from(secrets.open(`document/${id}/content_key/1`, contentKey), 'base64'))
  let after: string | undefined
  for (;;) {
    const links = await tx.documentContact.findMany({
      where: { documentId: id, contentKey: { not: null }, ...(after && { contactId: { gt: after } }) },
      orderBy: { contactId: 'asc' },
      take: 50,
    })
    const found = await keys.find(links.map(({ contactId }) => contactId))
    for (const { contentKey, ...link } of links) {
      const key = found.get(link.contactId)
      if (key && key !== 'destroyed' && contentKey) return opened(() => key.open(placeOf(link), contentKey))
    }
    after = links.at(-1)?.contactId
    if (!after) throw unreadable()
  }
}

function opened(open: () => Uint8Array): Uint8Array {
  try {
    return open()
  } catch (cause) {
    if (cause instanceof LetheError) throw cause
    throw unreadable(cause)
  }
}

/** What a document holds can't be read. */
export const unreadable = (cause?: unknown): LetheError =>
  new LetheError(
    'UNREADABLE',
    'The document does not open: it was altered in the storage or in the database, or its key is gone.',
    {},
    cause instanceof Error ? cause : undefined,
  )
