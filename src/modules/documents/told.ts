import type { Context } from '../../graphql/context.ts'
import { noteReceived } from '../recipients/received.ts'
import { type News, replaced, type Telling } from '../recipients/told.ts'
import { linkLoader } from './loaders.ts'

const contactsOf = async ({ id }: { id: string }, context: Context) =>
  (await linkLoader(context).load(id)).map(({ contactId }) => contactId)

/** What partners may have wrong of a document; its content they get by downloading it. */
export const receivedOfDocuments = {
  fields: ['title', 'links'],
  record: ({ id }: { id: string }) => id,
  contacts: contactsOf,
}

/** Notes that the partner who calls gets a document's content, before it does. */
export async function noteDownload(context: Context, id: string): Promise<void> {
  const contactIds = await contactsOf({ id }, context)
  await Promise.all(contactIds.map((contactId) => noteReceived(context, contactId, 'Document.content', id)))
}

/** How the log calls it, of each contact that a document belongs to. */
const names = { title: 'title', linkedAt: 'links', latestVersion: 'content' }

/** Who read or downloaded a document, or brought it, is told when there is a newer version, or when it is no longer the contact's. */
export const documentTelling: Telling = {
  entities: ['Document'],
  news: async (_tx, entries) =>
    entries.flatMap((entry): News<typeof entry>[] => {
      const { operation, entityId: record, changes } = entry
      // What comes and goes with merges of contacts is told of nobody anew.
      if (operation === 'undoMerge') return []
      const fields = replaced(changes, Object.keys(names)).map((name) => `Document.${Reflect.get(names, name)}`)
      return [{ entry, kind: 'rectified', fields, record }]
    }),
}
