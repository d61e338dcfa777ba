import type { Document, DocumentVersion } from '#prisma/client.ts'
import { mediaTypes } from './content/media-types.ts'

/**
 * What a version’s file is called: by the title, without what some system gives a meaning to, and by what it is. Of several
 * versions each has its number: `Contract (2).pdf`.
 */
export function fileNameOf(
  title: string,
  { number, mediaType }: Pick<DocumentVersion, 'number' | 'mediaType'>,
  { latest }: Pick<Document, 'latest'>,
): string {
  const extension = mediaTypes[mediaType] ?? 'bin'
  const bare = title.toLowerCase().endsWith(`.${extension}`) ? title.slice(0, -extension.length - 1) : title
  const safe = bare
    .replace(/[\p{Cc}\p{Cf}\p{Co}/\\:*?"<>|]/gu, '_')
    .replace(/^[.\s]+|[.\s]+$/g, '')
    .slice(0, 150)
  const name = !safe || /^(con|prn|aux|nul|com\d|lpt\d)$/i.test(safe) ? `document ${safe}`.trim() : safe
  return `${name}${latest > 1 ? ` (${number})` : ''}.${extension}`
}
