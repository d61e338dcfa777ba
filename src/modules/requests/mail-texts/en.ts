import type { MailContent } from '../../../mail/layout.ts'
import type { Close, StaffTexts, Texts } from './types.ts'

/** In English. */
export const en: Texts & StaffTexts = {
  receipt: ({ rights, at, due }, close) =>
    mailEn(
      'We have your request',
      [
        `on ${at} we got your request for:`,
        rights,
        `We answer by ${due} (Art. 12(3) GDPR). It costs you nothing.`,
        'You did not ask for this? Then please tell us at once.',
      ],
      close,
    ),
  verification: ({ rights, until }, close) =>
    mailEn(
      'Your request: please show that it is you',
      [
        'You asked for:',
        rights,
        'So that nobody else gets or changes your data, we have to be sure that the request is yours (Art. 12(6) GDPR). The easiest way: open the page with your data, with a code by mail, and ask there once more. Or ring us up, so that we call you back at the number that we have already.',
        'Please send us no copy of an identity card.',
        `Meanwhile the time stands still. If we don’t hear from you by ${until}, we close the request; you can ask again at any time.`,
      ],
      close,
      complaintEn,
    ),
  expired: ({ rights }, close) =>
    mailEn(
      'Your request is closed',
      [
        'You asked for:',
        rights,
        'We asked you to show that the request is yours, and did not hear from you. So we may not act on it (Art. 12(2) and (6) GDPR), and have closed it. You can ask again at any time.',
      ],
      close,
      complaintEn,
    ),
  extension: ({ rights, due, reason }, close) =>
    mailEn(
      'Your request: we need more time',
      [
        'You asked for:',
        rights,
        `We answer by ${due}, rather than after one month (Art. 12(3) GDPR). The reason:`,
        reason,
      ],
      close,
      complaintEn,
    ),
  fulfilled: ({ rights, reason }, close) =>
    mailEn(
      'Your request is done',
      ['You asked for:', rights, 'We have done it.', ...(reason ? [reason] : [])],
      close,
      complaintEn,
    ),
  partly: ({ rights, article, reason }, close) =>
    mailEn(
      'Your request is done in part',
      ['You asked for:', rights, `We have done it in part. Why not all of it (${article}):`, reason],
      close,
      complaintEn,
    ),
  denied: ({ rights, article, reason }, close) =>
    mailEn(
      'Your request: our decision',
      ['You asked for:', rights, `We don’t do that, under ${article}. The reason:`, reason],
      close,
      complaintEn,
    ),
  lifted: ({ from, reason }, close) =>
    mailEn(
      'The restriction is lifted',
      [
        `You had the processing of your data restricted (Art. 18 GDPR). We lift that, from ${from} (Art. 18(3) GDPR). The reason:`,
        reason,
      ],
      close,
      complaintEn,
    ),
  message: ({ text }, close) => mailEn('About your request', [text], close),
  noMatch: ({ rights, at }, close) =>
    mailEn(
      'Your request: our answer',
      [
        `on ${at} we got a request with this address, for:`,
        rights,
        'We have looked, and hold no data about you. What you wrote to us with the request is erased now, too. So there is nothing that we could do (Art. 12(4) GDPR).',
      ],
      close,
      complaintEn,
    ),
  received: ({ rights, due }, url) =>
    staffEn(
      'Request of a data subject',
      ['Somebody made use of a right:', rights, `To be answered by ${due} (Art. 12(3) GDPR).`],
      url,
    ),
  assigned: ({ rights, due }, url) =>
    staffEn(
      'Your task: request of a data subject',
      ['This request is your task now:', rights, `To be answered by ${due} (Art. 12(3) GDPR).`],
      url,
    ),
  dueSoon: ({ rights, due }, url) =>
    staffEn(
      'Due soon: request of a data subject',
      ['This request is not answered yet:', rights, `To be answered by ${due} (Art. 12(3) GDPR).`],
      url,
    ),
  overdue: ({ rights, due }, url) =>
    staffEn(
      'Overdue: request of a data subject',
      ['This request was not answered in time:', rights, `It was to be answered by ${due} (Art. 12(3) GDPR).`],
      url,
    ),
  incoming: ({ rights, due }, url) =>
    staffEn(
      'Request of somebody whom nobody has found yet',
      [
        'A request has come of which it isn’t known whose it is:',
        rights,
        `To be answered by ${due} (Art. 12(3) GDPR).`,
      ],
      url,
      'incomingRequests',
    ),
}

// Art. 12(4) GDPR: who does nothing says why, and what can be done against it.
const complaintEn =
  'You don’t agree? You can lodge a complaint with a supervisory authority for data protection (Art. 77 GDPR), and go to court (Art. 79 GDPR).'

function mailEn(
  subject: string,
  lines: readonly string[],
  { page, controller }: Close,
  complaint?: string,
): MailContent {
  return {
    ...{ language: 'en', subject, before: ['Hello,', ...lines] },
    ...(page && { action: { label: 'To the page with my data', url: page } }),
    after: [...(complaint ? [complaint] : []), ...(controller ? [`Responsible for your data:\n${controller}`] : [])],
  }
}

const staffEn = (subject: string, lines: readonly string[], url: string, query = 'subjectRequests'): MailContent => ({
  ...{ language: 'en', subject, before: ['Hello,', ...lines] },
  after: [`Who it is, and what they wrote, is in the application (${url}), in the query ${query}.`],
})
