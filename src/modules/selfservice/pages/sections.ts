import { type Html, html } from '../../../html.ts'

/** A part of the page, with a heading that links lead to. */
export const titled = (id: string, title: string, body: Html): Html =>
  html`<section aria-labelledby="${id}"><h2 id="${id}" tabindex="-1">${title}</h2>${body}</section>`
