/** `tailrace check --connect`: what the bus and the stores of a pipeline say, a line for each. */
import { systemClock } from '../../base/clock.ts'
import { nodeDisk } from '../../base/disk/node-disk.ts'
import { describeFailure } from '../../base/failure.ts'
import { newSeed, seededRandom } from '../../base/random.ts'
import { type Connecting, type Connection, tryConnections } from '../../run/ahead/connect.ts'
import { say } from '../say.ts'

/** Tries them, and says what was found; warnings and what is wrong go to standard error. */
export async function sayConnections(
  of: Pick<Connecting, 'pipeline' | 'text' | 'dataFolder'>,
  isSaid: boolean,
): Promise<readonly Connection[]> {
  const random = seededRandom(newSeed())
  const connections = await tryConnections({ ...of, clock: systemClock, disk: nodeDisk, random })
  for (const { part, kind, found, failures, warnings } of connections) {
    for (const warning of warnings) say(`warning: ${describeFailure(warning)}`)
    for (const failure of failures) say(describeFailure(failure))
    if (isSaid && found !== undefined) process.stdout.write(`${part} (${kind}): ${found}\n`)
  }
  return connections
}
