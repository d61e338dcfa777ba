import { createApi } from './api.js'
import { chooseLanguage } from './language.js'
import { createMemory } from './memory.js'
import { createOwn } from './own.js'
import { createRequest } from './request.js'
import { style } from './style.js'
import { texts } from './texts.js'
import { createView } from './view.js'
import { createVisit } from './visit.js'

// The server that this script came from is the one that it asks.
const home = new URL(document.currentScript?.src ?? location.href).origin
const sheet = new CSSStyleSheet() // A policy without inline styles allows this.
sheet.replaceSync(style)

/**
 * `<lethe-consent key="pk_…" purposes="newsletter,events" language="de">`: shows what somebody may consent to, asks for it,
 * shows what they gave, and withdraws it.
 *
 * Tells the page by the event `lethe-consent-change`, whose `detail.consents` is what `consents` is here.
 */
class LetheConsent extends HTMLElement {
  static observedAttributes = ['key', 'purposes', 'language', 'server']

  /** The state of each purpose that this visitor said something about: `{ newsletter: 'GIVEN' }`. */
  consents = {}

  #begun
  #visit

  constructor() {
    super()
    this.attachShadow({ mode: 'open' }).adoptedStyleSheets = [sheet]
  }

  connectedCallback() {
    document.addEventListener('visibilitychange', this)
    this.#begin()
  }

  disconnectedCallback() {
    document.removeEventListener('visibilitychange', this)
    this.#visit = undefined
  }

  attributeChangedCallback(_name, before, after) {
    if (this.isConnected && before !== after) this.#begin()
  }

  /** Whoever comes back to the page may have confirmed meanwhile, in the mail. */
  handleEvent() {
    // Without an answer, what was shown stays, and the next return asks again.
    if (!document.hidden) this.refresh().catch((error) => console.warn(`lethe-consent: ${error.message}`))
  }

  /** Asks anew what this visitor gave. */
  async refresh() {
    await this.#visit?.refresh()
  }

  /** Begins anew, once for all attributes that are set in a row. */
  #begin() {
    const begun = Symbol('begun')
    this.#begun = begun
    queueMicrotask(() => {
      if (this.#begun !== begun || !this.isConnected) return
      const language = chooseLanguage(this)
      const text = texts[language]
      const key = this.getAttribute('key') ?? ''
      const view = createView(this.shadowRoot, text, language)
      const visit = createVisit({
        api: createApi({ server: this.getAttribute('server') ?? home, key }),
        memory: createMemory(key),
        purposes: this.getAttribute('purposes')
          ?.split(/[\s,]+/)
          .filter(Boolean),
        language,
        changed: (consents) => this.#visit === visit && this.#tell(consents),
      })
      this.#visit = visit
      createOwn({ view, text, language, visit })
      createRequest({ view, text, visit })
      view.run(() => visit.begin())
    })
  }

  #tell(consents) {
    const isNew = JSON.stringify(consents) !== JSON.stringify(this.consents)
    this.consents = consents
    if (isNew) {
      const detail = { consents: { ...consents } }
      this.dispatchEvent(new CustomEvent('lethe-consent-change', { detail, bubbles: true, composed: true }))
    }
  }
}

if (!customElements.get('lethe-consent')) customElements.define('lethe-consent', LetheConsent)
