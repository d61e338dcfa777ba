import type { Fault } from '../../graphql/errors.ts'
import { sharedType } from '../../graphql/shared-type.ts'
import { checkText } from '../check-text.ts'

/** One text in several languages, by BCP 47 tag. */
export type Texts = Record<string, string>

type TextDraft = { language: string; text: string }

const languageTag = /^[a-z]{2,3}(?:-[A-Z][a-z]{3})?(?:-[A-Z]{2})?$/

/** Texts as somebody gives them, checked; in the order of their languages. Adds what is wrong to the faults. */
export function checkTexts(
  given: readonly TextDraft[],
  field: string,
  rule: { max: number; multiline?: boolean; wanted?: boolean },
  faults: Fault[],
): Texts {
  const texts = new Map<string, string>()
  for (const [index, { language, text }] of given.entries()) {
    const place = `${field}.${index}`
    if (!languageTag.test(language))
      faults.push({ field: `${place}.language`, message: 'Write it as `de` or `en-GB`.' })
    else if (texts.has(language)) faults.push({ field: `${place}.language`, message: 'One text a language.' })
    const found = faults.length
    const clean = checkText(text, `${place}.text`, rule, faults)
    if (!clean && rule.wanted && faults.length === found)
      faults.push({ field: `${place}.text`, message: 'Write something.' })
    texts.set(language, clean)
  }
  if (rule.wanted && given.length === 0) faults.push({ field, message: 'Give it in one language at least.' })
  return Object.fromEntries([...texts].filter(([, text]) => text).sort(([one], [other]) => (one < other ? -1 : 1)))
}

/** The texts of a column. */
export function textsIn(column: unknown): Texts {
  if (typeof column !== 'object' || column === null) return {}
  return Object.fromEntries(
    Object.entries(column).flatMap(([language, text]) => (typeof text === 'string' ? [[language, text]] : [])),
  )
}

/** The text in this language; without one, in English, or in whichever there is. */
export const textIn = (texts: Texts, language: string): string =>
  texts[language] ?? texts['en'] ?? Object.values(texts)[0] ?? ''

/** The types and inputs of texts in several languages. */
export const addTextTypes = sharedType((builder) => {
  const text = builder.objectRef<TextDraft>('LocalizedText').implement({
    description: 'A text in one language.',
    auth: 'public', // Everything that leads here has its own right.
    fields: (t) => ({
      language: t.exposeString('language', { nullable: false, description: 'BCP 47: `de`, `en-GB`.' }),
      text: t.exposeString('text', { nullable: false, description: 'The text.' }),
    }),
  })
  const input = builder.inputType('LocalizedTextInput', {
    description: 'A text in one language.',
    auth: 'public',
    fields: (t) => ({
      language: t.string({ required: true, description: 'BCP 47: `de`, `en-GB`.' }),
      text: t.string({ required: true, description: 'The text.' }),
    }),
  })
  const language = builder.enumType('Language', {
    description: 'The languages of what the product itself says.',
    values: { DE: { value: 'de', description: 'German.' }, EN: { value: 'en', description: 'English.' } } as const,
  })
  return { text, input, language }
})

/** The types of texts, for those who show or take some. */
export type TextTypes = ReturnType<typeof addTextTypes>

/** As GraphQL lists them. */
export const listed = (column: unknown): TextDraft[] =>
  Object.entries(textsIn(column)).map(([language, text]) => ({ language, text }))
