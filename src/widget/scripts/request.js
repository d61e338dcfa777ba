import { make } from './dom.js'
import { isOpen } from './own.js'

/** Adds the form that asks for consent to what is offered, nothing chosen beforehand, and the one that withdraws by mail. */
export function createRequest({ view, text, visit }) {
  const purposes = make('fieldset', { part: 'purposes' })
  const email = emailField(text, 'email', text.hint)
  // Only programs fill it in.
  const trap = make('input', { name: 'website', tabindex: '-1', autocomplete: 'off' })
  const button = make('button', { part: 'button give' }, text.give)
  const form = make(
    'form',
    { part: 'form', novalidate: true, hidden: true },
    purposes,
    ...email.parts,
    make('div', { class: 'trap', 'aria-hidden': 'true' }, make('label', {}, text.trap, trap)),
    button,
  )

  const elsewhereEmail = emailField(text, 'elsewhere', text.elsewhereHint)
  const elsewhereButton = make('button', { part: 'button withdraw' }, text.elsewhereSend)
  const elsewhereForm = make('form', { novalidate: true }, ...elsewhereEmail.parts, elsewhereButton)
  const elsewhere = make(
    'details',
    { part: 'elsewhere', hidden: true },
    make('summary', {}, text.elsewhere),
    elsewhereForm,
  )
  view.add(form, elsewhere)

  visit.watch(() => {
    const chosen = chosenIn(purposes)
    const open = visit.offers().filter(({ purpose }) => !isOpen(visit.own().get(purpose) ?? {}))
    const shown = open.map((offer, index) => purposeParts(offer, index, chosen.includes(offer.purpose), text))
    purposes.replaceChildren(make('legend', {}, text.choose), ...shown)
    form.hidden = open.length === 0
    elsewhere.hidden = visit.offers().length === 0
  })

  form.addEventListener('submit', (event) => {
    event.preventDefault()
    const chosen = chosenIn(purposes)
    if (chosen.length === 0) return view.complain(text.nothingChosen, purposes.querySelector('input'))
    if (!email.isGood()) return view.complain(text.emailMissing, email.input)
    view.run(async () => {
      const outcomes = await visit.give(email.input.value.trim(), chosen, trap.value)
      const asked = outcomes.filter(({ error }) => !error).map(({ purpose }) => purpose)
      for (const { purpose, error } of outcomes)
        if (error) console.error(`lethe-consent: ${purpose}: ${error.code}: ${error.message} ${error.documentation}`)
      if (asked.length > 0) view.say(text.sent(email.input.value.trim()))
      if (asked.length < outcomes.length) view.complain(text.refused)
    }, button)
  })

  elsewhereForm.addEventListener('submit', (event) => {
    event.preventDefault()
    if (!elsewhereEmail.isGood()) return view.complain(text.emailMissing, elsewhereEmail.input)
    view.run(async () => {
      await visit.withdrawByMail(elsewhereEmail.input.value.trim())
      view.say(text.elsewhereSent(elsewhereEmail.input.value.trim()))
    }, elsewhereButton)
  })
}

const chosenIn = (fieldset) => Array.from(fieldset.querySelectorAll(':checked'), ({ value }) => value)

function purposeParts({ purpose, name, description, notice }, index, checked, text) {
  const about = description ? `about-${index}` : null
  const box = make('input', { type: 'checkbox', id: `purpose-${index}`, value: purpose, 'aria-describedby': about })
  box.checked = checked // By the visitor, before something else changed; never beforehand.
  return make(
    'div',
    { part: 'purpose' },
    box,
    make('label', { for: box.id }, name),
    description && make('p', { part: 'description', id: about }, description),
    notice &&
      make(
        'details',
        { part: 'notice' },
        make('summary', {}, text.notice(name, notice.version)),
        make('div', { class: 'text', lang: notice.language, tabindex: '0' }, notice.text),
      ),
  )
}

function emailField(text, id, hint) {
  const input = make('input', {
    part: 'input',
    id,
    type: 'email',
    name: 'email',
    autocomplete: 'email',
    required: true,
    'aria-describedby': `${id}-hint`,
  })
  return {
    input,
    parts: [make('label', { for: id }, text.email), input, make('p', { part: 'hint', id: `${id}-hint` }, hint)],
    isGood: () => input.value.trim() !== '' && input.validity.valid,
  }
}
