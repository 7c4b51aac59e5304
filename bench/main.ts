/** `make bench`: every comparison, one after the other. Each file of this folder also runs alone: node bench/query.ts mawk. */
import { spawnSync } from 'node:child_process'
import { COMPARISONS } from './measure.ts'

for (const [program, ...args] of [
  ['sh', 'bench/install.sh'],
  ...COMPARISONS.map((name) => [process.execPath, `bench/${name}.ts`]),
]) {
  const { status } = spawnSync(program as string, args, { stdio: 'inherit' })
  if (status !== 0) process.exit(status ?? 1)
}
console.log('\nfigures are in bench/out/*.json')
