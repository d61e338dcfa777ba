import type { WorkContext } from '../../../graphql/context.ts'
import type { MailLanguage } from '../../../mail/layout.ts'
import type { Block, Section } from '../../../typst/document.ts'
import { logoOf, render } from '../../../typst/render.ts'
import type { Module } from '../../module.ts'
import { articleText } from '../../requests/texts.ts'
import { groundOf, groundTexts } from '../grounds.ts'
import { categoryName, recordName } from '../names.ts'
import type { Certificate } from './content.ts'
import { certificateTexts } from './texts.ts'

type Layout = {
  language: MailLanguage
  /** Of the certificate as JSON, which it belongs to; hex. */
  sha256: string
  /** What kinds of records are called. */
  modules: readonly Module[]
}

/** The certificate as PDF/UA, in German or English. */
export async function certificatePdf(context: WorkContext, certificate: Certificate, layout: Layout): Promise<Buffer> {
  const { language } = layout
  const texts = certificateTexts[language]
  const controller = certificate.controller ?? ''
  const [author = ''] = controller.split('\n')
  const facts = [
    { label: texts.facts.number, value: certificate.erasureId },
    { label: texts.facts.ground, value: groundTexts[groundOf(certificate)][language] },
    { label: texts.facts.contacts, value: String(certificate.contacts) },
    {
      label: texts.facts.scope,
      value: certificate.categories?.map((one) => categoryName(one)[language]).join(', ') ?? texts.whole,
    },
    { label: texts.facts.requestedAt, value: texts.moment(certificate.requestedAt) },
    ...(certificate.approvedAt
      ? [{ label: texts.facts.approvedAt, value: texts.approved(certificate.approvedAt, certificate.approvals) }]
      : []),
    { label: texts.facts.executedAt, value: texts.moment(certificate.executedAt) },
    { label: texts.facts.issuedAt, value: texts.moment(certificate.issuedAt) },
  ]
  const data = {
    ...{
      language,
      author,
      controller,
      contents: false,
      words: texts.words,
      title: texts.title,
      subtitle: texts.subtitle,
    },
    ...{
      facts,
      running: texts.running(certificate.erasureId),
      logo: await logoOf(context),
      logoText: author || texts.title,
    },
    sections: [...sections(certificate, layout), ...proofs(certificate, layout)],
  }
  return render(data, context.signal)
}

/** What became of the data. */
function* sections(certificate: Certificate, { language, modules }: Layout): Generator<Section> {
  const nameOf = (model: string) => recordName(modules, model)[language]
  const texts = certificateTexts[language]
  const { erased, anonymised, kept } = certificate.outcome
  const rows = [
    ...Object.entries(erased).map(([model, count]) => [nameOf(model), texts.erased, String(count)]),
    ...Object.entries(anonymised).map(([model, count]) => [nameOf(model), texts.anonymised, String(count)]),
    ...Object.entries(kept).map(([model, { rows: count, reason }]) => [
      nameOf(model),
      texts.kept(reason[language]),
      String(count),
    ]),
  ].filter(([, , count]) => count !== '0')
  const happened: Block[] = [
    { type: 'text', text: certificate.categories ? texts.partErased : texts.wholeErased },
    ...(certificate.state === 'executed' ? [] : [{ type: 'text' as const, text: texts.stopped[certificate.state] }]),
    { type: 'table', columns: texts.countColumns, rows },
  ]
  yield { title: texts.happened, blocks: happened }
  if (certificate.retained.length === 0) return
  const table = certificate.retained.map(({ model, citation, until, count }) => [
    ...[nameOf(model), articleText(citation, language), texts.moment(until), String(count)],
  ])
  yield {
    title: texts.retained,
    blocks: [
      { type: 'text', text: texts.retainedIntro },
      { type: 'table', columns: texts.retainedColumns, rows: table },
    ],
  }
}

/** What it can be checked by. */
function* proofs(certificate: Certificate, { language, sha256 }: Layout): Generator<Section> {
  const texts = certificateTexts[language]
  const shown = certificate.ledger.slice(-mostShown).map(({ sequence, hash }) => [String(sequence), hash])
  const checkpoint: Block[] = certificate.auditCheckpoint
    ? [
        { type: 'text', text: texts.checkpoint },
        { type: 'text', text: certificate.auditCheckpoint },
      ]
    : []
  yield {
    title: texts.proof,
    blocks: [
      { type: 'text', text: texts.ledger(certificate.ledger.length, shown.length) },
      { type: 'table', columns: texts.ledgerColumns, rows: shown },
      ...(certificate.replays > 0 ? [{ type: 'text' as const, text: texts.replayed(certificate.replays) }] : []),
      ...checkpoint,
      { type: 'text', text: texts.signed(sha256) },
    ],
  }
  if (certificate.contactIds.length === 0) return
  yield {
    title: texts.ids,
    blocks: [
      { type: 'text', text: texts.idsIntro },
      { type: 'list', items: certificate.contactIds.slice(0, mostShown) },
    ],
  }
}

/** The PDF is for people: of more entries and ids, the JSON tells. */
const mostShown = 50
