import type { WorkContext } from '../../../graphql/context.ts'
import type { Block } from '../../../typst/document.ts'
import { logoOf, render } from '../../../typst/render.ts'
import type { Archive } from '../build/archive.ts'
import type { Collected } from '../build/collect.ts'
import type { Information } from '../build/information.ts'
import type { About } from '../build/manifest.ts'
import { introduction } from './introduction.ts'
import { countFields, sectionsOf, weightOf } from './sections.ts'
import { reportTexts } from './texts.ts'
import type { Wording } from './wording.ts'

/** So much is laid out at once: what is more goes into further parts, so that memory is bounded. */
const heaviest = 8_000

type Contents = { about: About; information: Information; collected: Collected; wording: Wording; timeZone: string }

/** Writes the report, as PDF/UA, into the archive: `report.pdf`, and further parts where it is long. */
export async function writeReport(context: WorkContext, archive: Archive, contents: Contents) {
  const { about, information, collected, wording, timeZone } = contents
  const texts = reportTexts[about.language]
  const parts = Math.max(1, Math.ceil(countFields(collected.kinds) / heaviest))
  const opening = about.kind === 'access' ? introduction(information, collected.kinds, wording) : []
  const logo = await logoOf(context)
  const [controller = ''] = [context.organisation?.controller]
  const common = {
    ...{ language: about.language, author: controller.split('\n')[0] ?? '', controller, words: texts.words, logo },
    logoText: texts.logo(controller.split('\n')[0] ?? ''),
  }
  let number = 0
  let waiting: { title: string; blocks: Block[] }[] = opening.map(({ title, blocks }) => ({
    title,
    blocks: [...blocks],
  }))
  const flush = async () => {
    number++
    const title = number === 1 ? texts.title[about.kind] : texts.part(texts.title[about.kind], number)
    const facts = [
      { label: texts.facts.person, value: about.contactId },
      { label: texts.facts.asOf, value: wording.moment(about.snapshotAt) },
      { label: texts.facts.zone, value: timeZone.replaceAll('_', ' ') },
      ...(about.requestId ? [{ label: texts.facts.request, value: about.requestId }] : []),
      { label: texts.facts.package, value: about.packageId },
    ]
    const subtitle = parts > 1 ? texts.inParts : texts.subtitle[about.kind]
    const part = { ...common, title, subtitle, facts, running: title, sections: waiting }
    const pdf = await render(part, context.signal)
    waiting = []
    await archive.add(number === 1 ? 'report.pdf' : `report-${number}.pdf`, 'application/pdf', only(pdf))
  }
  let weight = 0
  for await (const section of sectionsOf(collected, wording)) {
    const last = waiting.at(-1)
    if (last?.title === section.title) last.blocks.push(...section.blocks)
    else waiting.push({ title: section.title, blocks: [...section.blocks] })
    weight += weightOf(section)
    if (weight < heaviest) continue
    await flush()
    weight = 0
  }
  if (waiting.length > 0 || number === 0) await flush()
}

async function* only(content: Uint8Array) {
  yield content
}
