/** The nations of the API of DataUSA, and the form of its answers. */

/** One row of `data`, with the names that DataUSA gives. */
export type NationYear = {
  readonly 'ID Nation': string
  readonly Nation: string
  readonly 'ID Year': number
  readonly Year: string
  readonly Population: number
  readonly 'Slug Nation': string
}

/** What DataUSA says of the United States: American Community Survey, estimates of five years, 2013 to 2022. */
export const UNITED_STATES: readonly number[] = [
  311536594, 314107084, 316515021, 318558162, 321004407, 322903030, 324697795, 326569308, 329725481, 331097593,
]
export const FIRST_YEAR: number = 2013

/** Figures of the other nations are rounded: people in the first year, and their growth a year as a share. */
export const NATIONS: readonly (readonly [id: string, name: string, people: number, growth: number])[] = [
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

/** What is beside the rows in an answer. */
export const POPULATION_SOURCE: readonly object[] = [
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

/** The row of a year, from 0, of a nation, from 0. */
export function nationYear(nation: number, year: number, count: number): NationYear {
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
