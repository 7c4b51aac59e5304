/** The room that members of JSON objects need, which JavaScript provides. */

export const MEMBER_BYTES = 96
/** The most unwanted members that are remembered, and the longest name of one, quotes included. */
export const MOST_LEARNT = 256
export const LONGEST_LEARNT = 47
