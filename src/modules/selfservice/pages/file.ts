import { logReads } from '../../audit/log-reads.ts'
import { openContent } from '../../fields/files.ts'
import { isFile } from '../../fields/values.ts'
import { contactKey } from '../seal.ts'
import { type AskedInVisit, absent } from './frame.ts'
import { readOwnData } from './read-data.ts'

/** Where a file of a custom field is. */
export const filePath = (field: string): string => `/my/file?${new URLSearchParams({ of: field })}`

/**
 * Answers with a file that is held about the contact, if the definition of its field lets them see it: for keeping, whatever is in it,
 * and never for the browser to show in our name. That they got it is logged.
 */
export async function answerFile(asked: AskedInVisit): Promise<Response> {
  const { context, contact } = asked.visit
  const { custom } = await readOwnData(asked.visit)
  const found = custom.find(({ field }) => field === asked.query.get('of'))
  if (!found?.value || !isFile(found.value)) return absent(asked)
  const { id, name, mediaType } = found.value
  const row = await context.database.fieldFile.findUnique({ where: { contactId_id: { contactId: contact.id, id } } })
  if (!row) return absent(asked)
  const content = openContent(await contactKey(context.keys, contact.id), contact.id, id, row.content)
  const about = { contactId: contact.id, entity: 'Contact', entityId: contact.id }
  await logReads(context, 'seeOwnData', [{ ...about, field: found.field }])
  return new Response(new Uint8Array(content), {
    headers: {
      'content-type': mediaType,
      'content-disposition': attachment(name),
      'content-security-policy': "default-src 'none'; sandbox; frame-ancestors 'none'",
    },
  })
}

/** RFC 6266: the name in UTF-8, and what is left of it in ASCII for who doesn't know that. */
function attachment(name: string): string {
  const plain = name.replaceAll(/[^\w. -]/g, '_')
  const encoded = encodeURIComponent(name.toWellFormed()).replaceAll(
    /['()*]/g,
    (one) => `%${one.charCodeAt(0).toString(16)}`,
  )
  return `attachment; filename="${plain}"; filename*=UTF-8''${encoded}`
}
