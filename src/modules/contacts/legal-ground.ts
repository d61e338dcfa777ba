import { LegalGround } from '#prisma/client.ts'
import { sharedType } from '../../graphql/shared-type.ts'

/** The enum of legal grounds. */
export const legalGroundType = sharedType((builder) =>
  builder.enumType('LegalGround', {
    description: 'The legal grounds to process personal data: Art. 6(1) GDPR, a to f.',
    values: Object.fromEntries(
      Object.values(LegalGround).map((value, index) => [
        value.toUpperCase(),
        { value, description: `Art. 6(1)(${'abcdef'.charAt(index)}) GDPR.` },
      ]),
    ),
  }),
)
