import type { KindTexts } from '../disclosed.ts'

/** How what this module keeps is called where the contact reads it. */
export const documentTexts: Readonly<Record<string, KindTexts>> = {
  document: {
    ...{ de: 'Dokumente', en: 'Documents' },
    values: {
      personal: {
        none: { de: 'keiner', en: 'none' },
        linked: { de: 'über Sie', en: 'about you' },
        others: { de: 'auch über andere', en: 'about others, too' },
      },
    },
    fields: {
      title: { de: 'Titel', en: 'Title' },
      type: { de: 'Art', en: 'Type' },
      personal: { de: 'Personenbezug', en: 'Personal data' },
      linkedAt: { de: 'Zugeordnet am', en: 'Linked on' },
      createdAt: { de: 'Abgelegt am', en: 'Stored on' },
      updatedAt: { de: 'Zuletzt geändert am', en: 'Last changed on' },
      versions: { de: 'Fassungen', en: 'Versions' },
    },
  },
}
