import type { MailSample } from '../../../mail/samples.ts'
import { linkTexts } from './texts.ts'

/** The mails to contacts about what is kept about them. */
export const packageSamples: readonly MailSample[] = [
  {
    kind: 'access-package',
    description: 'To a contact: the link to what is kept about them (Art. 15 GDPR).',
    write: ({ language, publicUrl, soon, controller }) =>
      linkTexts[language].mail(`${publicUrl}/access-package?t=example`, soon, controller),
  },
]
