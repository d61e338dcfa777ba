/** The rights of the module. */
export const erasureRights = {
  'erasure.erasures':
    'Erasures: the register with its certificates, what an erasure would come to, asking for one, and calling it off.',
  'erasure.decide': 'Approving erasures that others asked for, and refusing them by Art. 17(3) GDPR.',
  'erasure.execute': 'Having an approved erasure executed: nothing brings back what it erases.',
  'erasure.restricted':
    'What a law obliges to keep of contacts that were erased: nobody else sees it (Art. 18 GDPR, § 35 BDSG).',
  'erasure.fingerprints':
    'Whether an address is of somebody who objected and was erased, and letting them be entered again.',
} as const
