import type { AccessPackage } from '#prisma/client.ts'
import type { Context } from '../../../graphql/context.ts'
import { forbiddenRead, LetheError, notFound } from '../../../graphql/errors.ts'
import { uuidOf } from '../../../graphql/ids.ts'
import { html } from '../../../html.ts'
import { json, refusal } from '../../../http/answers.ts'
import { readForm } from '../../../http/forms.ts'
import { formPage, languageFor } from '../../../http/pages/form-page.ts'
import type { Language } from '../../../http/pages/language.ts'
import type { ContextOf, Route } from '../../../http/router.ts'
import { logReads } from '../../audit/log-reads.ts'
import { findPackage, packagesRight, requireFile, requireVerified } from '../packages.ts'
import { contentOf } from '../produce.ts'
import { accessPackageSchema } from '../schema.ts'
import { linkPath, lookAtLink, useLink } from './link.ts'
import { linkTexts } from './texts.ts'

/** Where staff gets a package, as `AccessPackage.url` says. */
export const downloadPath = '/access-packages'

/**
 * The page of the link: GET shows, POST of its form downloads. Where staff downloads, by GET with their own credentials, which the log
 * notes. And the JSON Schema.
 */
export const disclosureRoutes = (contextOf: ContextOf): Readonly<Record<string, Route>> => ({
  [linkPath]: {
    methods: ['GET', 'HEAD', 'POST'],
    answer: async (request, exchange) => {
      const context = await contextOf(request, exchange)
      const language = languageFor(request)
      if (request.method !== 'POST') {
        const token = new URL(request.url).searchParams.get('t') ?? ''
        return page(context, language, token, await lookAtLink(context, token))
      }
      const form = await readForm(request, exchange)
      if (form instanceof Response) return form
      try {
        const { found, content } = await useLink(context, form.get('t') ?? '')
        return asDownload(found, content)
      } catch (error) {
        if (error instanceof LetheError && error.code === 'LINK_INVALID') return page(context, language, '', undefined)
        throw error
      }
    },
  },
  [downloadPath]: {
    methods: ['GET'],
    answer: async (request, exchange) => {
      const context = await contextOf(request, exchange)
      try {
        const found = await packageOf(context, new URL(request.url).searchParams.get('id') ?? '')
        return asDownload(found, contentOf(context, found))
      } catch (error) {
        if (!(error instanceof LetheError)) throw error
        const status = { FORBIDDEN: 403, NOT_FOUND: 404, CONFLICT: 409 }[error.code as string] ?? 503
        return refusal(exchange, status, error.code, error.message)
      }
    },
  },
  '/schemas/access-package.json': {
    methods: ['GET', 'HEAD'],
    answer: () =>
      json(200, accessPackageSchema, {
        'content-type': 'application/schema+json',
        'cache-control': 'public, max-age=300',
        'access-control-allow-origin': '*',
      }),
  },
})

/** For staff, once the log tells of it. Throws FORBIDDEN, NOT_FOUND, CONFLICT. */
async function packageOf(context: Context, id: string): Promise<AccessPackage> {
  if (!context.rights.canRead(packagesRight)) throw forbiddenRead(packagesRight)
  const found = await findPackage(context, uuidOf('AccessPackage', id))
  if (!found) throw notFound('AccessPackage')
  requireFile(found)
  await requireVerified(context.database, found)
  const read = { contactId: found.contactId, entity: 'AccessPackage', entityId: found.id, field: 'file' }
  await logReads(context, 'downloadAccessPackage', [read], { integrated: true })
  return found
}

/** The ZIP, for keeping. */
export function asDownload({ id, size }: AccessPackage, content: AsyncIterable<Uint8Array>): Response {
  return new Response(streamOf(content), {
    headers: {
      'content-type': 'application/zip',
      'content-length': String(size),
      'content-disposition': `attachment; filename="data-${id}.zip"`,
      'cache-control': 'no-store',
    },
  })
}

/** As it is read; whoever goes away ends it. */
function streamOf(content: AsyncIterable<Uint8Array>): ReadableStream<Uint8Array> {
  const parts = content[Symbol.asyncIterator]()
  return new ReadableStream<Uint8Array>({
    async pull(controller) {
      const { done, value } = await parts.next()
      if (done) controller.close()
      else controller.enqueue(value)
    },
    cancel: async () => void (await parts.return?.()),
  })
}

function page(context: Context, language: Language, token: string, found: AccessPackage | undefined): Response {
  const text = linkTexts[language]
  const controller = context.organisation?.controller
  if (!found) {
    const body = html`<section><h1>${text.deadTitle}</h1><p>${text.dead}</p></section>`
    return formPage({ language, title: text.deadTitle, body, status: 410, controller })
  }
  const megabytes = new Intl.NumberFormat(language, { maximumFractionDigits: 1 }).format(Number(found.size) / 1e6)
  const body = html`<section><h1>${text.title}</h1>
<p>${text.intro}</p><p>${text.contents}</p><p>${text.size(megabytes)}</p><p class="hint">${text.once}</p>
<form method="post" action="${linkPath}?lang=${language}"><input type="hidden" name="t" value="${token}"><button>${text.button}</button></form>
</section>`
  const inOtherLanguage = `${linkPath}?${new URLSearchParams({ t: token, lang: language === 'de' ? 'en' : 'de' })}`
  return formPage({ language, title: text.title, body, controller, inOtherLanguage })
}
