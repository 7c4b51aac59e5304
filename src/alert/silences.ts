/**
 * What people have silenced: `silences.json` in the data folder, a checked file with a list of
 *
 *   { alert, key: { column: value }, until, reason }
 *
 * A silence is for one alert, and for those of its keys that have these values; until a time in ms since 1970. Its reason is
 * for people, and may not be there.
 */
import type { Clock } from '../base/clock.ts'
import type { Disk } from '../base/disk/disk.ts'
import { Failure } from '../base/failure.ts'
import { openTurns } from '../base/turns.ts'
import { uuidOf } from '../base/uuid.ts'
import { readChecked, writeChecked } from '../data/checked-json.ts'
import type { Silenced } from '../sink/sink.ts'

export type Silence = {
  readonly alert: string
  readonly key: { readonly [column: string]: string }
  readonly until: number
  /** Why, as somebody has written it. */
  readonly reason?: string | undefined
}

export type Silences = Silenced & {
  /** Those that have not ended. */
  all(): readonly Silence[]
  /** Adds a silence, durably; one of the same alert and key is replaced. */
  add(silence: Silence): Promise<void>
  /** Ends the silences of an alert and key, or all of the alert. Resolves with their number. */
  end(alert: string, key: Silence['key'] | undefined): Promise<number>
}

/** The name of a silence: that of the same alert and key always is the same. */
export const silenceId = ({ alert, key }: Pick<Silence, 'alert' | 'key'>): string =>
  uuidOf('silence', alert, Object.entries(key).sort())

/** Most silences at once. */
const MOST = 1000

const fileIn = (dataFolder: string): string => `${dataFolder}/silences.json`

/** Those that a data folder has. Throws a Failure 'corrupt' where the file is damaged. */
export const readSilences = (disk: Disk, dataFolder: string): readonly Silence[] =>
  (readChecked(disk, fileIn(dataFolder)) ?? []) as readonly Silence[]

/** The silences of a data folder that this process owns. */
export function openSilences(disk: Disk, dataFolder: string, clock: Clock): Silences {
  let silences = readSilences(disk, dataFolder)
  // Each change replaces the file, and is made of what the last one has left.
  const turns = openTurns()
  const isOver = ({ until }: Silence) => until <= clock.now()
  const replace = async (next: readonly Silence[]) => {
    await writeChecked(disk, fileIn(dataFolder), next)
    silences = next
  }
  return {
    all: () => silences.filter((one) => !isOver(one)),
    add: (silence) =>
      turns.next(async () => {
        const others = silences.filter((one) => !isOver(one) && !isSame(one, silence))
        if (others.length >= MOST) {
          throw new Failure('limit', `there are ${MOST} silences already`, {
            hint: 'End some of them, or silence whole alerts.',
          })
        }
        await replace([...others, silence])
      }),
    end: (alert, key) =>
      turns.next(async () => {
        const ended = silences.filter(
          (one) => one.alert === alert && (key === undefined || isSame(one, { ...one, key })),
        )
        await replace(silences.filter((one) => !ended.includes(one) && !isOver(one)))
        return ended.filter((one) => !isOver(one)).length
      }),
    until(alert, key) {
      const found = silences.filter((one) => one.alert === alert && !isOver(one) && fits(one, key))
      return found.length === 0 ? undefined : Math.max(...found.map(({ until }) => until))
    },
  }
}

const textOf = (value: unknown): string =>
  typeof value === 'string' ? value : value === undefined || value === null ? 'NULL' : JSON.stringify(value)

/** Whether a key of an alert has the values of the silence. */
const fits = ({ key }: Silence, of: { readonly [column: string]: unknown }): boolean =>
  Object.entries(key).every(([column, value]) => textOf(of[column]) === value)

const isSame = (one: Silence, other: Silence): boolean => silenceId(one) === silenceId(other)
