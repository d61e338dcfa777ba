import { make } from './dom.js'

/** What an element shows, with one place that tells what came of something, and one for what went wrong. */
export function createView(root, text, language) {
  const status = make('p', { part: 'status', role: 'status', tabindex: '-1' })
  const error = make('p', { part: 'error', role: 'alert' })
  const again = make('button', { part: 'button', type: 'button', hidden: true }, text.again)
  const frame = make('section', { part: 'frame', lang: language, 'aria-label': text.title }, status, error, again)
  root.replaceChildren(frame)
  let isBusy = false
  let retry

  const view = {
    add: (...parts) => frame.append(...parts),

    /** Says what came of something, and leads there whoever just pressed a button. */
    say: (message) => {
      view.tell(message)
      status.focus()
    },

    /** Says what happened elsewhere. */
    tell: (message) => {
      status.textContent = message
    },

    /** Says what is wrong, at the field that it is about, and leads there. */
    complain: (message, input) => {
      settle()
      if (input) (input.closest('fieldset')?.querySelector('legend') ?? input).after(error)
      error.textContent = message
      if (!input) return
      input.ariaInvalid = 'true'
      input.setAttribute('aria-errormessage', 'error')
      input.focus()
    },

    /** Acts, once at a time, and says what went wrong. */
    run: async (act, button) => {
      if (isBusy) return
      isBusy = true
      settle()
      frame.ariaBusy = 'true'
      if (button) button.ariaDisabled = 'true'
      try {
        await act()
      } catch (refusal) {
        // Whoever made the page reads in the console what to do; visitors can't do anything about it.
        console.error(`lethe-consent: ${refusal.code}: ${refusal.message} ${refusal.documentation ?? ''}`)
        error.textContent = text.refusals[refusal.code] ?? text.refused
        if (!button) {
          retry = act
          again.hidden = false
        }
      } finally {
        isBusy = false
        frame.ariaBusy = null
        if (button) button.ariaDisabled = null
      }
    },
  }

  function settle() {
    status.textContent = ''
    error.textContent = ''
    status.after(error)
    again.hidden = true
    for (const input of frame.querySelectorAll('[aria-invalid]')) input.ariaInvalid = null
  }

  error.id = 'error'
  again.addEventListener('click', () => view.run(retry))
  return view
}
