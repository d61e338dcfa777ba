import { LetheError } from '../../../graphql/errors.ts'
import { html } from '../../../html.ts'
import { seeOther } from '../../../http/answers.ts'
import type { VerificationMethod } from '../../requests/kinds.ts'
import { revokeOwnRequest } from '../../requests/own.ts'
import { receiveRequest } from '../../requests/steps.ts'
import type { Method } from '../access/sessions.ts'
import { type AskedInVisit, absent, faultSummary, faultsIn, formToken, page } from './frame.ts'
import { inputField } from './inputs.ts'
import { type AskedKind, isAskedKind, rightWords } from './words.ts'

/** Shows the form by which a right is asked for. */
export function requestPage(asked: AskedInVisit): Response {
  const kind = asked.query.get('of') ?? ''
  return isAskedKind(kind) ? show(asked, kind) : absent(asked)
}

/** Takes down that it is asked for. */
export async function saveRequest(asked: AskedInVisit, form: URLSearchParams): Promise<Response> {
  const { visit, text } = asked
  const kind = form.get('of') ?? ''
  if (!isAskedKind(kind)) return absent(asked)
  const statement = form.get('statement') ?? ''
  try {
    const asking = { contactId: visit.contact.id, kinds: [kind], statement, channel: 'self_service' } as const
    await receiveRequest(visit.context, { ...asking, verification: provedBy[visit.method] })
    return seeOther('/my?done=asked#done')
  } catch (error) {
    if (!(error instanceof LetheError) || error.code !== 'INVALID_INPUT') throw error
    const [fault] = faultsIn(error)
    return show(asked, kind, { typed: statement, fault: fault?.rule === 'missing' ? text.missing : text.tooLong })
  }
}

/** How a contact who comes so has proved who they are; a link that was handed over proves nothing. */
const provedBy: Readonly<Record<Method, VerificationMethod | undefined>> = {
  code: 'mail_code',
  link: 'mailed_link',
  handed_over: undefined,
}

/** Takes back what was asked for. Whoever has a link that was handed over may be somebody else. */
export async function revokeRequest({ visit }: AskedInVisit, form: URLSearchParams): Promise<Response> {
  if (visit.method === 'handed_over') return seeOther('/my#requests')
  try {
    await revokeOwnRequest(visit.context, visit.contact.id, form.get('id') ?? '')
    return seeOther('/my?done=revoked#done')
  } catch (error) {
    // It was decided meanwhile: the page shows how.
    if (error instanceof LetheError && ['CONFLICT', 'NOT_FOUND'].includes(error.code)) return seeOther('/my#requests')
    throw error
  }
}

function show(asked: AskedInVisit, kind: AskedKind, { typed = '', fault }: { typed?: string; fault?: string } = {}) {
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
