/**
 * The population of nations by year, in the form of the API of DataUSA. Version n of it follows from the seed and n alone: each
 * version has one change more than the one before, a new year or a revised number, so no two are the same.
 */
import { type Random, seededRandom } from '../../src/base/random.ts'
import {
  FIRST_YEAR,
  NATIONS,
  type NationYear,
  nationYear,
  POPULATION_SOURCE,
  UNITED_STATES,
} from '../../src/source/made/population/nations.ts'

export type PopulationRow = NationYear

export const MOST_NATIONS: number = NATIONS.length

export type Population = {
  /** Number of changes so far. */
  version(): number
  /** Makes the next change, and gives its row. */
  change(): PopulationRow
  /** Makes a change that is wanted: a number of a year that is there. Throws an Error where there is none. */
  revise(nation: string, year: number, count: number): PopulationRow
  /** The newest year first, as DataUSA gives them. */
  rows(): readonly PopulationRow[]
  /** The rows of all changes, oldest first: the first of them is change 1. */
  changes(): readonly PopulationRow[]
}

/** Version 0: ten years of the first `nations` nations. */
export function openPopulation(seed: number, nations: number): Population {
  const random = seededRandom(seed)
  const changes: PopulationRow[] = []
  const people = NATIONS.slice(0, nations).map((nation, i) => [
    ...(i === 0 ? UNITED_STATES : madeYears(nation, random)),
  ])
  return {
    version: () => changes.length,
    change() {
      const row = changed(people, random)
      changes.push(row)
      return row
    },
    revise(id, year, count) {
      const nation = NATIONS.slice(0, nations).findIndex(([known]) => known === id)
      const years = people[nation]
      if (years?.[year - FIRST_YEAR] === undefined) throw new Error(`there is no year ${year} of nation ${id}`)
      if (!Number.isSafeInteger(count) || count < 0) throw new Error(`${count} is no number of people`)
      years[year - FIRST_YEAR] = count
      const row = nationYear(nation, year - FIRST_YEAR, count)
      changes.push(row)
      return row
    },
    rows: () =>
      people
        .flatMap((years, nation) => years.map((count, year) => nationYear(nation, year, count)))
        .sort((a, b) => b['ID Year'] - a['ID Year'] || (a['ID Nation'] < b['ID Nation'] ? -1 : 1)),
    changes: () => changes,
  }
}

/** The whole answer, with these rows. */
export const documentOf = (rows: readonly PopulationRow[]): object => ({ data: rows, source: POPULATION_SOURCE })

const madeYears = ([, , first, growth]: (typeof NATIONS)[number], random: Random): readonly number[] =>
  UNITED_STATES.map((_, year) => Math.round(first * (1 + growth) ** year) + random.below(1000))

/** One change in three is a new year. A revision adds some, so that a number never comes back. */
function changed(people: number[][], random: Random): PopulationRow {
  const nation = random.below(people.length)
  const years = people[nation] as number[]
  if (random.below(3) === 0) {
    years.push(Math.round((years.at(-1) as number) * (1 + random.next() / 50)) + 1)
    return nationYear(nation, years.length - 1, years.at(-1) as number)
  }
  const year = random.below(years.length)
  years[year] = (years[year] as number) + 1 + random.below(5000)
  return nationYear(nation, year, years[year] as number)
}
