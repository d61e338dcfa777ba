import type { Text } from '../../disclosed.ts'
import { collectRegister } from '../../lawfulness/register/export/collect.ts'
import { durationText, groundLabels } from '../../lawfulness/register/export/labels.ts'
import { languageParameter } from '../definition/parameters.ts'
import type { ListSource, ReportColumn, ReportRow } from './source.ts'

/** The register of processing (Art. 30(1) GDPR), as a table. */
export const processingRegisterSource: ListSource = {
  key: 'processing-register',
  kind: 'list',
  name: { de: 'Verzeichnis von Verarbeitungstätigkeiten', en: 'Register of processing' },
  description: {
    de: 'Eine Zeile je Zweck, mit dem, was Art. 30 Abs. 1 DSGVO verlangt.',
    en: 'One row for each purpose, with what Art. 30(1) GDPR asks for.',
  },
  rights: ['lawfulness.purposes'],
  about: 'purposes',
  filtered: false,
  parameters: [
    languageParameter,
    {
      key: 'retired',
      name: { de: 'Auch ausgemusterte', en: 'Also those that are retired' },
      type: 'boolean',
      default: true,
    },
  ],
  usual: [
    'name',
    'key',
    'grounds',
    'dataSubjects',
    'dataCategories',
    'recipients',
    'transfers',
    'retention',
    'retiredAt',
  ],
  columns: async () => columns,
  async rows({ context, parameters }) {
    const language = parameters['language'] === 'de' ? 'de' : 'en'
    const { processings } = await collectRegister(context, language)
    return processings
      .filter(({ retiredAt }) => parameters['retired'] === true || retiredAt === null)
      .map(
        (one): ReportRow => ({
          id: one.key,
          contactId: null,
          cells: {
            ...{ key: one.key, name: one.name, partOf: one.partOf, description: one.description || null },
            grounds: one.grounds.map((ground) => groundLabels[ground][language]),
            ...{ specialCategories: one.specialCategories, directMarketing: one.directMarketing },
            ...{ dataSubjects: one.dataSubjects, dataCategories: one.dataCategories, recipients: one.recipients },
            transfers: one.transfers,
            retention: one.retentionClass
              ? [
                  one.retentionClass.name,
                  durationText(one.retentionClass.period, language),
                  one.retentionClass.citation,
                ]
                  .filter(Boolean)
                  .join(', ')
              : null,
            noticeVersion: one.notice?.version ?? null,
            retiredAt: one.retiredAt === null ? null : new Date(one.retiredAt),
          },
        }),
      )
  },
}

const of = (key: string, name: Text, type: ReportColumn['type'], groupable = false): ReportColumn => ({
  ...{ key, name, type, right: null, sortable: type !== 'list', groupable },
})

const columns: readonly ReportColumn[] = [
  of('key', { de: 'Schlüssel', en: 'Key' }, 'text'),
  of('name', { de: 'Zweck', en: 'Purpose' }, 'text'),
  of('partOf', { de: 'Teil von', en: 'Part of' }, 'text', true),
  of('description', { de: 'Beschreibung', en: 'Description' }, 'text'),
  of('grounds', { de: 'Rechtsgrundlagen', en: 'Legal grounds' }, 'list'),
  of('specialCategories', { de: 'Besondere Kategorien', en: 'Special categories' }, 'boolean', true),
  of('directMarketing', { de: 'Direktwerbung', en: 'Direct marketing' }, 'boolean', true),
  of('dataSubjects', { de: 'Betroffene', en: 'Data subjects' }, 'list'),
  of('dataCategories', { de: 'Datenkategorien', en: 'Categories of data' }, 'list'),
  of('recipients', { de: 'Empfänger', en: 'Recipients' }, 'list'),
  of('transfers', { de: 'Drittländer', en: 'Third countries' }, 'list'),
  of('retention', { de: 'Aufbewahrung', en: 'Retention' }, 'text'),
  of('noticeVersion', { de: 'Fassung der Information', en: 'Version of the notice' }, 'number'),
  of('retiredAt', { de: 'Ausgemustert am', en: 'Retired at' }, 'time'),
]
