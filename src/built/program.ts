/** All of tailrace except its start, as one script: loading a hundred files takes longer than most queries. */
export { main } from '../cli/program.ts'

/** Runs a thread of `tailrace query`. */
export async function runWorker(): Promise<void> {
  const { serveUnits } = await import('../query/serve-units.ts')
  serveUnits()
}
