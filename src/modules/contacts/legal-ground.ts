import { LegalGround } from '#prisma/client.ts'
import type { Builder } from '../../graphql/builder.ts'

const made = new WeakMap<Builder, ReturnType<typeof add>>()

/** The enum of legal grounds, one for each schema, whichever module asks first. */
export function legalGroundType(builder: Builder): ReturnType<typeof add> {
  const known = made.get(builder) ?? add(builder)
  made.set(builder, known)
  return known
}

const add = (builder: Builder) =>
  builder.enumType('LegalGround', {
    description: 'The legal grounds to process personal data: Art. 6(1) GDPR, a to f.',
    values: Object.fromEntries(
      Object.values(LegalGround).map((value, index) => [
        value.toUpperCase(),
        { value, description: `Art. 6(1)(${'abcdef'.charAt(index)}) GDPR.` },
      ]),
    ),
  })
