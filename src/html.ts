const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
}

/** A text as it stands in HTML, between tags or in a quoted attribute. */
export const escapeHtml = (text: string): string =>
  text.replace(/[&<>"']/g, (character) => entities[character] ?? character)

/** Markup, as opposed to a text that is yet to become one. */
export type Html = { readonly markup: string }

type Part = string | number | Html | undefined | null | false | readonly Part[]

/**
 * Markup from a template: what is filled in is escaped, unless it is markup itself. Lists are joined; undefined, null and false
 * are nothing. Attributes have to be in double quotes.
 */
export const html = (strings: TemplateStringsArray, ...parts: readonly Part[]): Html => ({
  markup: strings.map((string, index) => (index === 0 ? '' : markupOf(parts[index - 1])) + string).join(''),
})

function markupOf(part: Part): string {
  if (part === undefined || part === null || part === false) return ''
  if (typeof part === 'string') return escapeHtml(part)
  if (typeof part === 'number') return String(part)
  return isHtml(part) ? part.markup : part.map(markupOf).join('')
}

const isHtml = (part: Html | readonly Part[]): part is Html => 'markup' in part
