import { make } from './dom.js'

/** Adds what this visitor gave, each with a button that withdraws it. */
export function createOwn({ view, text, language, visit }) {
  const list = make('ul')
  const fieldset = make('fieldset', { part: 'own', hidden: true }, make('legend', {}, text.own), list)
  view.add(fieldset)

  // As the reader's country writes them.
  const region = navigator.languages.find((tag) => tag.split('-')[0] === language && isTag(tag)) ?? language
  const dates = new Intl.DateTimeFormat(region, { dateStyle: 'long' })
  const nameOf = (purpose) => visit.offers().find((offer) => offer.purpose === purpose)?.name ?? purpose

  function item({ purpose, state, since }) {
    const name = nameOf(purpose)
    const button = make('button', { part: 'button withdraw', type: 'button' }, text.withdraw)
    button.ariaLabel = text.withdrawOne(name)
    button.addEventListener('click', () =>
      view.run(async () => {
        const outcomes = await visit.withdraw(purpose)
        const isOver = outcomes.some((outcome) => outcome.purpose === purpose && !outcome.error)
        if (isOver) view.say(text.withdrawn(outcomes.filter(({ error }) => !error).map((each) => nameOf(each.purpose))))
        else view.complain(text.refused)
      }, button),
    )
    const when = isGiven(state) ? text.since(dates.format(new Date(since))) : text.pending
    return make('li', {}, make('span', {}, make('strong', {}, name), ' ', make('small', {}, when)), button)
  }

  let pending = []
  visit.watch(() => {
    const confirmed = pending.filter((purpose) => isGiven(visit.own().get(purpose)?.state))
    if (confirmed.length > 0) view.tell(text.confirmed(confirmed.map(nameOf)))
    const open = [...visit.own().values()].filter(isOpen)
    list.replaceChildren(...open.map(item))
    fieldset.hidden = open.length === 0
    pending = open.filter(({ state }) => !isGiven(state)).map(({ purpose }) => purpose)
  })
}

/** Whether it is a language tag: some systems have their browsers say `en-US@posix`. */
function isTag(text) {
  try {
    return Intl.getCanonicalLocales(text).length === 1
  } catch {
    return false // That is the question here.
  }
}

const isGiven = (state) => state === 'GIVEN' || state === 'RENEWED'

/** Whether somebody gave it, or was asked by mail whether they do. */
export const isOpen = ({ state }) => isGiven(state) || state === 'REQUESTED' || state === 'PENDING_CONFIRMATION'
