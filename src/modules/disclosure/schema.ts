const text = { type: 'string' } as const
const perhapsText = { type: ['string', 'null'] } as const
const texts = { type: 'array', items: text } as const
const moment = { type: 'string', format: 'date-time' } as const

const object = (properties: Record<string, object>, description?: string) => ({
  type: 'object',
  ...(description && { description }),
  properties,
  required: Object.keys(properties),
  additionalProperties: false,
})

const retention = object({
  key: text,
  period: { ...text, description: 'ISO 8601 duration.' },
  start: { ...text, description: 'What the period begins with.' },
  citation: { ...text, description: 'The law that it follows.' },
  action: { ...text, description: 'What happens when it ends.' },
  name: text,
})

/** JSON Schema of `data.json` in an access package; at `/schemas/access-package.json`, too. */
export const accessPackageSchema = {
  $schema: 'https://json-schema.org/draft/2020-12/schema',
  title: 'Access package of Lethe, version 1',
  description:
    'What is held about a person: the answer to a request for access (Art. 15 GDPR), or what they gave, to take along (Art. 20 GDPR).',
  type: 'object',
  properties: {
    schema: { const: 'lethe-access-package-1' },
    packageId: { ...text, format: 'uuid' },
    requestId: { ...perhapsText, description: 'The request that it answers.' },
    contactId: { ...text, format: 'uuid', description: 'The person.' },
    kind: { enum: ['access', 'portability'] },
    language: { enum: ['de', 'en'] },
    snapshotAt: { ...moment, description: 'The moment as of which all of it is.' },
    auditCheckpoint: {
      ...perhapsText,
      description: 'The newest checkpoint of the audit log by then (C2SP tlog-checkpoint).',
    },
    information: object(
      {
        controller: perhapsText,
        dataProtectionOfficer: perhapsText,
        supervisoryAuthority: perhapsText,
        purposes: {
          type: 'array',
          items: object({
            key: text,
            name: text,
            description: text,
            grounds: {
              type: 'array',
              items: object({
                ground: { ...text, description: 'Of Art. 6(1) GDPR.' },
                specialGround: { ...perhapsText, description: 'Of Art. 9(2) GDPR.' },
                validFrom: moment,
                validUntil: { anyOf: [moment, { type: 'null' }], description: 'Exclusive; null: without end.' },
                holdsNow: { type: 'boolean' },
              }),
            },
            dataCategories: texts,
            recipients: texts,
            transfers: texts,
            retention: { anyOf: [retention, { type: 'null' }] },
          }),
        },
        categories: texts,
        recipients: { type: 'array', items: object({ name: text, purpose: perhapsText }) },
        retention: { type: 'array', items: retention },
        sources: texts,
        transfers: texts,
        automatedDecisions: perhapsText,
        rules: { type: 'array', items: object({ name: text, description: text }) },
        rights: texts,
      },
      'What Art. 15(1) and (2) GDPR want besides the data; of packages of the kind `access`.',
    ),
    redactions: {
      type: 'array',
      description: 'What is not shown since it is about others, and by which rule (Art. 15(4) GDPR).',
      items: object({ kind: text, record: perhapsText, field: text, rule: text }),
    },
    data: {
      type: 'object',
      description: 'All records, by their kinds.',
      propertyNames: { pattern: '^[a-z][A-Za-z0-9]*$' },
      additionalProperties: {
        type: 'array',
        items: {
          type: 'object',
          properties: {
            category: text,
            record: { type: 'object', description: 'What is held; the names of fields are those of the kind.' },
            provided: {
              description: 'The fields that the person gave themself; true: all.',
              anyOf: [{ const: true }, texts],
            },
            files: { ...texts, description: 'Paths in the package.' },
          },
          required: ['category', 'record', 'provided'],
          additionalProperties: false,
        },
      },
    },
  },
  required: [
    ...['schema', 'packageId', 'requestId', 'contactId', 'kind', 'language', 'snapshotAt', 'auditCheckpoint'],
    ...['redactions', 'data'],
  ],
  additionalProperties: false,
} as const
