import type { WorkContext } from '../../graphql/context.ts'
import { endRetained } from './kept/end.ts'
import { discardUnsettled } from './kept/settle.ts'
import { sweepRetained } from './kept/sweep.ts'
import { applyDaily, applyToNoted } from './rules/watch.ts'

/** Applies the rules: to those who lost a ground, within minutes; to all, once a day. And lets go what is kept no longer. */
export async function keepRetention(context: WorkContext): Promise<void> {
  await applyToNoted(context)
  await applyDaily(context)
  await endRetained(context)
  await discardUnsettled(context)
  await sweepRetained(context)
}
