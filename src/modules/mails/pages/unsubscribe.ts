import type { Context } from '../../../graphql/context.ts'
import { LetheError } from '../../../graphql/errors.ts'
import { type Html, html } from '../../../html.ts'
import { seeOther } from '../../../http/answers.ts'
import { readForm } from '../../../http/forms.ts'
import { formPage, languageFor } from '../../../http/pages/form-page.ts'
import type { Language } from '../../../http/pages/language.ts'
import type { ContextOf, Route } from '../../../http/router.ts'
import { type EndablePurpose, endPurposes, lookAtEnding } from '../end-purposes.ts'
import { endingTexts } from './texts.ts'

export const unsubscribePath = '/unsubscribe'

/**
 * Where links lead by which contacts end purposes: GET shows what, and changes nothing; POST of its form ends what is
 * chosen; POST by a mail program ends all at once (RFC 8058). That somebody knows the token is what authorises it.
 */
export const unsubscribeRoutes = (contextOf: ContextOf): Readonly<Record<string, Route>> => ({
  [unsubscribePath]: {
    methods: ['GET', 'HEAD', 'POST'],
    answer: async (request, exchange) => {
      const context = await contextOf(request, exchange)
      const language = languageFor(request)
      const query = new URL(request.url).searchParams
      if (request.method !== 'POST') return show(context, { language, token: query.get('t') ?? '' })
      const form = await readForm(request, exchange)
      if (form instanceof Response) return form
      const token = form.get('t') ?? query.get('t') ?? ''
      if (form.get('List-Unsubscribe') === 'One-Click') return oneClick(context, token)
      const chosen = form.getAll('purpose')
      if (chosen.length === 0) return show(context, { language, token, fault: true })
      if (!(await end(context, token, { chosen, how: 'unsubscribe page', language })))
        return show(context, { language, token })
      return seeOther(pathOf(token, language))
    },
  },
})

/** For programs, which ask nobody: no page. Says the same as often as it is called. */
async function oneClick(context: Context, token: string): Promise<Response> {
  const done = await end(context, token, { how: 'List-Unsubscribe-Post (RFC 8058)' })
  return new Response(done ? 'Unsubscribed.\n' : 'This link does not work any more.\n', {
    status: done ? 200 : 410,
    headers: { 'content-type': 'text/plain; charset=utf-8' },
  })
}

/** False for a link that does not work (any more). */
async function end(context: Context, token: string, what: Parameters<typeof endPurposes>[2]): Promise<boolean> {
  try {
    await endPurposes(context, token, what)
    return true
  } catch (error) {
    // Erased, or merged, at this very moment: then it is as good as an old one.
    if (error instanceof LetheError && ['LINK_INVALID', 'NOT_FOUND'].includes(error.code)) return false
    throw error
  }
}

type Shown = { language: Language; token: string; fault?: boolean }

async function show(context: Context, { language, token, fault = false }: Shown): Promise<Response> {
  const text = endingTexts[language]
  const found = await lookAtEnding(context, token, language)
  const controller = context.organisation?.controller
  if (typeof found === 'string') {
    const body = html`<section><h1>${text.deadTitle}</h1><p>${text[found]}</p>${more(language)}</section>`
    return formPage({ language, title: text.deadTitle, body, status: found === 'expired' ? 410 : 404, controller })
  }
  const { purposes, usable } = found
  const being = (state: EndablePurpose['state']) => purposes.filter((one) => one.state === state)
  const [open, kept, ended] = [being('endable'), being('kept'), being('ended')]
  const inOtherLanguage = pathOf(token, language === 'de' ? 'en' : 'de')
  const common = { language, controller, inOtherLanguage }
  if (open.length > 0 && usable) {
    const body = html`<section>
<h1>${text.title}</h1>
${fault && html`<div class="faults" role="alert"><p class="error">${text.nothingChosen}</p></div>`}
${ended.length > 0 && html`<div role="status"><p>${text.done}</p>${names(ended)}</div>`}
<form method="post" action="${pathOf(undefined, language)}">
<input type="hidden" name="t" value="${token}">
${open.length === 1 ? single(open, language) : several(open, language)}
<p class="hint">${text.effect}</p>
<button>${open.length === 1 ? text.end : text.endChosen}</button>
</form>
</section>`
    const title = fault ? `${text.nothingChosen} ${text.title}` : text.title
    return formPage({ ...common, title, body, status: fault ? 400 : 200 })
  }
  const title = ended.length > 0 ? text.doneTitle : open.length > 0 ? text.deadTitle : text.keptTitle
  const body = html`<section>
<h1>${title}</h1>
${ended.length > 0 && html`<p>${text.done}</p>${names(ended)}<p class="hint">${text.mails}</p>`}
${open.length > 0 && html`${ended.length === 0 && html`<p>${text.used}</p>`}<p>${text.stillOpen}</p>${names(open)}`}
${kept.length > 0 && html`<p>${text.kept}</p>${names(kept)}`}
${more(language)}
</section>`
  return formPage({ ...common, title, body })
}

const single = (purposes: readonly EndablePurpose[], language: Language) => html`<p>${endingTexts[language].intro}</p>
${purposes.map(
  ({ key, name, description }) => html`<h2>${name}</h2>
${description && html`<p>${description}</p>`}
<input type="hidden" name="purpose" value="${key}">`,
)}`

const several = (purposes: readonly EndablePurpose[], language: Language) => html`<fieldset>
<legend>${endingTexts[language].introMany}</legend>
${purposes.map(
  ({ key, name, description }) =>
    html`<label class="choice"><input type="checkbox" name="purpose" value="${key}"> <span>${name}${
      description && html`<br><span class="hint">${description}</span>`
    }</span></label>`,
)}
</fieldset>`

const more = (language: Language) => html`<p><a href="/my?lang=${language}">${endingTexts[language].more}</a></p>`

const names = (purposes: readonly EndablePurpose[]): Html =>
  html`<ul>${purposes.map(({ name }) => html`<li>${name}</li>`)}</ul>`

const pathOf = (token: string | undefined, language: Language) =>
  `${unsubscribePath}?${new URLSearchParams({ ...(token && { t: token }), lang: language })}`
