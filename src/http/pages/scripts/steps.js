/** Shows this step of the page alone, and goes to its first field, or to its heading where there is nothing to fill in. */
export function showStep(id) {
  for (const step of document.querySelectorAll('main > section')) step.hidden = step.id !== id
  const step = document.getElementById(id)
  const heading = step.querySelector('h1')
  document.title = `${heading.textContent} – Lethe`
  const target =
    firstOf(step, 'input', ({ readOnly, value }) => !readOnly && !value) ?? firstOf(step, '[data-first]') ?? heading
  target.focus()
}

const firstOf = (step, selector, fits = () => true) =>
  [...step.querySelectorAll(selector)].find((element) => element.checkVisibility() && fits(element))

/** Makes the buttons work that lead back to an earlier step. */
export function prepareWaysBack() {
  for (const button of document.querySelectorAll('[data-back]')) {
    button.addEventListener('click', () => showStep(button.dataset.back))
  }
}
