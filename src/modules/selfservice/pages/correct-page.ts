import { LetheError } from '../../../graphql/errors.ts'
import { html } from '../../../html.ts'
import { seeOther } from '../../../http/answers.ts'
import { correct, type Outcome } from '../corrections/propose.ts'
import { type AskedInVisit, absent, faultSummary, faultsIn, formToken, page } from './frame.ts'
import { inputField } from './inputs.ts'
import { inputOf, type Matter, matterOf } from './matters.ts'
import { readOwnData } from './read-data.ts'
import { filled } from './words.ts'

/** Shows the form by which one matter is corrected. */
export async function correctPage(asked: AskedInVisit): Promise<Response> {
  const matter = await matterIn(asked, asked.query)
  return matter ? show(asked, matter) : absent(asked)
}

/** Corrects it. What was written stays, where it is refused. */
export async function saveCorrection(asked: AskedInVisit, form: URLSearchParams): Promise<Response> {
  const { visit, text } = asked
  const matter = await matterIn(asked, form)
  if (!matter) return absent(asked)
  try {
    const certain = visit.method !== 'handed_over'
    const outcomes = await correct(visit.context, visit.contact.id, matter.read(form), { certain })
    return seeOther(`/my?done=${gravest(outcomes)}#done`)
  } catch (error) {
    if (!(error instanceof LetheError)) throw error
    if (error.code === 'TOO_MANY_ATTEMPTS') {
      const minutes = Math.ceil(Number(error.extensions['retryAfter']) / 60)
      return show(asked, matter, form, [[undefined, filled(text.tooMany, { minutes })]])
    }
    if (error.code !== 'INVALID_INPUT') return absent(asked)
    const faults = faultsIn(error)
    const told = faults.map((fault) => {
      const input = inputOf(matter, fault.field)
      // Without names and addresses there is nobody any more.
      const advice = fault.field === 'displayName' ? text.lastOne : input?.advice
      return [input?.name, advice ?? text.misfit] as const
    })
    return show(asked, matter, form, told)
  }
}

async function matterIn({ visit, language }: AskedInVisit, from: URLSearchParams): Promise<Matter | undefined> {
  return matterOf(await readOwnData(visit), from.get('of') ?? '', from.get('point') ?? '', language)
}

/** What matters most of what became of several. */
const gravest = (outcomes: readonly Outcome[]) =>
  (['unconfirmed', 'proposed', 'done'] as const).find((outcome) => outcomes.includes(outcome)) ?? 'unchanged'

function show(
  asked: AskedInVisit,
  matter: Matter,
  typed?: URLSearchParams,
  told: readonly (readonly [string | undefined, string])[] = [],
): Response {
  const { text, visit } = asked
  const { title, of, point, inputs } = matter
  const certain = visit.method !== 'handed_over'
  const mode = matter.mode === 'direct' && !certain ? 'propose' : matter.mode
  const faults = new Map(told.map(([name = inputs[0]?.name ?? '', message]) => [name, message]))
  const hint = { direct: text.direct, propose: text.proposing, address: text.addressing }[mode]
  const hidden = html`${formToken(visit)}<input type="hidden" name="of" value="${of}">${
    point && html`<input type="hidden" name="point" value="${point.id}">`
  }`
  const body = html`<section>
<h1>${title}</h1>
${faultSummary(
  asked,
  [...faults].map(([id, message]) => ({ id, message })),
)}
<form method="post" action="/my/correct" novalidate>
${hidden}
${inputs.map((input) => {
  const value = typed ? typed.getAll(input.name).slice(0, 500) : input.value
  return inputField({ ...input, value }, faults.get(input.name))
})}
<p class="hint">${hint}</p>
<button>${mode === 'propose' ? text.propose : text.save}</button>
</form>
${
  point &&
  html`<form method="post" action="/my/correct">
${hidden}
<button class="secondary" name="remove" value="1">${text.remove}</button>
</form>`
}
<p><a href="/my#data">${text.back}</a></p>
</section>`
  return page(asked, { title, body, status: faults.size > 0 ? 422 : 200 })
}
