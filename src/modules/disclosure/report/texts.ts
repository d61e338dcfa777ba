import type { LegalGround } from '#prisma/client.ts'
import type { Language, PackageKind } from '../packages.ts'

type Kinds = Readonly<Record<PackageKind, string>>

type Texts = {
  title: Kinds
  subtitle: Kinds
  inParts: string
  part: (title: string, number: number) => string
  words: { about: string; contents: string; page: string }
  facts: { person: string; asOf: string; request: string; package: string }
  logo: (name: string) => string
  moment: (iso: string) => string
  day: (iso: string) => string
  number: (number: number, of: number) => string
  file: string
  yes: string
  no: string
  redactions: string
  redactionsIntro: string
  redactionColumns: readonly string[]
  information: Information
}

type Information = {
  [key in
    | ...never]: string
}
