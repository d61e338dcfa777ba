import type { Context } from '../../../graphql/context.ts'
import type { Fault, LetheError } from '../../../graphql/errors.ts'
import { type Html, html } from '../../../html.ts'
import { cookie } from '../../../http/credentials.ts'
import type { Exchange } from '../../../http/exchange.ts'
import { formPage } from '../../../http/pages/form-page.ts'
import { type Language, preferredLanguage } from '../../../http/pages/language.ts'
import type { Visit } from '../access/sessions.ts'
import { type Texts, texts } from './texts.ts'

/** One request for a page of ours. */
export type Asked = {
  request: Request
  exchange: Exchange
  context: Context
  query: URLSearchParams
  language: Language
  text: Texts
}

/** The same of a contact who is here. */
export type AskedInVisit = Asked & { visit: Visit }

const languageCookie = '__Host-lethe-my-language'

/**
 * Finds out in which language to answer: the one that the reader chose, here or before; or else the one that the browser
 * wants most. What is chosen is remembered until the browser is closed.
 */
export function askedOf(request: Request, exchange: Exchange, context: Context): Asked {
  const query = new URL(request.url).searchParams
  const chosen = [query.get('lang'), cookie(request, languageCookie)].find((one) => one === 'de' || one === 'en')
  const language = chosen === 'de' || chosen === 'en' ? chosen : preferredLanguage(request)
  if (query.has('lang')) {
    exchange.cookies.push(`${languageCookie}=${language}; Path=/; Secure; HttpOnly; SameSite=Lax`)
  }
  return { request, exchange, context, query, language, text: texts[language] }
}

/** Answers with a page. */
export function page(
  { request, context, language, query, text }: Asked,
  { title, body, status = 200, wide = false }: { title?: string; body: Html; status?: number; wide?: boolean },
): Response {
  const other = new URLSearchParams(query)
  other.set('lang', language === 'de' ? 'en' : 'de')
  for (const name of ['done', 'said']) other.delete(name)
  const { pathname } = new URL(request.url)
  const answer = formPage({
    ...{ language, body, status, wide, title: title ? `${title} – ${text.title}` : text.title },
    // What a form answered with can't be asked for again.
    inOtherLanguage: request.method === 'POST' ? undefined : `${pathname}?${other}`,
    controller: context.organisation?.controller,
    style: new URL('./my-page.css', import.meta.url),
  })
  // So that browsers tell where our own forms come from; nothing else is told to anybody.
  answer.headers.set('referrer-policy', 'same-origin')
  return answer
}

/** A page that says one thing. */
export const notice = (
  asked: Asked,
  { title, lines, status, further }: { title: string; lines: readonly string[]; status: number; further?: Html },
): Response =>
  page(asked, {
    title,
    status,
    body: html`<section><h1>${title}</h1>${lines.map((line) => html`<p>${line}</p>`)}${further}</section>`,
  })

/** For what there isn't, or isn't for contacts. */
export const absent = (asked: Asked): Response =>
  notice(asked, {
    title: asked.text.brokenTitle,
    lines: [asked.text.broken],
    status: 404,
    further: html`<p><a href="/my">${asked.text.back}</a></p>`,
  })

/** What is wrong with an input, as `invalidInput` says it. */
export const faultsIn = (error: LetheError): readonly Fault[] => error.extensions['faults'] as readonly Fault[]

/** The way back in. */
export const toEntrance = ({ text }: Asked): Html => html`<p><a href="/my">${text.toEntrance}</a></p>`

/** What is wrong with a form, at its head, where the focus goes: each with a link to its input. */
export const faultSummary = ({ text }: Asked, faults: readonly { id: string; message: string }[]): Html | undefined =>
  faults.length === 0
    ? undefined
    : html`<div class="faults" role="alert" tabindex="-1" id="faults" autofocus><p class="error">${text.faults}</p><ul>${faults.map(
        ({ id, message }) => html`<li><a href="#${id}">${message}</a></li>`,
      )}</ul></div>`

/** What a form of a visit carries, so that it can only come from there. */
export const formToken = ({ formToken }: Visit): Html => html`<input type="hidden" name="form" value="${formToken}">`
