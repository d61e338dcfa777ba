import type { Actor, Context, WorkContext } from '../../../graphql/context.ts'
import { LetheError } from '../../../graphql/errors.ts'
import { html } from '../../../html.ts'
import { seeOther } from '../../../http/answers.ts'
import { readForm } from '../../../http/forms.ts'
import { formPage, languageFor } from '../../../http/pages/form-page.ts'
import type { Language } from '../../../http/pages/language.ts'
import type { ContextOf, Route } from '../../../http/router.ts'
import { asContact } from '../as-contact.ts'
import type { LinkOutcome } from '../links.ts'
import { consentTexts } from './consent-texts.ts'

/** A purpose as it was shown where somebody asked for consent. */
export type ShownPurpose = {
  key: string
  name: string
  description: string
  /** The text of that version, in the language in which it was shown. */
  notice: { version: number; language: string; text: string } | null
}

/** A request that is yet to be confirmed. */
export type ShownRequest = {
  /** By the name that its administrator gave it. */
  site: string
  page: string | null
  purposes: readonly ShownPurpose[]
  expiresAt: Date
}

/** Why it can't be any more; of a used link, what was decided by it. */
export type DeadRequest =
  | { dead: 'expired' | 'unknown' }
  | { dead: 'used'; outcome: LinkOutcome | null; purposes: readonly { key: string; name: string }[] }

/** What the page needs of the module that keeps requests. */
export type Requests = {
  /** Tells what a link asks; changes nothing. */
  lookAtRequest: (context: WorkContext, token: string, language: Language) => Promise<ShownRequest | DeadRequest>
  /**
   * Gives consent for the purposes that are named, and refuses it for all others of the link. Throws LINK_INVALID; FORBIDDEN to who
   * asked for it themself.
   *
   * @param choice.how What was used, for the evidence.
   * @param choice.by Who is signed in, if anybody is.
   */
  confirmRequest: (
    context: WorkContext,
    token: string,
    choice: { given: readonly string[]; how: string; by: Actor },
  ) => Promise<unknown>
}

export const consentPath = '/consent'

/**
 * Where the link of a double opt-in leads: GET shows what was asked, in the words that were shown then, and changes nothing;
 * POST of its form decides on each purpose; POST by a mail program (RFC 8058) refuses all. The token is what authorises it,
 * and what no other site can know: it stands in the form.
 */
export const consentRoutes =
  (requests: Requests) =>
  (contextOf: ContextOf): Readonly<Record<string, Route>> => ({
    [consentPath]: {
      methods: ['GET', 'HEAD', 'POST'],
      answer: async (request, exchange) => {
        const visit = { requests, context: await contextOf(request, exchange), language: languageFor(request) }
        const query = new URL(request.url).searchParams
        if (request.method !== 'POST') return show(visit, query.get('t') ?? '')
        const form = await readForm(request, exchange)
        if (form instanceof Response) return form
        const token = form.get('t') ?? query.get('t') ?? ''
        if (form.get('List-Unsubscribe') === 'One-Click') return oneClick(visit, token)
        return decide(visit, token, form)
      },
    },
  })

type Visit = { requests: Requests; context: Context; language: Language }

async function decide(visit: Visit, token: string, form: URLSearchParams): Promise<Response> {
  const shown = await visit.requests.lookAtRequest(asContact(visit.context, null), token, visit.language)
  if ('dead' in shown) return show(visit, token)
  const keys = shown.purposes.map(({ key }) => key)
  const all = form.get('all')
  const choices = new Map(keys.map((key) => [key, all ?? form.get(`purpose.${key}`)]))
  const undecided = keys.filter((key) => !['yes', 'no'].includes(choices.get(key) ?? ''))
  if (undecided.length > 0) return show(visit, token, { choices, undecided })
  const given = keys.filter((key) => choices.get(key) === 'yes')
  try {
    if (!(await confirm(visit, token, { given, how: 'confirmation page' }))) return show(visit, token)
  } catch (error) {
    if (!(error instanceof LetheError) || error.code !== 'FORBIDDEN') throw error
    return ownRequestPage(visit)
  }
  return seeOther(pathOf(token, visit.language))
}

function ownRequestPage({ context, language }: Visit): Response {
  const text = consentTexts[language]
  const body = html`<section><h1>${text.deadTitle}</h1><p>${text.ownRequest}</p></section>`
  const { controller } = context.organisation ?? {}
  return formPage({ language, controller, title: text.deadTitle, body, status: 403 })
}

/** For programs, which ask nobody: no page. Nobody can consent by it. */
async function oneClick(visit: Visit, token: string): Promise<Response> {
  const done = await confirm(visit, token, { given: [], how: 'List-Unsubscribe-Post (RFC 8058)' })
  return new Response(done ? 'Refused.\n' : 'This link does not work any more.\n', {
    status: done ? 200 : 410,
    headers: { 'content-type': 'text/plain; charset=utf-8' },
  })
}

/** False for a link that does not work (any more). */
async function confirm({ requests, context }: Visit, token: string, choice: { given: string[]; how: string }) {
  try {
    await requests.confirmRequest(asContact(context, null), token, { ...choice, by: context.actor })
    return true
  } catch (error) {
    if (error instanceof LetheError && error.code === 'LINK_INVALID') return false
    throw error
  }
}

type Chosen = { choices: ReadonlyMap<string, string | null>; undecided: readonly string[] }

async function show({ requests, context, language }: Visit, token: string, chosen?: Chosen): Promise<Response> {
  const text = consentTexts[language]
  const shown = await requests.lookAtRequest(asContact(context, null), token, language)
  const inOtherLanguage = pathOf(token, language === 'de' ? 'en' : 'de')
  const common = { language, controller: context.organisation?.controller }
  if ('dead' in shown) {
    if (shown.dead === 'used') return outcomePage(shown, { ...common, inOtherLanguage })
    const body = html`<section><h1>${text.deadTitle}</h1><p>${text[shown.dead]}</p><p>${text.again}</p></section>`
    return formPage({ ...common, title: text.deadTitle, body, status: shown.dead === 'expired' ? 410 : 404 })
  }
  const { site, page, purposes } = shown
  const body = html`<section>
<h1>${text.title}</h1>
${chosen && faults(purposes, chosen, language)}
<p>${text.asked(site)}${page && html`<br><span class="hint">${URL.parse(page)?.host ?? ''}</span>`}</p>
<form method="post" action="${consentPath}?lang=${language}">
<input type="hidden" name="t" value="${token}">
${purposes.map((purpose) => choiceOf(purpose, { language, chosen, alone: purposes.length === 1 }))}
${purposes.length === 1 ? buttons(text.yes, text.no) : html`<button>${text.decide}</button>`}
${purposes.length > 1 && html`<button class="secondary" name="all" value="no" formnovalidate>${text.refuseAll}</button>`}
</form>
</section>
<section><h2>${text.notYou}</h2><p>${text.doNothing}</p><p class="hint">${text.anytime}</p></section>`
  const title = chosen ? `${text.fault} – ${text.title}` : text.title
  return formPage({ ...common, inOtherLanguage, title, body, status: chosen ? 400 : 200 })
}

/** Neither stands out: to refuse is as easy as to consent. */
const buttons = (yes: string, no: string) =>
  html`<button name="all" value="yes">${yes}</button><button name="all" value="no">${no}</button>`

type ChoiceOptions = { language: Language; chosen: Chosen | undefined; alone: boolean }

/** One purpose: the text that was shown of it, and, if there are several, its own choice. Nothing is chosen beforehand. */
function choiceOf({ key, name, description, notice }: ShownPurpose, { language, chosen, alone }: ChoiceOptions) {
  const text = consentTexts[language]
  const told = html`${description && html`<p>${description}</p>`}
${
  notice &&
  html`<details open><summary>${text.notice(notice.version)}</summary><div class="quoted" lang="${notice.language}">${notice.text}</div></details>`
}`
  if (alone) return html`<h2>${name}</h2>${told}`
  const wrong = chosen?.undecided.includes(key) === true
  const option = (value: 'yes' | 'no', label: string) => {
    const id = `${value}-${key}`
    const checked = chosen?.choices.get(key) === value && html` checked`
    return html`<label class="choice" for="${id}"><input type="radio" id="${id}" name="purpose.${key}" value="${value}" required${checked}${
      wrong && html` aria-invalid="true" aria-describedby="fault-${key}"`
    }> <span>${label}</span></label>`
  }
  return html`<fieldset>
<legend>${name}</legend>
${told}
${wrong && html`<p class="error" id="fault-${key}">${text.choose}</p>`}
${option('yes', text.yes)}
${option('no', text.no)}
</fieldset>`
}

const faults = (purposes: readonly ShownPurpose[], { undecided }: Chosen, language: Language) => html`
<div class="faults" role="alert"><p class="error">${consentTexts[language].fault}</p>
<ul>${purposes
  .filter(({ key }) => undecided.includes(key))
  .map(({ key, name }) => html`<li><a href="#yes-${key}">${name}</a></li>`)}</ul></div>`

function outcomePage(
  { outcome, purposes }: Extract<DeadRequest, { dead: 'used' }>,
  page: { language: Language; controller: string | undefined; inOtherLanguage: string },
): Response {
  const text = consentTexts[page.language]
  const decided = purposes.flatMap(({ key, name }) => (outcome?.[key] ? [{ name, state: outcome[key] }] : []))
  const gave = decided.some(({ state }) => ['given', 'renewed'].includes(state))
  const title = decided.length > 0 ? text.doneTitle : text.deadTitle
  const body = html`<section>
<h1>${title}</h1>
${
  decided.length > 0
    ? html`<ul class="outcomes">${decided.map(
        ({ name, state }) => html`<li><span>${name}</span> <strong>${text.states[state] ?? state}</strong></li>`,
      )}</ul>`
    : html`<p>${text.used}</p>`
}
${gave && html`<p>${text.anytime}</p>`}
<p class="hint">${text.once}</p>
<p><a href="/my?lang=${page.language}">${text.more}</a></p>
</section>`
  return formPage({ ...page, title, body })
}

const pathOf = (token: string, language: Language) =>
  `${consentPath}?${new URLSearchParams({ t: token, lang: language })}`
