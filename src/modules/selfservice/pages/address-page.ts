import { LetheError } from '../../../graphql/errors.ts'
import { html } from '../../../html.ts'
import { addressToConfirm, confirmAddress } from '../corrections/confirm.ts'
import { deadLink } from './entrance.ts'
import { type Asked, notice, page } from './frame.ts'

/** Shows which address a link confirms. */
export async function addressPage(asked: Asked, token: string): Promise<Response> {
  const { text, context } = asked
  const address = await addressToConfirm(context, token)
  if (address === undefined) return deadLink(asked)
  const body = html`<section>
<h1>${text.addressTitle}</h1>
<p>${text.addressText}</p>
<p><strong>${address}</strong></p>
<form method="post" action="/my/address">
<input type="hidden" name="t" value="${token}">
<button>${text.addressYes}</button>
</form>
</section>`
  return page(asked, { title: text.addressTitle, body })
}

/** Confirms it. */
export async function useAddress(asked: Asked, form: URLSearchParams): Promise<Response> {
  const { text, context } = asked
  try {
    const outcome = await confirmAddress(context, form.get('t') ?? '')
    const line = outcome === 'done' ? text.addressDone : text.addressProposed
    return notice(asked, { title: text.addressTitle, lines: [line], status: 200 })
  } catch (error) {
    if (!(error instanceof LetheError)) throw error
    if (error.code === 'INVALID_INPUT') {
      return notice(asked, { title: text.brokenTitle, lines: [text.addressFailed], status: 409 })
    }
    if (error.code === 'LINK_INVALID' || error.code === 'NOT_FOUND') return deadLink(asked)
    throw error
  }
}
