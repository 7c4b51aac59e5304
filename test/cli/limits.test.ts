/** The limits of docs/contracts.md that a person meets at the command line. */
import { accessLine, DAY } from '../access-line.ts'
import { demo } from './demo.ts'
import { testMistakes, testRefusals } from './refused.ts'
import { folderWith } from './tailrace.ts'

const hosts = Array.from({ length: 200_000 }, (_, n) => accessLine(DAY, { host: `host-${n}` })).join('')
const PIPELINE = demo('file: access.log')
const folder = () =>
  folderWith({ 'p.yaml': PIPELINE, 'access.log': hosts, 'long.yaml': `${PIPELINE}# ${'x'.repeat(4 << 20)}` })

// Promise query-memory: A query over files that needs more memory than `--memory` ends with a message.
// Promise text-limits: The length of a pipeline file and of a statement, and the levels in a statement, are limited.
testRefusals(folder, [
  [['query', '--memory', '1MiB', 'SELECT host, COUNT(*) AS n FROM log GROUP BY host', 'access.log'], 1, '--memory'],
  [['check', 'long.yaml'], 78, '4 MiB'],
])

// Promise partitions-limit: A topic has 256 partitions at most.
testMistakes(PIPELINE, [['partitions: 2', 'partitions: 257', '256']])
