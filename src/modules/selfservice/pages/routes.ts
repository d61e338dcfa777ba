import type { Context } from '../../../graphql/context.ts'
import { seeOther } from '../../../http/answers.ts'
import { readForm } from '../../../http/forms.ts'
import type { ContextOf, Route } from '../../../http/router.ts'
import { endVisit, isFormOf, noSessionCookie, visitOf } from '../access/sessions.ts'
import { addressPage, useAddress } from './address-page.ts'
import { consentPage, decideConsent } from './consent-page.ts'
import { correctPage, saveCorrection } from './correct-page.ts'
import { codePage, entrancePage, linkPage, openLink, sendCode, useCode } from './entrance.ts'
import { answerFile } from './file.ts'
import { type Asked, type AskedInVisit, askedOf, notice, toEntrance } from './frame.ts'
import { overviewPage } from './overview.ts'
import { takeOwnPackage } from './package.ts'
import { requestPage, revokeRequest, saveRequest } from './request-page.ts'

type Answer = Response | Promise<Response>
type Show = (asked: Asked) => Answer
type Act = (asked: Asked, form: URLSearchParams) => Answer
type ShowInVisit = (asked: AskedInVisit) => Answer
type ActInVisit = (asked: AskedInVisit, form: URLSearchParams) => Answer

/** Where contacts look after their own data. Who calls is a contact by the cookie of a visit, and nobody else. */
export function selfServiceRoutes(contextOf: ContextOf): Readonly<Record<string, Route>> {
  const route = ({ show, act }: { show?: Show; act?: Act }): Route => ({
    methods: [...(show ? ['GET', 'HEAD'] : []), ...(act ? ['POST'] : [])],
    answer: async (request, exchange) => {
      const context = await contextOf(request, exchange)
      const asked = askedOf(request, exchange, context)
      if (request.method !== 'POST' || !act) return show ? show(asked) : seeOther('/my')
      if (!isOurs(request, context)) return foreign(asked)
      const form = await readForm(request, exchange)
      return form instanceof Response ? form : act(asked, form)
    },
  })
  return {
    '/my': route({ show: start }),
    '/my/link': route({ act: openLink }),
    '/my/code': route({ show: codePage, act: sendCode }),
    '/my/code/enter': route({ act: useCode }),
    '/my/address': route({ show: (asked) => addressPage(asked, asked.query.get('t') ?? ''), act: useAddress }),
    '/my/correct': route({ show: showing(correctPage), act: acting(saveCorrection) }),
    '/my/file': route({ show: showing(answerFile) }),
    '/my/consent': route({ show: showing(consentPage), act: acting(decideConsent) }),
    '/my/request': route({ show: showing(requestPage), act: acting(saveRequest) }),
    '/my/request/revoke': route({ act: acting(revokeRequest) }),
    '/my/package': route({ act: acting(takeOwnPackage) }),
    '/my/end': route({ act: acting(leave) }),
  }
}

function start(asked: Asked): Answer {
  const token = asked.query.get('t')
  if (token !== null) return linkPage(asked, token)
  return inVisit(asked, overviewPage, () => entrancePage(asked, { said: saidBefore(asked) }))
}

const saidBefore = ({ query, text }: Asked) => (query.get('said') === 'ended' ? text.endedByYou : undefined)

const showing =
  (show: ShowInVisit): Show =>
  (asked) =>
    inVisit(asked, show, () => seeOther('/my'))

const acting =
  (act: ActInVisit): Act =>
  (asked, form) =>
    inVisit(
      asked,
      // Besides where browsers say that it comes from: nobody else knows what the forms of this visit carry.
      (inside) => (isFormOf(inside.visit, form.get('form') ?? '') ? act(inside, form) : foreign(asked)),
      () => over(asked),
    )

/** Goes on with the visit that this is part of, which isn't idle then; or without one. */
async function inVisit(asked: Asked, go: ShowInVisit, without: () => Answer): Promise<Response> {
  const { context, request, exchange } = asked
  const visit = await visitOf(context, request)
  if (!visit) return without()
  if (visit === 'gone') {
    exchange.cookies.push(noSessionCookie)
    const { goneTitle: title, gone } = asked.text
    return notice(asked, { title, lines: [gone], status: 410, further: toEntrance(asked) })
  }
  exchange.cookies.push(visit.cookie)
  return go({ ...asked, visit })
}

async function leave({ visit, exchange }: AskedInVisit): Promise<Response> {
  await endVisit(visit)
  exchange.cookies.push(noSessionCookie)
  return seeOther('/my?said=ended')
}

function over(asked: Asked) {
  const { endedTitle: title, ended } = asked.text
  return notice(asked, { title, lines: [ended], status: 403, further: toEntrance(asked) })
}

function foreign(asked: Asked) {
  const { foreignTitle: title, foreign: line } = asked.text
  return notice(asked, { title, lines: [line], status: 403, further: toEntrance(asked) })
}

/** Whether a form was sent from a page of ours: browsers say so, and no page can make them say something else. */
function isOurs(request: Request, { publicUrl }: Context): boolean {
  const site = request.headers.get('sec-fetch-site')
  if (site !== null) return site === 'same-origin'
  return request.headers.get('origin') === new URL(publicUrl).origin
}
