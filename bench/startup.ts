/** The time of a start: `--version` and `check`, whole processes, against a bare Node. */
import { compareTimes, FIRST_RUNS, type Figure, race, save } from './measure.ts'

const RUNS = 20
const NODE = process.execPath
const tailrace = (name: string, ...args: string[]) => ({
  name,
  command: [NODE, 'dist/cli/main.cjs', ...args],
  uncounted: FIRST_RUNS,
})
const bare = { name: 'node -e 0', command: [NODE, '-e', '0'] }

const commands = [
  tailrace('tailrace --version', '--version'),
  tailrace('tailrace check', 'check', 'examples/nasa/pipeline.yaml'),
  tailrace('tailrace query VALUES', 'query', 'SELECT * FROM (VALUES (1)) AS t(a)'),
]
const figures: Figure[] = commands.flatMap((command) => compareTimes(race([command, bare], 2, RUNS)))
save('startup', figures)
