/**
 * The names of the files of records, by their arrival. The first record of a second has the name as it is, those that follow in
 * the same second have `_0001`, `_0002`, … before the suffix. A record whose arrival lies before that of the last name, as where
 * partitions are read one after the other or a clock was set back, has its partition and offset there: so no name comes twice.
 * What is a second here is the least unit that the name has.
 */
import type { Offset } from '../../base/quantity.ts'
import type { ZoneRules } from '../../base/timezone.ts'
import type { DatedText } from '../rolled/dated-path.ts'

/** The greatest unit of time that had a name, and how many names it had; null: there was none. */
export type NamesState = { readonly unit: number | null; readonly used: number }

export type NamedRecord = { readonly partition: number; readonly offset: Offset; readonly arrival: number }

/** Gives names. Its state is a plain value, so that names which were not used in the end are given again. */
export class Names {
  readonly #name: DatedText
  readonly #zone: ZoneRules
  state: NamesState

  constructor(name: DatedText, zone: ZoneRules, state: NamesState) {
    this.#name = name
    this.#zone = zone
    this.state = state
  }

  /** The name of the next record; `isTaken` says whether a file has a name already. */
  of({ partition, offset, arrival }: NamedRecord, isTaken: (name: string) => boolean): string {
    const { isDated, unitMs } = this.#name
    const unit = isDated ? Math.floor((arrival + this.#zone.offsetAt(arrival)) / unitMs) : 0
    const stem = isDated ? this.#name.at(unit * unitMs) : this.#name.undated
    const { unit: last, used } = this.state
    if (last !== null && unit < last) return withMark(stem, `p${partition}_${offset}`)
    for (let number = unit === last ? used : 0; ; number++) {
      this.state = { unit, used: number + 1 }
      const name = number === 0 ? stem : withMark(stem, String(number).padStart(4, '0'))
      if (!isTaken(name)) return name
    }
  }
}

/** A name with something before its suffix: `a.json` and `1` is `a_1.json`. */
function withMark(name: string, mark: string): string {
  const dot = name.lastIndexOf('.')
  return dot <= 0 ? `${name}_${mark}` : `${name.slice(0, dot)}_${mark}${name.slice(dot)}`
}
