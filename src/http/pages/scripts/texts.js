/** What this page says, in the language of its reader. */
export const texts = JSON.parse(document.getElementById('texts').textContent)

/** That language as the reader's country writes it, for numbers and dates. */
export const language = navigator.languages.find(isOfPage) ?? document.documentElement.lang

function isOfPage(tag) {
  return tag.split('-')[0] === document.documentElement.lang
}
