/** The languages that pages speak. */
export type Language = 'de' | 'en'

/** The one of our languages that a browser wants most; English when it wants none (RFC 9110, section 12.5.4). */
export function preferredLanguage(request: Request): Language {
  const wishes = (request.headers.get('accept-language') ?? '').split(',').map((wish) => {
    const [range = '', ...parameters] = wish
      .toLowerCase()
      .split(';')
      .map((part) => part.trim())
    const quality = parameters.find((parameter) => parameter.startsWith('q='))?.slice(2)
    return { language: range.split('-')[0], quality: quality === undefined ? 1 : Number(quality) }
  })
  const best = wishes
    .filter(({ language, quality }) => (language === 'de' || language === 'en') && quality > 0)
    .sort((a, b) => b.quality - a.quality)
  return best[0]?.language === 'de' ? 'de' : 'en'
}
