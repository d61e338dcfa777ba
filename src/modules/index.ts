import { audit } from './audit/index.ts'
import { automation } from './automation/index.ts'
import { calendar } from './calendar/index.ts'
import { consent } from './consent/index.ts'
import { contacts } from './contacts/index.ts'
import { deliveries } from './deliveries/index.ts'
import { disclosure } from './disclosure/index.ts'
import { documents } from './documents/index.ts'
import { erasure } from './erasure/index.ts'
import { fields } from './fields/index.ts'
import { identity } from './identity/index.ts'
import { lawfulness } from './lawfulness/index.ts'
import { mails } from './mails/index.ts'
import type { Module } from './module.ts'
import { orders } from './orders/index.ts'
import { recipients } from './recipients/index.ts'
import { reports } from './reports/index.ts'
import { requests } from './requests/index.ts'
import { retention } from './retention/index.ts'
import { security } from './security/index.ts'
import { selfservice } from './selfservice/index.ts'
import { statistics } from './statistics/index.ts'

/** The modules of the product, in order: the table of contents. A module may build on those above it. */
export const modules: readonly Module[] = [
  identity, //  who may do what, and proves who they are
  contacts, //  the persons whose data is kept
  audit, //     who changed what, and when
  security, //  whether the measures of security are in force
  lawfulness, // why personal data is processed, and on what legal ground
  mails, //     mails to contacts, and the links in them
  fields, //    what else is kept of contacts, as administrators define it
  deliveries, // who else is told what happens to legal grounds
  recipients, // who received data, and is told when it is rectified
  documents, // files, and whose they are
  calendar, //  appointments, with whom, and how they recur
  orders, //    what contacts ordered
  consent, //   what persons say on partners’ pages and in their apps
  requests, //  what persons ask for, until it is answered
  disclosure, // what persons get when they ask what is kept about them
  selfservice, // contacts look after their own data
  automation, // what happens by itself, by rules
  retention, // how long they are kept, and what a law keeps beyond that
  erasure, // that they are forgotten for good, and the proof of it
  statistics, // numbers that tell of nobody
  reports, // whose data may no longer be processed, and what else is asked of it
]
