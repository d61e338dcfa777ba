import type { MailLanguage } from '../../../mail/layout.ts'
import { de } from './de.ts'
import { en } from './en.ts'
import type { StaffTexts, Texts } from './types.ts'

/** What mails about requests say, by language. */
export const mailTexts: Readonly<Record<MailLanguage, Texts & StaffTexts>> = { de, en }
