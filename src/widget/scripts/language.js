/** The language to speak: as the element says, or its page, or the browser; English where none of them is ours. */
export function chooseLanguage(element) {
  const said = element.getAttribute('language') ?? element.closest('[lang]')?.lang
  const wishes = said ? [said, ...navigator.languages] : navigator.languages
  return wishes.map((wish) => wish.toLowerCase().split('-')[0]).find((wish) => wish === 'de' || wish === 'en') ?? 'en'
}
