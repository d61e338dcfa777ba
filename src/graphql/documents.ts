import type { DocumentNode } from 'graphql'

// A character takes up to half a kibibyte: its part of the syntax tree, and of the plans by which the operation is executed. So this bounds
// what they take to some hundred MB, whatever callers send; programs have some dozens of operations, of a few hundred characters each.
export const mostCharacters = 250_000
const mostOfOne = 10_000

/** Remembers parsed operations by their text: those that came last, as far as there is room. */
export class Documents {
  readonly #byText = new Map<string, DocumentNode>()
  #characters = 0

  get(text: string): DocumentNode | undefined {
    const document = this.#byText.get(text)
    if (document) {
      this.#byText.delete(text)
      this.#byText.set(text, document)
    }
    return document
  }

  set(text: string, document: DocumentNode): void {
    if (text.length > mostOfOne) return
    if (!this.#byText.has(text)) this.#characters += text.length
    this.#byText.set(text, document)
    for (const oldest of this.#byText.keys()) {
      if (this.#characters <= mostCharacters) return
      this.#byText.delete(oldest)
      this.#characters -= oldest.length
    }
  }
}
