import type { MailSample } from '../../mail/samples.ts'
import { rightsText } from '../requests/texts.ts'
import { noticeText } from './notice.ts'

const retained = [{ citation: '§ 147(3) AO', until: '2035-01-01T00:00:00.000Z' }]
const nothing = { categories: [], retained: [], fingerprints: false }

type About = Omit<Parameters<typeof noticeText>[1], 'rights' | 'controller'>

const writer =
  (about: About): MailSample['write'] =>
  ({ language, controller }) =>
    noticeText(language, { rights: rightsText(['erasure'], language), controller, ...about })

/** The last mails to contacts. */
export const erasureSamples: readonly MailSample[] = [
  { kind: 'erasure', description: 'To a contact who asked to be erased: it is done now.', write: writer(nothing) },
  {
    ...{ kind: 'erasure', variant: 'in-part' },
    description: 'The same, where a law obliges to keep a part.',
    write: writer({ ...nothing, retained }),
  },
  {
    ...{ kind: 'erasure', variant: 'objected' },
    description: 'The same, where fingerprints of their addresses stay, since they objected.',
    write: writer({ ...nothing, fingerprints: true }),
  },
  {
    ...{ kind: 'erasure', variant: 'categories' },
    description: 'To a contact who asked to be erased, of whom some categories of data go.',
    write: writer({ ...nothing, categories: ['occupation'] }),
  },
]
