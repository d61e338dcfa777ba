import { createHash } from 'node:crypto'
import type { Context } from '../../../graphql/context.ts'
import { forbiddenRead, LetheError, notFound } from '../../../graphql/errors.ts'
import { uuidOf } from '../../../graphql/ids.ts'
import { refusal } from '../../../http/answers.ts'
import type { ContextOf, Route } from '../../../http/router.ts'
import type { Module } from '../../module.ts'
import { findErasure } from '../find.ts'
import { isProven } from '../state.ts'
import { certificateJson, certificateOf, signCertificate } from './content.ts'
import { certificatePdf } from './pdf.ts'

/** Where staff gets certificates, as `Erasure.certificateUrl` says. */
export const certificatePath = '/erasures/certificate'

const right = 'erasure.erasures'

/** The certificates of erasures, for whoever may see the register: as PDF, as JSON, and signed. */
export const certificateRoutes = (
  contextOf: ContextOf,
  modules: readonly Module[],
): Readonly<Record<string, Route>> => ({
  [certificatePath]: {
    methods: ['GET'],
    answer: async (request, exchange) => {
      const context = await contextOf(request, exchange)
      try {
        return await certificateFor(context, modules, new URL(request.url).searchParams)
      } catch (error) {
        if (!(error instanceof LetheError)) throw error
        const status = { FORBIDDEN: 403, NOT_FOUND: 404, CONFLICT: 409 }[error.code as string] ?? 503
        return refusal(exchange, status, error.code, error.message)
      }
    },
  },
})

/** Throws FORBIDDEN, NOT_FOUND; CONFLICT until it is executed. */
async function certificateFor(context: Context, modules: readonly Module[], asked: URLSearchParams): Promise<Response> {
  if (!context.rights.canRead(right)) throw forbiddenRead(right)
  const erasure = await findErasure(context, uuidOf('Erasure', asked.get('id') ?? ''))
  if (!erasure) throw notFound('Erasure')
  if (!isProven(erasure)) throw new LetheError('CONFLICT', 'Nothing was erased by it yet, so nothing is proven.')
  const certificate = await certificateOf(context, erasure)
  const json = certificateJson(certificate)
  const name = `erasure-${erasure.id}`
  const format = asked.get('format')
  if (format === 'json') return asFile(`${name}.json`, 'application/json; charset=utf-8', Buffer.from(json))
  if (format === 'jws')
    return asFile(`${name}.jws`, 'application/jose', Buffer.from(await signCertificate(context, json)))
  const language = asked.get('language') === 'de' ? 'de' : 'en'
  const sha256 = createHash('sha256').update(json).digest('hex')
  return asFile(
    `${name}.pdf`,
    'application/pdf',
    await certificatePdf(context, certificate, { language, sha256, modules }),
  )
}

const asFile = (name: string, type: string, content: Buffer): Response =>
  new Response(new Uint8Array(content), {
    headers: {
      'content-type': type,
      'content-disposition': `attachment; filename="${name}"`,
      'cache-control': 'no-store',
    },
  })
