/**
 * What the processes that share a pipeline say to each other, as JSON: each says what it is and what it holds, and one of them
 * decides and tells all of them the same (`Decided`). Docs: docs/decisions/091-several-processes.md.
 */
import { Failure } from '../../base/failure.ts'

/** What can be given to a process. Where it has partitions, each of them is given by itself. */
export type SharedPart = {
  /** `queries`, `source NAME` or `sink NAME`. */
  readonly name: string
  /** The host that alone may have it. */
  readonly on?: string | undefined
  readonly partitions?: number | undefined
}

/** By the name of a part: all of it, or some of its partitions. */
export type Holding = { readonly [part: string]: true | readonly number[] }

/** A process, as it says itself. */
export type MemberSays = {
  readonly host: string
  readonly pid: number
  /** The version of the program. */
  readonly version: string
  /** When it was started, as ISO text. */
  readonly since: string
  /** A digest of its pipeline: those with another one cannot share parts. */
  readonly file: string
  readonly parts: readonly SharedPart[]
  /** What it has open, or is about to close. */
  readonly holds: Holding
}

export type ToldMember = MemberSays & { readonly id: string }

/** A process, as the one that decides tells all of them. */
export type DecidedMember = Pick<MemberSays, 'host' | 'pid' | 'version' | 'since'> & {
  readonly id: string
  readonly holds: Holding
  /** Why it gets nothing, in words. */
  readonly waits?: string | undefined
}

/** What was decided; the same for all. */
export type Decided = {
  readonly members: readonly DecidedMember[]
  /** Parts that nobody has, and why, in words. */
  readonly waiting: readonly { readonly part: string; readonly why: string }[]
}

const NOBODY = 'no process runs on host'
const MOVES = 'it moves from'

/** Why a part that is bound to a host waits: there is no process. */
export const nobodyOn = (host: string | undefined): string => `${NOBODY} ${host}`

/** Why a part waits that one process is to let go of for another. */
export const movesFrom = (from: string, to: string): string => `${MOVES} ${from} to ${to}`

/** Whether a part waits for a process that has to be started. */
export const waitsForHost = ({ why }: Decided['waiting'][number]): boolean => why.startsWith(NOBODY)

/** Whether a part is on its way from one process to another, and waits for nobody else. */
export const isMoving = ({ why }: Decided['waiting'][number]): boolean => why.startsWith(MOVES)

/** As bytes for the group. */
export const encodeTold = (told: MemberSays | Decided): Uint8Array => Buffer.from(JSON.stringify(told))

/** What another process has told. Throws a Failure where it is no tailrace of this form. */
export function decodeTold<Content extends MemberSays | Decided>(bytes: Uint8Array): Content {
  try {
    return JSON.parse(Buffer.from(bytes).toString()) as Content
  } catch (cause) {
    throw new Failure('in-use', 'another process of this pipeline says what this one does not understand', {
      hint: 'Another version of tailrace shares the pipeline: stop it first.',
      cause,
    })
  }
}
