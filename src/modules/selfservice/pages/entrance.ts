import { LetheError } from '../../../graphql/errors.ts'
import { html } from '../../../html.ts'
import { seeOther } from '../../../http/answers.ts'
import { checkPoint } from '../../contacts/check-points.ts'
import { askForCode, enterCode, hasAsked, noCodeCookie } from '../access/codes.ts'
import { isUsable, useLink } from '../access/links.ts'
import { type Asked, faultSummary, notice, page, toEntrance } from './frame.ts'
import { inputField } from './inputs.ts'
import type { Input } from './matters.ts'
import { filled } from './words.ts'

// How contacts come in. GET shows, POST acts: what opens the links of a mail without being its reader changes nothing.

/** Asks for an address. */
export function entrancePage(asked: Asked, { said, typed = '', fault }: Said = {}): Response {
  const { text, context } = asked
  if (!context.mail) return notice(asked, { title: text.title, lines: [text.noMails], status: 200 })
  const email: Input = {
    ...{ name: 'email', label: text.email, kind: 'line', value: [typed], hint: text.askHint, advice: text.noEmail },
    ...{ autocomplete: 'email', inputmode: 'email', required: true },
  }
  const body = html`<section>
<h1>${text.title}</h1>
${said && html`<p class="notice" role="status">${said}</p>`}
${faultSummary(asked, fault ? [{ id: 'email', message: fault }] : [])}
<p>${text.entrance}</p>
<form method="post" action="/my/code" novalidate>
${inputField(email, fault)}
<button>${text.askForCode}</button>
</form>
</section>`
  return page(asked, { body, status: fault ? 422 : 200 })
}

type Said = { said?: string | undefined; typed?: string; fault?: string | undefined }

/** Sends a code to an address, and goes on to where it is entered: whatever the address. */
export async function sendCode(asked: Asked, form: URLSearchParams): Promise<Response> {
  const { text, context, exchange } = asked
  const typed = form.get('email') ?? ''
  const { point } = checkPoint('email', { address: typed.slice(0, 500) }, 'email')
  if (!point) return entrancePage(asked, { typed, fault: text.noEmail })
  try {
    exchange.cookies.push(await askForCode(context, point.value))
  } catch (error) {
    const wait = tooMany(asked, error)
    if (wait) return entrancePage(asked, { typed, fault: wait })
    throw error
  }
  return seeOther('/my/code')
}

/** Asks for the code. */
export function codePage(asked: Asked, fault?: string, over = false): Response {
  const { text, request } = asked
  if (!hasAsked(request)) return entrancePage(asked)
  const code: Input = {
    ...{ name: 'code', label: text.code, kind: 'line', value: [''], advice: text.wrongCode, required: true },
    ...{ autocomplete: 'one-time-code', inputmode: 'numeric' },
  }
  const body = html`<section>
<h1>${text.codeTitle}</h1>
${faultSummary(asked, fault ? [{ id: over ? 'again' : 'code', message: fault }] : [])}
${
  !over &&
  html`<p>${text.codeSent}</p>
<form method="post" action="/my/code/enter" novalidate>
${inputField(code, fault)}
<button>${text.enter}</button>
</form>`
}
<p><a href="/my" id="again">${text.anotherCode}</a></p>
</section>`
  return page(asked, { title: text.codeTitle, body, status: fault ? 422 : 200 })
}

/** Lets in who has the code. */
export async function useCode(asked: Asked, form: URLSearchParams): Promise<Response> {
  const { text, context, request, exchange } = asked
  try {
    const session = await enterCode(context, request, (form.get('code') ?? '').slice(0, 100))
    exchange.cookies.push(session, noCodeCookie)
    return seeOther('/my')
  } catch (error) {
    const wait = tooMany(asked, error)
    if (wait) return codePage(asked, wait)
    if (!(error instanceof LetheError) || error.code !== 'SIGN_IN_FAILED') throw error
    const over = error.extensions['exhausted'] === true
    return codePage(asked, over ? text.codeOver : text.wrongCode, over)
  }
}

/** Shows what a link is for. */
export async function linkPage(asked: Asked, token: string): Promise<Response> {
  const { text, context } = asked
  if (!(await isUsable(context, token))) return deadLink(asked)
  const body = html`<section>
<h1>${text.linkTitle}</h1>
<p>${text.linkText}</p>
<form method="post" action="/my/link">
<input type="hidden" name="t" value="${token}">
<button>${text.linkOpen}</button>
</form>
</section>`
  return page(asked, { title: text.linkTitle, body })
}

/** Lets in who has the link. */
export async function openLink(asked: Asked, form: URLSearchParams): Promise<Response> {
  try {
    asked.exchange.cookies.push(await useLink(asked.context, form.get('t') ?? ''))
    return seeOther('/my')
  } catch (error) {
    if (error instanceof LetheError && (error.code === 'LINK_INVALID' || error.code === 'NOT_FOUND')) {
      return deadLink(asked)
    }
    throw error
  }
}

/** For a link that is of no use, for whatever reason. */
export const deadLink = (asked: Asked): Response =>
  notice(asked, { title: asked.text.deadTitle, lines: [asked.text.dead], status: 410, further: toEntrance(asked) })

function tooMany({ text }: Asked, error: unknown): string | undefined {
  if (!(error instanceof LetheError) || error.code !== 'TOO_MANY_ATTEMPTS') return undefined
  return filled(text.tooMany, { minutes: Math.max(1, Math.ceil(Number(error.extensions['retryAfter']) / 60)) })
}
