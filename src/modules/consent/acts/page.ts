import type { Context } from '../../../graphql/context.ts'
import { type Fault, invalidInput } from '../../../graphql/errors.ts'
import { checkText } from '../../check-text.ts'
import type { Asker } from '../guard/asker.ts'
import { refusal } from '../problems.ts'

/**
 * The page on which something was said, without what may name a person in it (its query and fragment). What a browser says has to
 * be of the origins of its client, as the browser's own word is. Throws INVALID_INPUT or FORBIDDEN.
 */
export function checkPage(
  context: Context,
  { client, publishable }: Asker,
  page: string | null | undefined,
): string | undefined {
  const faults: Fault[] = []
  const text = checkText(page, 'input.page', { max: 2000 }, faults)
  const url = text ? URL.parse(text) : undefined
  if (text && (!url || !/^https?:$/.test(url.protocol)))
    faults.push({
      field: 'input.page',
      message: 'Must be the address of a page, such as https://shop.example/sign-up.',
    })
  if (faults.length > 0) throw invalidInput(faults)
  if (!url) return undefined
  if (publishable && !client?.origins.includes(url.origin))
    throw refusal(context, 'FORBIDDEN', 'The page is of another origin than those of this client.')
  return `${url.origin}${url.pathname}`.slice(0, 300)
}
