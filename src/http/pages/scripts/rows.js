import { whenPressed } from './forms.js'
import { language } from './texts.js'

/**
 * Fills a list.
 *
 * @param rows Each with its `title`, its `details`, and its button: what is on it, its full `name`, and what it does. The
 *   full name says which of the rows it is about to those who don't see the row.
 */
export function fillList(list, rows) {
  const template = document.getElementById('row')
  const part = list.closest('section')
  list.replaceChildren(
    ...rows.map(({ title, mark, details, action, name, act, own }) => {
      const row = template.content.cloneNode(true)
      row.querySelector('.row-title').textContent = title
      if (mark) row.querySelector('.row-title').append(' ', markOf(mark))
      row.querySelector('.hint').textContent = details.join(' · ')
      const button = row.querySelector('button')
      button.textContent = action
      if (name) button.ariaLabel = name
      whenPressed(button, part, act, own)
      return row
    }),
  )
}

function markOf(text) {
  const mark = document.createElement('span')
  mark.className = 'mark'
  mark.textContent = text
  return mark
}

/** A point in time, in the form `{date}` of this text. */
export const dated = (text, date) => text.replace('{date}', format.format(new Date(date)))

const format = new Intl.DateTimeFormat(language, { dateStyle: 'medium', timeStyle: 'short' })
