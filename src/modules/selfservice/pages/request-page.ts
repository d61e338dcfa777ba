import { LetheError } from '../../../graphql/errors.ts'
import { html } from '../../../html.ts'
import { seeOther } from '../../../http/answers.ts'
import { askFor, isRequestKind, type RequestKind } from '../requests.ts'
import { type AskedInVisit, absent, faultSummary, faultsIn, formToken, page } from './frame.ts'
import { inputField } from './inputs.ts'
import { rightWords } from './words.ts'

/** Shows the form by which a right is asked for. */
export function requestPage(asked: AskedInVisit): Response {
  const kind = asked.query.get('of') ?? ''
  return isRequestKind(kind) ? show(asked, kind) : absent(asked)
}

/** Takes down that it is asked for. */
export async function saveRequest(asked: AskedInVisit, form: URLSearchParams): Promise<Response> {
  const { visit, text } = asked
  const kind = form.get('of') ?? ''
  if (!isRequestKind(kind)) return absent(asked)
  const statement = form.get('statement') ?? ''
  try {
    await askFor(visit.context, visit.contact.id, { kind, statement, channel: 'self_service' })
    return seeOther('/my?done=asked#done')
  } catch (error) {
    if (!(error instanceof LetheError) || error.code !== 'INVALID_INPUT') throw error
    const [fault] = faultsIn(error)
    return show(asked, kind, { typed: statement, fault: fault?.rule === 'missing' ? text.missing : text.tooLong })
  }
}

function show(asked: AskedInVisit, kind: RequestKind, { typed = '', fault }: { typed?: string; fault?: string } = {}) {
  const { text, language, visit } = asked
  const { name, hint, needsWords } = rightWords[kind]
  const label = needsWords ? text.statement : `${text.statement} ${text.optional}`
  const body = html`<section>
<h1>${name[language]}</h1>
${faultSummary(asked, fault ? [{ id: 'statement', message: fault }] : [])}
<p>${hint[language]}</p>
<form method="post" action="/my/request" novalidate>
${formToken(visit)}
<input type="hidden" name="of" value="${kind}">
${inputField(
  { name: 'statement', label, kind: 'lines', value: [typed], advice: text.missing, required: needsWords ?? false },
  fault,
)}
<button>${text.ask}</button>
</form>
<p><a href="/my#rights">${text.back}</a></p>
</section>`
  return page(asked, { title: name[language], body, status: fault ? 422 : 200 })
}
