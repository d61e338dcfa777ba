import type { Language } from '../../../http/pages/language.ts'
import { entranceTexts } from './texts-entrance.ts'
import { formsTexts } from './texts-forms.ts'
import { overviewTexts } from './texts-overview.ts'

const textsIn = (language: Language) => ({
  ...entranceTexts[language],
  ...overviewTexts[language],
  ...formsTexts[language],
})

/** What the pages say. */
export type Texts = Readonly<ReturnType<typeof textsIn>>

/** By language. */
export const texts: Readonly<Record<Language, Texts>> = { de: textsIn('de'), en: textsIn('en') }
