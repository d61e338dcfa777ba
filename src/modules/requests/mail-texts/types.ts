import type { MailContent } from '../../../mail/layout.ts'

/** What mails to persons about their requests say. */
export type Texts = {
  receipt: (asked: { rights: string; at: string; due: string }, close: Close) => MailContent
  verification: (asked: { rights: string; until: string }, close: Close) => MailContent
  expired: (asked: { rights: string }, close: Close) => MailContent
  extension: (asked: { rights: string; due: string; reason: string }, close: Close) => MailContent
  fulfilled: (asked: { rights: string; reason: string }, close: Close) => MailContent
  partly: (asked: { rights: string; article: string; reason: string }, close: Close) => MailContent
  denied: (asked: { rights: string; article: string; reason: string }, close: Close) => MailContent
  lifted: (asked: { from: string; reason: string }, close: Close) => MailContent
  message: (asked: { text: string }, close: Close) => MailContent
  noMatch: (asked: { rights: string; at: string }, close: Close) => MailContent
}

/** What stands at the end: the page, and who is responsible (LETHE_CONTROLLER). */
export type Close = { page: string | undefined; controller: string | undefined }

/** What mails to those who answer say. Nobody's data stands in them. */
export type StaffTexts = {
  received: (asked: { rights: string; due: string }, url: string) => MailContent
  assigned: (asked: { rights: string; due: string }, url: string) => MailContent
  dueSoon: (asked: { rights: string; due: string }, url: string) => MailContent
  overdue: (asked: { rights: string; due: string }, url: string) => MailContent
  incoming: (asked: { rights: string; due: string }, url: string) => MailContent
}
