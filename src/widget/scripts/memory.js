// Whoever asks for consent more often than this in one browser still has the links in the mails.
const most = 10

/**
 * What this browser keeps of former visits, in the page's own storage: the tokens by which a visitor sees and withdraws what
 * came of a request. No cookie, and nothing about a person. Where the browser keeps nothing, it lasts as long as the page.
 */
export function createMemory(key) {
  const name = `lethe-consent:${key}`
  let tokens = []
  try {
    const kept = JSON.parse(localStorage.getItem(name) ?? '[]')
    if (Array.isArray(kept)) tokens = kept.filter((each) => typeof each === 'string').slice(-most)
  } catch {
    // Forbidden by the browser, or not ours: begin without.
  }
  const keep = (changed) => {
    tokens = changed.slice(-most)
    try {
      if (tokens.length > 0) localStorage.setItem(name, JSON.stringify(tokens))
      else localStorage.removeItem(name)
    } catch {
      // Kept in memory only.
    }
  }
  return {
    /** The latest last. */
    tokens: () => tokens,
    add: (token) => keep([...tokens.filter((each) => each !== token), token]),
    remove: (token) => keep(tokens.filter((each) => each !== token)),
  }
}
