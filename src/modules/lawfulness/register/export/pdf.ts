import type { WorkContext } from '../../../../graphql/context.ts'
import type { Block, Document, Field } from '../../../../typst/document.ts'
import { logoOf, render } from '../../../../typst/render.ts'
import { citationIn } from '../../../citation.ts'
import type { Processing, ProcessingRegister } from './collect.ts'
import { actionLabels, durationText, groundLabels, labels, startLabels } from './labels.ts'

let last: Promise<unknown> = Promise.resolve()

/** The register as PDF/UA. Laying out pages takes memory: it is done one at a time. Throws when the signal is aborted. */
export function registerPdf(
  context: Pick<WorkContext, 'organisation' | 'signal'>,
  register: ProcessingRegister,
): Promise<Buffer> {
  const mine = last.then(async () => {
    context.signal?.throwIfAborted()
    return render(documentOf(register, await logoOf(context)), context.signal)
  })
  last = mine.catch(() => undefined) // Who asked for it hears of it.
  return mine
}

function documentOf(register: ProcessingRegister, logo: Document['logo']): Document {
  const { language, controller, dataProtectionOfficer, processings, measures } = register
  const label = (name: keyof typeof labels) => labels[name][language]
  const asOf = new Date(register.generatedAt).toLocaleString(language === 'de' ? 'de-DE' : 'en-GB', {
    dateStyle: 'long',
    timeStyle: 'short',
    timeZone: 'UTC',
  })
  const [author = ''] = (controller ?? '').split('\n')
  const activities = numbered(processings).map((one) => activity(one, register))
  return {
    ...{ language, title: label('title'), subtitle: label('law'), author, controller: controller ?? '' },
    ...{ logo, logoText: author || label('title'), contents: false, numbered: false },
    words: { about: label('about'), contents: '', page: label('page') },
    running: `${label('title')} · ${label('asOf')} ${asOf} UTC`,
    facts: [
      { label: label('asOf'), value: `${asOf} UTC` },
      { label: label('controller'), value: textOf(controller) },
      { label: label('dataProtectionOfficer'), value: textOf(dataProtectionOfficer) },
    ],
    sections: [
      {
        title: label('processings'),
        blocks: activities.length > 0 ? activities : [{ type: 'text', text: label('none') }],
      },
      {
        title: label('measures'),
        blocks: [
          {
            ...{ type: 'record', title: label('measuresLaw') },
            fields: measures.map(({ title, description }) => row(title, description)),
          },
        ],
      },
    ],
  }
}

/** What nobody wrote anything about is told as such: a gap in the register should be seen. */
const textOf = (value: string | readonly string[] | null): string =>
  (typeof value === 'string' ? value : (value ?? []).join('\n')) || '–'

const row = (label: string, value: string | readonly string[] | null): Field => ({
  ...{ label, level: 0, value: textOf(value) },
})

function activity({ processing, number }: Numbered, { language, processings }: ProcessingRegister): Block {
  const label = (name: keyof typeof labels) => labels[name][language]
  const { retentionClass, notice, retiredAt, defaultValidity } = processing
  const parent = processings.find(({ key }) => key === processing.partOf)
  return {
    type: 'record',
    title: `${number}  ${processing.name}`,
    fields: [
      row(label('key'), processing.key),
      row(label('description'), processing.description),
      row(
        label('grounds'),
        processing.grounds.map((ground) => groundLabels[ground][language]),
      ),
      row(label('dataSubjects'), processing.dataSubjects),
      row(label('dataCategories'), processing.dataCategories),
      row(label('recipients'), processing.recipients),
      row(label('transfers'), processing.transfers),
      row(label('retention'), [
        ...(retentionClass ? retentionText(retentionClass, language) : []),
        ...customText(processing, language),
      ]),
      ...(parent ? [row(label('partOf'), parent.name)] : []),
      ...(processing.specialCategories ? [row(label('special'), label('specialYes'))] : []),
      ...(processing.directMarketing ? [row(label('marketing'), label('marketingYes'))] : []),
      ...(defaultValidity ? [row(label('validity'), durationText(defaultValidity, language))] : []),
      ...(notice
        ? [row(label('notice'), `${label('version')} ${notice.version}, ${dayOf(notice.publishedAt, language)}`)]
        : []),
      ...(retiredAt ? [row(label('ended'), dayOf(retiredAt, language))] : []),
    ],
  }
}

/** How long what custom fields keep is kept. */
const customText = ({ customData }: Processing, language: 'de' | 'en') =>
  customData.map(
    ({ category, retentionClass: { name, period } }) => `${category}: ${name}, ${durationText(period, language)}`,
  )

function retentionText(
  { name, period, start, citation, action }: NonNullable<Processing['retentionClass']>,
  language: 'de' | 'en',
) {
  const found = <T extends Record<string, { de: string; en: string }>>(texts: T, key: string) =>
    Object.entries(texts).find(([known]) => known === key)?.[1][language] ?? key
  const rule = `${durationText(period, language)} ${found(startLabels, start)}, ${found(actionLabels, action)}`
  return [name, rule, ...(citation ? [citationIn(language, citation)] : [])]
}

const dayOf = (iso: string, language: 'de' | 'en') =>
  new Date(iso).toLocaleDateString(language === 'de' ? 'de-DE' : 'en-GB', { dateStyle: 'long', timeZone: 'UTC' })

type Numbered = { processing: Processing; number: string }

/** Numbers like those of chapters: 1, 1.1, 1.2, 2. */
function numbered(processings: readonly Processing[]): Numbered[] {
  const counts: number[] = []
  return processings.map((processing) => {
    counts.length = processing.depth + 1
    counts[processing.depth] = (counts[processing.depth] ?? 0) + 1
    return { processing, number: counts.join('.') }
  })
}
