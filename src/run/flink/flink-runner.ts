/** Runs the queries of a pipeline on Flink: decodes and relays in this process, and between them the jobs. */
import type { Runner } from '../../runner/runner.ts'
import type { Jobs } from './jobs.ts'

/** The runner of the local pipeline, with the jobs at Flink. */
export const flinkRunner = (local: Runner, jobs: Jobs): Runner => ({
  ...local,
  start() {
    local.start()
    jobs.start()
  },
  filled: jobs.filled,
})
