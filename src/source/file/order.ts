/**
 * The order in which files that were never read are read, so that nothing is late because of a name: those with the earlier
 * first event time before the others, and where times do not tell, by what rotation makes of names.
 *
 * Rotation puts a number or a date into the name of a log. Of the files of one log the one without either is the newest, a
 * number counts back from it (`access.log.2` is older than `access.log.1`), and a number beside a date counts on
 * (`app-2025-11-01.1.log` is older than `app-2025-11-01.2.log`). A log some of whose files have dates and some numbers alone
 * is read in the order in which its files were written to last.
 */

/** A file as its name and its last change tell. */
export type Dated = { readonly path: string; readonly changed: number }

/** Digits of a date, with a time perhaps, or of seconds since 1970 as logrotate's `%s` writes. */
const DATE =
  /[-._]?((?:19|20)\d\d)([-._]?)([01]\d)\2([0-3]\d)(?:[-._T]?([0-2]\d)(?:[-._:]?([0-5]\d)(?:[-._:]?([0-5]\d))?)?)?(?!\d)|[-._]\d{10}(?!\d)/
const NUMBER = /[-._](\d{1,6})(?=$|\.)(?!.*[-._]\d{1,6}(?:$|\.))/
const PACKED = /\.(gz|zst)$/

type Rotated = {
  /** What all files of one log have in common. */
  readonly log: string
  readonly date: string | undefined
  readonly number: number | undefined
}

/** What rotation has put into a name. */
export function rotatedName(path: string): Rotated {
  const slash = path.lastIndexOf('/') + 1
  let name = path.slice(slash).replace(PACKED, '')
  const date = DATE.exec(name)
  if (date !== null) name = name.slice(0, date.index) + name.slice(date.index + date[0].length)
  const number = NUMBER.exec(name)
  if (number !== null) name = name.slice(0, number.index) + name.slice(number.index + number[0].length)
  return {
    log: path.slice(0, slash) + name,
    date: date?.[0].replace(/\D/g, ''),
    number: number === null ? undefined : Number(number[1]),
  }
}

/** Whether rotation makes this name of the other: `a.log.1`, `a.log-20261121.gz`, `a-20261121.log` of `a.log`. */
export function isRotationOf(path: string, of: string): boolean {
  const name = path.slice(path.lastIndexOf('/') + 1).replace(PACKED, '')
  const base = of.slice(of.lastIndexOf('/') + 1)
  const dot = base.lastIndexOf('.')
  const [stem, end] = dot <= 0 ? [base, ''] : [base.slice(0, dot), base.slice(dot)]
  const added = name.startsWith(base)
    ? name.slice(base.length)
    : name.startsWith(stem) && name.endsWith(end) && name.slice(stem.length, name.length - end.length)
  return added !== false && /^[-._][\dT._:-]*\d$/.test(added)
}

/** Files in the order of rotation, oldest first: log by log, in order of name. */
export function inOrderOfRotation<File extends Dated>(files: readonly File[]): File[] {
  const logs = new Map<string, (Rotated & { readonly file: File })[]>()
  for (const file of files) {
    const rotated = rotatedName(file.path)
    const log = logs.get(rotated.log) ?? []
    log.push({ ...rotated, file })
    logs.set(rotated.log, log)
  }
  return [...logs].sort(([a], [b]) => compareText(a, b)).flatMap(([, log]) => orderedLog(log))
}

function orderedLog<File extends Dated>(log: readonly (Rotated & { readonly file: File })[]): File[] {
  const rotated = log.filter(({ date, number }) => date !== undefined || number !== undefined)
  const hasDates = rotated.every(({ date }) => date !== undefined)
  const hasNumbers = rotated.every(({ date }) => date === undefined)
  const compare = (a: (typeof rotated)[number], b: (typeof rotated)[number]): number => {
    if (hasDates) return compareText(a.date ?? '', b.date ?? '') || (a.number ?? 0) - (b.number ?? 0)
    return hasNumbers ? (b.number ?? 0) - (a.number ?? 0) : a.file.changed - b.file.changed
  }
  const plain = log.filter((one) => !rotated.includes(one))
  const sorted = (some: typeof rotated) =>
    some.sort((a, b) => compare(a, b) || compareText(a.file.path, b.file.path)).map(({ file }) => file)
  return [...sorted(rotated), ...sorted(plain)]
}

/**
 * Files in the order of time. `firstTime` gives the first event time of a file; undefined where it has none that can be read, and
 * then its last change counts, which `timeAt` makes an event time: that may be of a wall clock. Where no file has one, they are in the order of rotation.
 */
export function inOrderOfTime<File extends Dated>(
  files: readonly File[],
  firstTime: (file: File) => number | undefined,
  timeAt: (instant: number) => number = (instant) => instant,
): File[] {
  const rotated = inOrderOfRotation(files)
  const times = new Map(rotated.map((file) => [file, firstTime(file)]))
  if ([...times.values()].every((time) => time === undefined)) return rotated
  const timeOf = (file: File) => times.get(file) ?? timeAt(file.changed)
  // Sorting is stable: files with one time stay in the order of rotation.
  return rotated.sort((a, b) => timeOf(a) - timeOf(b))
}

const compareText = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0)
