import { explain } from './explain.js'
import { hidePasswords } from './passwords.js'

/** Thrown where somebody thinks better of it: nothing went wrong, and nothing is said. */
export class Cancelled extends Error {}

/**
 * Has a form act when it is sent. What is missing or goes wrong is said in the form, and the focus goes to the field that
 * it is about.
 *
 * @param act Gets the fields' values by name.
 * @param own Texts for refusals with these codes.
 */
export function whenSent(form, act, own = {}) {
  const button = form.querySelector('button:not([type=button])')
  form.addEventListener('submit', (event) => {
    event.preventDefault()
    const inputs = [...form.querySelectorAll('input')]
    const empty = inputs.find(({ required, value }) => required && !value.trim())
    if (empty) return complain(form, empty.dataset.missing, empty, true)
    hidePasswords(form) // Browsers remember what stands in open fields.
    const fields = Object.fromEntries(new FormData(form))
    return attempt({ part: form, button, act: () => act(fields), own, input: inputs.findLast((each) => each.required) })
  })
}

/** Has a button act when it is pressed. What goes wrong is said in this part of the page. */
export function whenPressed(button, part, act, own = {}) {
  button.addEventListener('click', () => attempt({ part, button, act, own }))
}

/** Acts, once at a time. */
async function attempt({ part, button, act, own, input }) {
  if (button.ariaDisabled === 'true') return
  button.ariaDisabled = 'true'
  settle(part)
  try {
    await act()
  } catch (fault) {
    if (!(fault instanceof Cancelled)) {
      const isAboutInput = fault.code === 'SIGN_IN_FAILED' || fault.code === 'INVALID_INPUT'
      complain(part, explain(fault, own), input ?? button, isAboutInput)
    }
  } finally {
    button.ariaDisabled = null
  }
}

/**
 * Says in a part of the page what is wrong, and leads to where one goes on: a field or a button.
 *
 * @param isAboutTarget Whether that is where the fault is.
 */
export function complain(part, text, target, isAboutTarget = false) {
  settle(part)
  part.querySelector('.error').textContent = text
  target.focus()
  if (!(target instanceof HTMLInputElement)) return
  target.select()
  if (isAboutTarget) target.ariaInvalid = 'true'
}

/** Takes back what was said in a part of the page. */
export function settle(part) {
  for (const text of part.querySelectorAll('.error, .notice')) text.textContent = ''
  for (const input of part.querySelectorAll('input')) input.ariaInvalid = null
}
