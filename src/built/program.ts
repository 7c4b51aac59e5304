/** All of tailrace but its start, as one script: to load a hundred files one by one takes longer than most queries. */
export { main } from '../cli/program.ts'

export async function serveUnits(): Promise<void> {
  const serving = await import('../query/serve-units.ts')
  serving.serveUnits()
}
