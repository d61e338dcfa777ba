import type { Text } from '../../disclosed.ts'

/** By whom something was done, as whoever reads a report is told: `actor_kind`. */
export const actorNames: Readonly<Record<string, Text>> = {
  user: { de: 'Beschäftigte', en: 'staff' },
  client: { de: 'Programm eines Partners', en: 'a partner’s program' },
  rule: { de: 'Regel', en: 'a rule' },
  contact: { de: 'die Person selbst', en: 'the person' },
  operator: { de: 'Betrieb des Servers', en: 'the server’s operator' },
  system: { de: 'von selbst', en: 'by itself' },
  anonymous: { de: 'ohne Anmeldung', en: 'somebody not signed in' },
}
