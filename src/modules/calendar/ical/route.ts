import { NIL } from 'uuid'
import type { Context } from '../../../graphql/context.ts'
import { forbiddenRead, LetheError, unauthenticated } from '../../../graphql/errors.ts'
import { refusal } from '../../../http/answers.ts'
import type { ContextOf, Route } from '../../../http/router.ts'
import { logReads } from '../../audit/log-reads.ts'
import { contactIdOf } from '../../contacts/queries.ts'
import { type Exported, exportCalendar } from './export.ts'

/** `GET /calendar.ics?contact=…&from=…&to=…`: for whoever may export, as a stream of any size. Each is logged. */
export const calendarRoutes = (contextOf: ContextOf): Readonly<Record<string, Route>> => ({
  '/calendar.ics': {
    methods: ['GET'],
    answer: async (request, exchange) => {
      try {
        const context = await contextOf(request, exchange)
        const wanted = wantedBy(new URL(request.url).searchParams, context)
        const { contactId } = wanted.filter
        await logReads(context, 'iCalendar', [
          { contactId, entity: 'Query', entityId: contactId ?? NIL, field: 'iCalendar' },
        ])
        return new Response(streamed(exportCalendar(context, wanted)), {
          headers: {
            'content-type': 'text/calendar; charset=utf-8',
            'content-disposition': 'attachment; filename="calendar.ics"',
            'cache-control': 'no-store',
          },
        })
      } catch (error) {
        if (!(error instanceof LetheError)) throw error
        const status = { UNAUTHENTICATED: 401, FORBIDDEN: 403, BAD_REQUEST: 400 }[String(error.code)]
        if (!status) throw error
        exchange.outcome = error.code
        return refusal(exchange, status, error.code, error.message)
      }
    },
  },
})

function wantedBy(search: URLSearchParams, context: Context): Exported {
  if (context.actor.kind === 'anonymous') throw unauthenticated()
  const contact = search.get('contact')
  const contactId = contact ? contactIdOf(contact) : undefined
  const needed = ['calendar.export', ...(contactId ? ['calendar.participants'] : [])]
  const missing = needed.find((right) => !context.rights.canRead(right))
  if (missing) throw forbiddenRead(missing)
  return {
    filter: { contactId },
    window: { from: momentIn(search, 'from'), to: momentIn(search, 'to') },
  }
}

function momentIn(search: URLSearchParams, name: string): Date | undefined {
  const text = search.get(name)
  if (text === null) return undefined
  const moment = new Date(text)
  if (/^\d{4}-\d\d-\d\d(T[\d:.]+Z)?$/.test(text) && !Number.isNaN(moment.getTime())) return moment
  throw new LetheError('BAD_REQUEST', `${name} must be a moment, such as 2026-03-27T09:00:00Z, or a day.`)
}

/** Nothing is read ahead, and nothing more once nobody listens. */
function streamed(pieces: AsyncGenerator<string>): ReadableStream<Uint8Array> {
  const encoder = new TextEncoder()
  return new ReadableStream(
    {
      pull: async (controller) => {
        const { done, value } = await pieces.next()
        if (done) controller.close()
        else controller.enqueue(encoder.encode(value))
      },
      cancel: async () => {
        await pieces.return(undefined)
      },
    },
    { highWaterMark: 0 },
  )
}
