/** The room that members of JSON objects take, which JavaScript finds for them. */

export const MEMBER_BYTES = 96
/** So many that are no columns are remembered, none with a longer name, its quotes included. */
export const MOST_LEARNT = 256
export const LONGEST_LEARNT = 47
