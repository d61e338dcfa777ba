import { createHash } from 'node:crypto'
import type { Builder } from '../../../../graphql/builder.ts'
import type { TextTypes } from '../../texts.ts'
import { collectRegister, type ProcessingRegister } from './collect.ts'
import { registerPdf } from './pdf.ts'

type Exported = { register: ProcessingRegister; pdf: () => Promise<Buffer> }

/** `processingRegister` */
export function addRegisterExport(builder: Builder, { language }: TextTypes): void {
  const exported = builder.objectRef<Exported>('ProcessingRegister').implement({
    description: 'The register of processing (Art. 30(1) GDPR), to hand to a supervisory authority.',
    auth: { read: 'lawfulness.purposes' },
    sensitive: true,
    fields: (t) => ({
      generatedAt: t.field({
        type: 'DateTime',
        nullable: false,
        description: 'When it was made.',
        resolve: ({ register }) => new Date(register.generatedAt),
      }),
      json: t.field({
        type: 'JSON',
        nullable: false,
        description: 'For programs; `schema` names the form of it.',
        resolve: ({ register }) => JSON.parse(JSON.stringify(register)),
      }),
      pdf: t.string({
        nullable: false,
        description: 'For people: PDF, as Base64 (RFC 4648).',
        resolve: async ({ pdf }) => (await pdf()).toString('base64'),
      }),
      pdfSha256: t.string({
        nullable: false,
        description: 'SHA-256 of that PDF, as hex.',
        resolve: async ({ pdf }) =>
          createHash('sha256')
            .update(await pdf())
            .digest('hex'),
      }),
    }),
  })
  builder.queryField('processingRegister', (t) =>
    t.field({
      type: exported,
      nullable: true,
      auth: { read: 'lawfulness.purposes' },
      description:
        'The register of processing as PDF and JSON: every purpose, those that are retired included, with what Art. 30(1) GDPR ' +
        'asks for. The head comes from the settings. That it was exported is logged.',
      args: { language: t.arg({ type: language, defaultValue: 'en', description: 'The language of all texts.' }) },
      readLog: (_root, args) => ({ what: { language: args.language ?? 'en' } }),
      resolve: async (_root, args, context): Promise<Exported> => {
        const register = await collectRegister(context, args.language ?? 'en')
        let pdf: Promise<Buffer> | undefined
        return { register, pdf: () => (pdf ??= registerPdf(context, register)) }
      },
    }),
  )
}
