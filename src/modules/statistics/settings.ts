import type { WorkContext } from '../../graphql/context.ts'

/** From how many persons on a number may be shown; what is shown is well above it: see noise.ts. */
export type StatisticsSettings = { threshold: number }

const usual = 5

export const thresholdOf = ({ statistics }: Pick<WorkContext, 'statistics'>): number => statistics?.threshold ?? usual
