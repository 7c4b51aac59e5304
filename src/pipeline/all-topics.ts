/** The topics that a pipeline declares, those of its reports among them; their dead letters and ticks are besides. */
import type { CheckedPipeline, CheckedTopic } from './checked.ts'

/** Those of sources and queries in their order, then those of reports. */
export const allTopics = ({
  topics,
  reports,
}: Pick<CheckedPipeline, 'topics' | 'reports'>): readonly CheckedTopic[] => [
  ...topics,
  ...reports.map(({ topic }) => topic),
]
