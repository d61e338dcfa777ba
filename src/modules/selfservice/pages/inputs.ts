import { type Html, html } from '../../../html.ts'
import type { Input } from './matters.ts'

/** An input with its label, its hint, and what is wrong with it. */
export function inputField(input: Input, fault: string | undefined): Html {
  const { name, label, hint, kind, options = [], value, required = false } = input
  const described = [...(hint ? [`${name}-hint`] : []), ...(fault ? [`${name}-fault`] : [])].join(' ')
  const about = html`${described && html` aria-describedby="${described}"`}${fault && html` aria-invalid="true"`}`
  const below = html`${hint && html`<p class="hint" id="${name}-hint">${hint}</p>`}${
    fault && html`<p class="error" id="${name}-fault">${fault}</p>`
  }`
  const [first = ''] = value
  if (kind === 'checks') {
    return html`<fieldset id="${name}"${about}><legend>${label}</legend>${options.map(
      (option) =>
        html`<label class="choice"><input type="checkbox" name="${name}" value="${option.value}"${
          value.includes(option.value) && html` checked`
        }> <span>${option.label}</span></label>`,
    )}${below}</fieldset>`
  }
  const must = required && html` required`
  const shared = html` id="${name}" name="${name}"${about}${must}${
    input.autocomplete && html` autocomplete="${input.autocomplete}"`
  }`
  return html`<label for="${name}">${label}</label>
${
  kind === 'select'
    ? html`<select${shared}>${options.map(
        (option) =>
          html`<option value="${option.value}"${option.value === first && html` selected`}>${option.label}</option>`,
      )}</select>`
    : kind === 'lines'
      ? html`<textarea${shared} rows="4">
${first}</textarea>`
      : html`<input${shared} type="${kind === 'day' ? 'date' : 'text'}" value="${first}"${
          input.inputmode && html` inputmode="${input.inputmode}"`
        }>`
}
${below}`
}
