/**
 * The population of nations by year, in the form of the API of DataUSA. Version n of it follows from the seed and n alone: each
 * version has one change more than the one before, a new year or a revised number, so no two are the same.
 */
import { type Random, seededRandom } from '../../src/base/random.ts'

/** One row of `data`, with the names that DataUSA gives. */
export type PopulationRow = {
  readonly 'ID Nation': string
  readonly Nation: string
  readonly 'ID Year': number
  readonly Year: string
  readonly Population: number
  readonly 'Slug Nation': string
}

/** What DataUSA says of the United States: American Community Survey, estimates of five years, 2013 to 2022. */
const UNITED_STATES = [
  311536594, 314107084, 316515021, 318558162, 321004407, 322903030, 324697795, 326569308, 329725481, 331097593,
]
const FIRST_YEAR = 2013

/** Figures of the other nations are rounded: people in the first year, and their growth a year as a share. */
const NATIONS: readonly (readonly [id: string, name: string, people: number, growth: number])[] = [
  ['01000US', 'United States', 311_536_594, 0.007],
  ['02000CA', 'Canada', 35_100_000, 0.011],
  ['03000MX', 'Mexico', 117_300_000, 0.009],
  ['04000BR', 'Brazil', 199_000_000, 0.008],
  ['05000FR', 'France', 65_600_000, 0.003],
  ['06000DE', 'Germany', 80_600_000, 0.002],
  ['07000IN', 'India', 1_291_000_000, 0.011],
  ['08000JP', 'Japan', 127_400_000, -0.003],
  ['09000NG', 'Nigeria', 174_700_000, 0.026],
  ['10000NZ', 'New Zealand', 4_440_000, 0.015],
]

export const MOST_NATIONS: number = NATIONS.length

/** What is around the rows. */
const SOURCE = [
  {
    measures: ['Population'],
    annotations: {
      source_name: 'Census Bureau',
      source_description:
        'The American Community Survey (ACS) is conducted by the US Census and sent to a portion of the population every year.',
      dataset_name: 'ACS 5-year Estimate',
      dataset_link: 'http://www.census.gov/programs-surveys/acs/',
      table_id: 'B01003',
      topic: 'Diversity',
      subtopic: 'Demographics',
    },
    name: 'acs_yg_total_population_5',
    substitutions: [],
  },
]

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
      const row = rowOf(nation, year - FIRST_YEAR, count)
      changes.push(row)
      return row
    },
    rows: () =>
      people
        .flatMap((years, nation) => years.map((count, year) => rowOf(nation, year, count)))
        .sort((a, b) => b['ID Year'] - a['ID Year'] || (a['ID Nation'] < b['ID Nation'] ? -1 : 1)),
    changes: () => changes,
  }
}

/** The whole answer, with these rows. */
export const documentOf = (rows: readonly PopulationRow[]): object => ({ data: rows, source: SOURCE })

function rowOf(nation: number, year: number, count: number): PopulationRow {
  const [id, name] = NATIONS[nation] as (typeof NATIONS)[number]
  const idYear = FIRST_YEAR + year
  return {
    'ID Nation': id,
    Nation: name,
    'ID Year': idYear,
    Year: String(idYear),
    Population: count,
    'Slug Nation': name.toLowerCase().replaceAll(' ', '-'),
  }
}

const madeYears = ([, , first, growth]: (typeof NATIONS)[number], random: Random): readonly number[] =>
  UNITED_STATES.map((_, year) => Math.round(first * (1 + growth) ** year) + random.below(1000))

/** One change in three is a new year. A revision adds some, so that a number never comes back. */
function changed(people: number[][], random: Random): PopulationRow {
  const nation = random.below(people.length)
  const years = people[nation] as number[]
  if (random.below(3) === 0) {
    years.push(Math.round((years.at(-1) as number) * (1 + random.next() / 50)) + 1)
    return rowOf(nation, years.length - 1, years.at(-1) as number)
  }
  const year = random.below(years.length)
  years[year] = (years[year] as number) + 1 + random.below(5000)
  return rowOf(nation, year, years[year] as number)
}
