import type { Builder } from '../../graphql/builder.ts'
import { notFound } from '../../graphql/errors.ts'
import { nameOf, writeSample } from '../../mail/samples.ts'
import { addTextTypes } from '../lawfulness/texts.ts'
import type { Module } from '../module.ts'

type Preview = ReturnType<typeof writeSample> & { from: string | null; kind: string; description: string }

/** `previewMail`: every mail that the product sends, as its reader sees it. */
export function addPreviews(builder: Builder, modules: readonly Pick<Module, 'mailSamples'>[]): void {
  const auth = { read: 'mails.previews' }
  const samples = modules.flatMap(({ mailSamples }) => mailSamples ?? [])
  if (samples.length === 0) return
  const byName = new Map(samples.map((sample) => [nameOf(sample), sample]))
  const kind = builder.enumType('MailKind', {
    description: 'The mails that the product sends.',
    values: Object.fromEntries([...byName].map(([name, { description }]) => [name, { value: name, description }])),
  })
  const { language } = addTextTypes(builder)
  const preview = builder.objectRef<Preview>('MailPreview').implement({
    description: 'A mail as its reader sees it, with made-up facts in it.',
    auth,
    fields: (t) => ({
      kind: t.exposeString('kind', { nullable: false, description: 'As the outbox calls it: `invitation`.' }),
      description: t.exposeString('description', { nullable: false, description: 'Who gets it, and when.' }),
      from: t.exposeString('from', {
        nullable: true,
        description: 'The sender, as LETHE_MAIL_FROM says it; null where no mails are sent.',
      }),
      subject: t.exposeString('subject', { nullable: false, description: 'Its subject.' }),
      text: t.exposeString('text', { nullable: false, description: 'For mail programs that show text alone.' }),
      html: t.exposeString('html', {
        nullable: false,
        description: 'A whole document. It loads nothing from anywhere: save it to a file, and open that in a browser.',
      }),
    }),
  })
  builder.queryField('previewMail', (t) =>
    t.field({
      type: preview,
      nullable: true,
      auth,
      description:
        'How a mail reads that the product sends, as text and as HTML, in either language. Facts in it are made up; who is ' +
        'responsible, and where links lead, are as the settings say.',
      args: {
        kind: t.arg({ type: kind, required: true, description: 'Which one.' }),
        language: t.arg({
          type: language,
          required: true,
          defaultValue: 'en',
          description: 'The language of its reader.',
        }),
      },
      resolve: (_root, args, context) => {
        const sample = byName.get(args.kind)
        if (!sample) throw notFound('MailKind') // The enum has no other values.
        const from = context.mailFrom ?? null
        const { kind, description } = sample
        return { ...writeSample(context, sample, args.language), from, kind, description }
      },
    }),
  )
}
