import { html } from '../../../html.ts'
import { seeOther } from '../../../http/answers.ts'
import { isChild } from '../../lawfulness/law/decide.ts'
import { rules } from '../../lawfulness/law/rules.ts'
import { textIn, textsIn } from '../../lawfulness/texts.ts'
import { giveConsent, objectTo, withdrawConsent } from '../consents.ts'
import { type AskedInVisit, absent, faultSummary, formToken, page } from './frame.ts'
import { noticeIn, type PurposeView, readPurposeViews } from './read-purposes.ts'

/** Shows what a consent would be to: its text has to be seen before it is given (Art. 7(2) GDPR). */
export async function consentPage(asked: AskedInVisit): Promise<Response> {
  const view = await viewOf(asked, asked.query.get('of'))
  return view?.canGive ? show(asked, view) : absent(asked)
}

/** Gives, withdraws or objects. */
export async function decideConsent(asked: AskedInVisit, form: URLSearchParams): Promise<Response> {
  const { visit, text } = asked
  const view = await viewOf(asked, form.get('of'))
  if (!view) return absent(asked)
  const purpose = view.purpose.key
  switch (form.get('act')) {
    case 'withdraw':
      await withdrawConsent(visit, purpose)
      return seeOther('/my?done=withdrawn#done')
    case 'object':
      await objectTo(visit, purpose)
      return seeOther('/my?done=objected#done')
    case 'give': {
      if (!view.canGive) return absent(asked)
      const shown = view.notices.find(({ id }) => id === form.get('notice'))
      if (!shown) return show(asked, view, text.staleNotice)
      const { version, language } = shown
      const given = await giveConsent(visit, { purpose, notice: { version, language } })
      return given ? seeOther('/my?done=given#done') : show(asked, view, refusalOf(asked))
    }
    default:
      return absent(asked)
  }
}

/** Why the law is against it, in the reader's language. */
const refusalOf = ({ language, text, visit }: AskedInVisit): string =>
  isChild(visit.contact.birthDate, new Date()) ? rules.child[language] : text.notAllowed

async function viewOf({ visit }: AskedInVisit, key: string | null): Promise<PurposeView | undefined> {
  const views = await readPurposeViews(visit, [])
  return views.find(({ purpose }) => purpose.key === key)
}

function show(asked: AskedInVisit, { purpose, notices }: PurposeView, fault?: string): Response {
  const { text, language, visit } = asked
  const shown = noticeIn(notices, language)
  const name = textIn(textsIn(purpose.names), language)
  const description = textIn(textsIn(purpose.descriptions), language)
  const body = html`<section>
<h1>${text.consentTitle}: ${name}</h1>
${faultSummary(asked, fault ? [{ id: 'notice', message: fault }] : [])}
${description && html`<p>${description}</p>`}
<p>${text.consentIntro}</p>
<div class="quoted" id="notice" tabindex="-1"${shown && html` lang="${shown.language}"`}>${shown?.text}</div>
<form method="post" action="/my/consent">
${formToken(visit)}
<input type="hidden" name="of" value="${purpose.key}">
<input type="hidden" name="act" value="give">
<input type="hidden" name="notice" value="${shown?.id}">
<button>${text.consentYes}</button>
</form>
<p><a href="/my#purposes">${text.back}</a></p>
</section>`
  return page(asked, { title: text.consentTitle, body, status: fault ? 422 : 200 })
}
