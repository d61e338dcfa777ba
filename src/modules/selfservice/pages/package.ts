import { LetheError } from '../../../graphql/errors.ts'
import { type Html, html } from '../../../html.ts'
import { handOut, ownPackages } from '../../disclosure/delivery/link.ts'
import { asDownload } from '../../disclosure/delivery/routes.ts'
import { type AskedInVisit, absent, formToken } from './frame.ts'
import type { Overview } from './read-data.ts'
import { titled } from './sections.ts'
import { dayText, filled } from './words.ts'

/** What was put together of the contact and waits to be taken, once, as by the link that is mailed. */
export function packagesSection({ text, language, visit }: AskedInVisit, { packages }: Overview): Html | undefined {
  if (packages.length === 0) return undefined
  const rows = packages.map(({ id, kind, producedAt }) => {
    const said = kind === 'portability' ? text.packagePortability : text.packageAccess
    const name = filled(said, { at: dayText(producedAt ?? new Date(), language) })
    return html`<li><div><p>${name}</p></div>
<form method="post" action="/my/package">${formToken(visit)}<input type="hidden" name="id" value="${id}"><button aria-label="${text.packageGet}: ${name}">${text.packageGet}</button></form></li>`
  })
  return titled('packages', text.packages, html`<p>${text.packagesIntro}</p><ul class="rows">${rows}</ul>`)
}

/** Gives a package. That it was asked for, and that all of it went out, is logged. */
export async function takeOwnPackage(asked: AskedInVisit, form: URLSearchParams): Promise<Response> {
  const found = (await ownPackages(asked.visit)).find(({ id }) => id === form.get('id'))
  if (!found) return absent(asked)
  try {
    return asDownload(found, await handOut(asked.visit.context, found))
  } catch (error) {
    if (error instanceof LetheError && error.code === 'LINK_INVALID') return absent(asked)
    throw error
  }
}
