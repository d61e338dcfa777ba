import { html } from '../../../html.ts'
import { logReads } from '../../audit/log-reads.ts'
import { type AskedInVisit, formToken, page } from './frame.ts'
import { dataSection, proposalsSection } from './overview-data.ts'
import { purposesSection } from './overview-purposes.ts'
import { requestsSection, rightsSection } from './overview-rights.ts'
import { packagesSection } from './package.ts'
import { readOverview, sensitiveShown } from './read-data.ts'
import type { Texts } from './texts.ts'

/** Shows a contact everything. That they looked is logged, and which sensitive values were shown. */
export async function overviewPage(asked: AskedInVisit): Promise<Response> {
  const { text, visit } = asked
  const { context, contact } = visit
  const overview = await readOverview(visit)
  const about = { contactId: contact.id, entity: 'Contact', entityId: contact.id }
  const fields = ['id', ...sensitiveShown(overview)]
  await logReads(
    context,
    'seeOwnData',
    fields.map((field) => ({ ...about, field })),
  )
  const name = [contact.title, contact.displayName || contact.organisation].filter(Boolean).join(' ')
  const outcome = outcomeOf(text, asked.query.get('done'))
  const body = html`<section class="head">
<h1>${text.title}</h1>
${name && html`<p>${text.signedInAs} <strong>${name}</strong></p>`}
${outcome && html`<p class="notice" role="status" id="done" tabindex="-1" autofocus>${outcome}</p>`}
${visit.method === 'handed_over' && html`<p class="hint">${text.handedOver}</p>`}
<nav aria-label="${text.contents}"><ul class="jumps">
<li><a href="#data">${text.data}</a></li>
<li><a href="#purposes">${text.purposes}</a></li>
<li><a href="#rights">${text.rights}</a></li>
${overview.packages.length > 0 && html`<li><a href="#packages">${text.packages}</a></li>`}
</ul></nav>
<form method="post" action="/my/end">${formToken(visit)}<button class="secondary">${text.end}</button></form>
</section>
${proposalsSection(asked, overview)}
${dataSection(asked, overview)}
${purposesSection(asked, overview)}
${rightsSection(asked, overview)}
${requestsSection(asked, overview)}
${packagesSection(asked, overview)}`
  return page(asked, { body, wide: true })
}

function outcomeOf(text: Texts, done: string | null): string | undefined {
  const outcomes: Readonly<Record<string, string>> = {
    done: text.doneCorrected,
    proposed: text.doneProposed,
    unconfirmed: text.doneUnconfirmed,
    unchanged: text.doneUnchanged,
    given: text.doneGiven,
    withdrawn: text.doneWithdrawn,
    objected: text.doneObjected,
    asked: text.doneAsked,
    revoked: text.doneRevoked,
  }
  return done !== null && Object.hasOwn(outcomes, done) ? outcomes[done] : undefined
}
